import { endEarly } from "../controllers/managed-cluster-operation.ts";
import type { ClusterChild } from "../world/container-service/cluster-children.ts";
import { childKinds } from "../world/container-service/cluster-children.ts";
import type { MaintenanceConfiguration, ManagedCluster } from "../world/container-service/state.ts";
import { clusterId } from "../world/container-service/views.ts";
import { restoreKubernetes, resumedNodes, type SavedKubernetes, saveKubernetes } from "./kubernetes.ts";
import { type ArmCaller, type StateParts, until } from "./parts.ts";
import { restorePools, type SavedPool, savePools } from "./pools.ts";

export interface SavedCluster {
  readonly path: string;
  /** As GET shows it. */
  readonly body: unknown;
  readonly maintenance: readonly MaintenanceConfiguration[];
  readonly children: readonly ClusterChild[];
  /** Undefined while an operation runs on it: then its machines are made anew, as the operation was to make them. */
  readonly pools: readonly SavedPool[] | undefined;
  readonly kubernetes: SavedKubernetes;
}

const apiVersion = "2026-06-01";

export function saveClusters({ service: { clusters } }: StateParts, call: ArmCaller): readonly SavedCluster[] {
  return clusters
    .all()
    .filter(({ provisioningState }) => provisioningState !== "Deleting")
    .map((cluster) => {
      const path = `${clusterId(cluster)}?api-version=${apiVersion}`;
      const pools = isIdle(cluster) ? savePools(cluster) : undefined;
      return {
        path,
        body: call("GET", path, undefined),
        maintenance: [...cluster.maintenance.values()],
        children: childKinds.flatMap((kind) => cluster.children.list(kind)),
        pools,
        kubernetes: saveKubernetes(cluster.cluster, { withNodes: pools !== undefined }),
      };
    });
}

export async function restoreClusters(
  parts: StateParts,
  saved: readonly SavedCluster[],
  call: ArmCaller,
): Promise<void> {
  const made = saved.map((one) => {
    const { id } = call("PUT", one.path, one.body) as { id: string };
    return { ...one, id };
  });
  for (const { id, maintenance, children, pools, kubernetes } of made) {
    const cluster = parts.service.clusters.all().find((candidate) => clusterId(candidate) === id);
    if (!cluster) throw new Error(`${id} was not made.`);
    const places = placesOf(parts, pools);
    // It was made long ago.
    if (pools) endEarly(parts.service, cluster);
    else await until(parts, () => isIdle(cluster));
    for (const one of maintenance) cluster.maintenance.set(one.name.toLowerCase(), one);
    for (const child of children) cluster.children.set(child);
    if (pools) await restorePools(parts, cluster, pools, resumedNodes(kubernetes, places));
    restoreKubernetes(cluster.cluster, kubernetes, places);
  }
}

/** Where pods go whose nodes of before are the keys. */
function placesOf({ shuffle }: StateParts, pools: readonly SavedPool[] = []): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  if (!shuffle) return places;
  for (const { machines } of pools) {
    const left = machines.map(({ name }) => name);
    for (const { name } of machines) places.set(name, left.splice(shuffle.below(left.length), 1)[0] ?? name);
  }
  return places;
}

function isIdle({ operation, pools }: ManagedCluster): boolean {
  return operation === undefined && [...pools.values()].every((pool) => pool.operation === undefined);
}
