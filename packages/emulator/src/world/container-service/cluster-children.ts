import type { Random } from "@fairway/kernel";

/** Kinds of resources below a cluster that only say something: nothing of it runs. */
export const childKinds = [
  "deploymentSafeguards",
  "identityBindings",
  "jwtAuthenticators",
  "loadBalancers",
  "managedNamespaces",
  "meshMemberships",
  "privateEndpointConnections",
  "trustedAccessRoleBindings",
] as const;

export type ChildKind = (typeof childKinds)[number];

export interface ClusterChild {
  readonly kind: ChildKind;
  readonly name: string;
  /** When it was made and last written, of kinds that tell. */
  readonly times?: { readonly createdMs: number; readonly changedMs: number };
  location: string | undefined;
  tags: Readonly<Record<string, string>> | undefined;
  properties: Readonly<Record<string, unknown>>;
  provisioningState: "Creating" | "Updating" | "Deleting" | "Succeeded";
  eTag: string;
}

/** Those of one cluster; names are compared without case. */
export class ClusterChildren {
  readonly #children = new Map<string, ClusterChild>();

  get(kind: ChildKind, name: string): ClusterChild | undefined {
    return this.#children.get(keyOf(kind, name));
  }

  set(child: ClusterChild): void {
    this.#children.set(keyOf(child.kind, child.name), child);
  }

  remove({ kind, name }: ClusterChild): void {
    this.#children.delete(keyOf(kind, name));
  }

  /** In order of creation. */
  list(kind: ChildKind): ClusterChild[] {
    return [...this.#children.values()].filter((child) => child.kind === kind);
  }
}

/** The connection that a private cluster has from its birth: that of its own nodes (AKS docs, private clusters). */
export function ownConnection(random: Random, nodeResourceGroup: string, subscription: string): ClusterChild {
  const endpoint = `/subscriptions/${subscription}/resourceGroups/${nodeResourceGroup}/providers/Microsoft.Network/privateEndpoints/kube-apiserver`;
  return {
    kind: "privateEndpointConnections",
    name: `kube-apiserver.${random.uuid()}`,
    location: undefined,
    tags: undefined,
    properties: {
      privateEndpoint: { id: endpoint },
      privateLinkServiceConnectionState: { status: "Approved", description: "Auto-Approved" },
    },
    provisioningState: "Succeeded",
    eTag: random.uuid(),
  };
}

function keyOf(kind: ChildKind, name: string): string {
  return `${kind}/${name}`.toLowerCase();
}
