import { isBlueGreen } from "../world/container-service/blue-green-settings.ts";
import { noteReachedTarget, outdatedMachines, wantedMachines } from "../world/container-service/machines.ts";
import type { AgentPool } from "../world/container-service/state.ts";
import { act, inTurn, type Work } from "../world/container-service/work.ts";
import { startBlueGreenUpgrade } from "./agent-pool-blue-green.ts";
import type { PoolScope } from "./agent-pool-machine.ts";
import { isQuarantined, isUnschedulable, unmarkUpgrading } from "./agent-pool-node.ts";
import type { UpgradeTarget } from "./agent-pool-roll.ts";
import { scalePool } from "./agent-pool-scale.ts";
import { startPoolUpgrade } from "./agent-pool-upgrade.ts";

export interface ReconcileOptions {
  /** Whether blocked evictions stop the upgrade (azure-facts 1.6, force upgrade). */
  readonly force: boolean;
}

/** Makes a pool what its properties say: version and image first, then the number of machines. Repairs what a failed or aborted upgrade left. */
export function reconcilePool(scope: PoolScope, options: ReconcileOptions): Work {
  return (done) => {
    const { service } = scope;
    const target = targetOf(scope.pool);
    tidyUp(scope, target);
    const clock = service.world.clock;
    const start = isBlueGreen(scope.pool.properties) ? startBlueGreenUpgrade : startPoolUpgrade;
    const upgrade: Work = (upgraded) => start(scope, { target, force: options.force, done: upgraded });
    const upgrades = outdatedMachines(scope.pool, target).length > 0 ? [upgrade] : [];
    return inTurn(clock, [...upgrades, scalePool(scope), act(clock, () => noteReachedTarget(scope.pool, clock.now()))])(
      done,
    );
  };
}

/** Whether `reconcilePool` would have anything to do. */
export function needsReconcile(pool: AgentPool): boolean {
  const unfinished = pool.provisioningState === "Failed" || pool.provisioningState === "Canceled";
  const outdated = outdatedMachines(pool, targetOf(pool)).length > 0;
  return unfinished || outdated || pool.machines.length !== wantedMachines(pool);
}

export function targetOf(pool: AgentPool): UpgradeTarget {
  return { version: pool.targetVersion, image: pool.targetImage };
}

/** Nodes that an abort left cordoned are opened again, and blocked ones whose label was taken off are tried again. */
function tidyUp({ cluster: { cluster }, pool }: PoolScope, target: UpgradeTarget): void {
  const outdated = new Set(outdatedMachines(pool, target));
  for (const machine of pool.machines) {
    if (machine.state.kind === "quarantined" && !isQuarantined(cluster, machine.name)) {
      machine.state = { kind: "running" };
    } else if (machine.state.kind === "running" && !outdated.has(machine) && isUnschedulable(cluster, machine.name)) {
      cluster.setUnschedulable(machine.name, false);
      unmarkUpgrading(cluster, machine.name);
    }
  }
}
