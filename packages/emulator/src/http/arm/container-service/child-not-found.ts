import { resourceNotFound } from "../../../world/arm/errors.ts";
import type { ChildKind } from "../../../world/container-service/cluster-children.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";

/** Each kind has words of its own for it (recorded of bindings, authenticators and namespaces; the others after them). */
export function childNotFound(
  { subscription, resourceGroup, name: cluster }: ManagedCluster,
  kind: ChildKind,
  name: string,
): Error {
  if (kind === "managedNamespaces" || kind === "deploymentSafeguards") {
    const type = `Microsoft.ContainerService/managedClusters/${cluster}/${kind}/${name}`;
    return resourceNotFound(type, resourceGroup);
  }
  const { words, inner, subcode } = said[kind];
  const text = `Could not find the ${words} ${name} in subscription: ${subscription}, resourceGroup: ${resourceGroup}, clusterName: ${cluster}.`;
  return notFound(text, inner, subcode);
}

/** `inner`: what the service behind found missing. */
export function notFound(text: string, inner: string, subcode: string): Error {
  const details = [{ code: "Unspecified", message: `rpc error: code = NotFound desc = ${inner} not found` }];
  return refusal(404, "NotFound", text, { details, subcode });
}

type Said = { readonly words: string; readonly inner: string; readonly subcode: string };

const said: Readonly<Record<Exclude<ChildKind, "managedNamespaces" | "deploymentSafeguards">, Said>> = {
  identityBindings: {
    words: "identity binding",
    inner: "IdentityBinding",
    subcode: "GetIdentityBinding_NotFound_HCPServerError",
  },
  jwtAuthenticators: {
    words: "JWT authenticator",
    inner: "JWT authenticator",
    subcode: "GetJWTAuthenticator_NotFound_HCPServerError",
  },
  loadBalancers: { words: "load balancer", inner: "LoadBalancer", subcode: "GetLoadBalancer_NotFound" },
  meshMemberships: { words: "mesh membership", inner: "MeshMembership", subcode: "GetMeshMembership_NotFound" },
  privateEndpointConnections: {
    words: "private endpoint connection",
    inner: "PrivateEndpointConnection",
    subcode: "GetPrivateEndpointConnection_NotFound",
  },
  trustedAccessRoleBindings: {
    words: "trusted access role binding",
    inner: "TrustedAccessRoleBinding",
    subcode: "GetTrustedAccessRoleBinding_NotFound",
  },
};
