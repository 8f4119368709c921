import type { AgentPool, Machine } from "./state.ts";

/** Members that an upgrade still has to bring to the target. Blocked ones that were set aside are not asked again. */
export function outdatedMachines(pool: AgentPool, target: { version: string; image: string }): Machine[] {
  return pool.machines.filter(
    (machine) =>
      machine.role === "member" &&
      machine.state.kind === "running" &&
      (machine.version !== target.version || machine.image !== target.image),
  );
}

/** How many machines the pool is to have. */
export function wantedMachines({ power, properties, machines }: AgentPool): number {
  if (power === "Stopped") return 0;
  return properties.mode === "Machines" ? machines.length : properties.count;
}

/** Takes down that the pool has reached its target, once every machine has, and what it was before. */
export function noteReachedTarget(pool: AgentPool, nowMs: number): void {
  const { targetVersion: version, targetImage: image, currentVersion, nodeImage, previous, properties } = pool;
  if (!pool.machines.every((machine) => machine.version === version && machine.image === image)) return;
  if (version === currentVersion && image === nodeImage) return;
  const isRollback = previous?.version === version && previous.image === image;
  pool.previous = isRollback
    ? undefined
    : { version: currentVersion, image: nodeImage, osSKU: properties.osSKU, replacedAtMs: nowMs };
  pool.currentVersion = version;
  pool.nodeImage = image;
}
