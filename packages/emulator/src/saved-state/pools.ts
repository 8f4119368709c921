import { deleteMachine, nodeSpec } from "../controllers/agent-pool-machine.ts";
import { isReadyNode } from "../controllers/agent-pool-node.ts";
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

/** The same machines, by name, instead of those that a new cluster has. Resolves when their nodes are ready. */
export async function restorePools(
  parts: StateParts,
  cluster: ManagedCluster,
  saved: readonly SavedPool[],
): Promise<void> {
  for (const { name, progress, machines } of saved) {
    const pool = cluster.pools.get(name);
    if (!pool) continue;
    Object.assign(pool, progress);
    const scope = { service: parts.service, cluster, pool };
    for (const machine of pool.machines.filter((one) => !isAmong(one, machines))) deleteMachine(scope, machine);
    for (const { state, ...machine } of machines) {
      if (pool.machines.some((one) => isAmong(one, [machine]))) continue;
      const restored: Machine = { ...machine, state: { kind: state } };
      pool.machines.push(restored);
      cluster.cluster.addNode(nodeSpec(scope, restored, true));
    }
  }
  const machines = [...cluster.pools.values()].flatMap((pool) => pool.machines);
  await until(parts, () => machines.every(({ name, version }) => isReadyNode(cluster.cluster, name, version)));
}

function isAmong(machine: Identity, others: readonly Identity[]): boolean {
  return others.some(({ name, version, image }) => {
    return name === machine.name && version === machine.version && image === machine.image;
  });
}

type Identity = Pick<Machine, "name" | "version" | "image">;

function progressOf(pool: AgentPool): Progress {
  const { scaleSet, currentVersion, nodeImage, targetVersion, targetImage, previous, nextInstance, eTag } = pool;
  const versions = { currentVersion, nodeImage, targetVersion, targetImage, previous };
  return { ...versions, scaleSet, nextInstance, eTag, provisioningState: pool.provisioningState };
}
