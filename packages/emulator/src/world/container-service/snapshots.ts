import { resourceNotFound } from "../arm/errors.ts";
import { invalidParameter, type RequestBody } from "./request-body.ts";
import type { AgentPool } from "./state.ts";

/** What a snapshot keeps of an agent pool: versions and settings of its nodes, nothing of what runs on them (AKS docs, node pool snapshots). */
export interface PoolSnapshot {
  readonly subscription: string;
  /** As the client wrote it at creation. */
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
  tags: Readonly<Record<string, string>> | undefined;
  readonly createdMs: number;
  readonly sourceResourceId: string;
  readonly kubernetesVersion: string;
  readonly nodeImageVersion: string;
  readonly osType: string;
  readonly osSku: string;
  readonly vmSize: string;
  readonly enableFIPS: boolean;
}

/** All snapshots of the embedded Azure; names are compared without case. */
export class PoolSnapshots {
  readonly #byId = new Map<string, PoolSnapshot>();

  get(id: string): PoolSnapshot | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  set(snapshot: PoolSnapshot): void {
    this.#byId.set(snapshotId(snapshot).toLowerCase(), snapshot);
  }

  delete(id: string): boolean {
    return this.#byId.delete(id.toLowerCase());
  }

  /** In order of creation; of one group, or of the whole subscription. */
  list(subscription: string, resourceGroup?: string): PoolSnapshot[] {
    return [...this.#byId.values()].filter(
      (snapshot) =>
        snapshot.subscription === subscription &&
        (resourceGroup === undefined || snapshot.resourceGroup.toLowerCase() === resourceGroup.toLowerCase()),
    );
  }

  /** The one that a pool's `creationData` names; undefined without. Throws 404 when there is none of that id. */
  sourceOf(pool: RequestBody): PoolSnapshot | undefined {
    const data = pool.object("creationData");
    const id = data?.text("sourceResourceId");
    if (!data || id === undefined) return undefined;
    const path =
      /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerService\/snapshots\/([^/]+)$/i;
    const [, group, name] = path.exec(id) ?? [];
    if (group === undefined) throw invalidParameter(data.pathOf("sourceResourceId"), `is no id of a snapshot: '${id}'`);
    const found = this.get(id);
    if (!found) throw resourceNotFound(`Microsoft.ContainerService/snapshots/${name}`, group);
    return found;
  }
}

export function snapshotId({
  subscription,
  resourceGroup,
  name,
}: Pick<PoolSnapshot, "subscription" | "resourceGroup" | "name">): string {
  return `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/Microsoft.ContainerService/snapshots/${name}`;
}

export function contentOf({ properties, currentVersion, nodeImage }: AgentPool) {
  return {
    kubernetesVersion: currentVersion,
    nodeImageVersion: nodeImage,
    osType: String(properties["osType"]),
    osSku: properties.osSKU,
    vmSize: properties.vmSize,
    enableFIPS: properties["enableFIPS"] === true,
  };
}
