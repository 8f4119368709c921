import { nodeSpec } from "../controllers/agent-pool-machine.ts";
import { isReadyNode } from "../controllers/agent-pool-node.ts";
import type { Resumed } from "../world/cluster.ts";
import type { AgentPool, Machine, ManagedCluster } from "../world/container-service/state.ts";
import { type StateParts, until } from "./parts.ts";

type Progress = Pick<
  AgentPool,
  | "scaleSet"
  | "currentVersion"
  | "nodeImage"
  | "targetVersion"
  | "targetImage"
  | "previous"
  | "nextInstance"
  | "eTag"
  | "provisioningState"
>;

export interface SavedPool {
  readonly name: string;
  readonly progress: Progress;
  readonly machines: readonly (Omit<Machine, "state"> & { readonly state: "running" | "quarantined" })[];
}

export function savePools({ pools }: ManagedCluster): readonly SavedPool[] {
  return [...pools.values()].map((pool) => ({
    name: pool.name,
    progress: progressOf(pool),
    machines: pool.machines.map(({ state, ...machine }) => ({
      ...machine,
      // What is on its way arrives.
      state: state.kind === "quarantined" ? "quarantined" : "running",
    })),
  }));
}

/** The same machines, by name. Resolves when those nodes are ready that did not go on. */
export async function restorePools(
  parts: StateParts,
  cluster: ManagedCluster,
  saved: readonly SavedPool[],
  resumedOf: (machine: Machine) => Resumed | undefined,
): Promise<void> {
  const joining: Machine[] = [];
  for (const { name, progress, machines } of saved) {
    const pool = cluster.pools.get(name);
    if (!pool) continue;
    Object.assign(pool, progress);
    const scope = { service: parts.service, cluster, pool };
    for (const { state, ...machine } of machines) {
      const restored: Machine = { ...machine, state: { kind: state } };
      pool.machines.push(restored);
      const resumed = resumedOf(restored);
      if (resumed) cluster.cluster.resumeNode(nodeSpec(scope, restored, true), resumed);
      else cluster.cluster.addNode(nodeSpec(scope, restored, true));
      if (!resumed) joining.push(restored);
    }
  }
  await until(parts, () => joining.every(({ name, version }) => isReadyNode(cluster.cluster, name, version)));
}

function progressOf(pool: AgentPool): Progress {
  const { scaleSet, currentVersion, nodeImage, targetVersion, targetImage, previous, nextInstance, eTag } = pool;
  const versions = { currentVersion, nodeImage, targetVersion, targetImage, previous };
  return { ...versions, scaleSet, nextInstance, eTag, provisioningState: pool.provisioningState };
}
