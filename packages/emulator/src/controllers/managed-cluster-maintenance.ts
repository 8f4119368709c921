import type { Timer } from "@fairway/kernel";
import { ArmError } from "../world/arm/provider.ts";
import { type DueUpgrade, dueUpgrade, type UpgradeSchedule } from "../world/container-service/auto-upgrade.ts";
import type { ContainerService } from "../world/container-service/environment.ts";
import { nextOpening, type Opening } from "../world/container-service/maintenance-opening.ts";
import type { MaintenanceWindow } from "../world/container-service/maintenance-window.ts";
import type { ManagedCluster, Task } from "../world/container-service/state.ts";
import { durationMs } from "../world/world.ts";

/** A configuration that is younger than this when its window opens waits for the next one (AKS docs, planned maintenance). */
const leadMs = 15 * 60_000;

/** Begins an upgrade as a client's write would. Throws `ArmError` when it is refused. */
export type BeginUpgrade = (due: DueUpgrade) => void;

/**
 * Upgrades a cluster by its channels while a maintenance window is open. What began in the window goes on after it; after
 * its end nothing new begins. A refused upgrade is tried again until then.
 */
export function watchMaintenance(
  service: ContainerService,
  cluster: ManagedCluster,
  schedule: UpgradeSchedule,
  begin: BeginUpgrade,
): Task {
  const { clock, trace } = service.world;
  const window = cluster.maintenance.get(schedule.toLowerCase())?.properties["maintenanceWindow"] as MaintenanceWindow;
  const what = { cluster: cluster.name, schedule };
  let timer: Timer | undefined;

  function waitForNext(afterMs: number): void {
    const opening = nextOpening(window, afterMs);
    timer = opening && clock.after(opening.fromMs - clock.now(), () => open(opening));
  }

  function open(opening: Opening): void {
    trace.add("maintenance.opened", what);
    look(opening);
  }

  function look(opening: Opening): void {
    const now = clock.now();
    const due = now < opening.toMs && dueUpgrade(cluster, schedule, now);
    if (!due) {
      waitForNext(now);
      return;
    }
    if (isIdle(cluster)) tryTo(due);
    timer = clock.after(durationMs(service.world, "maintenance.lookAgain", cluster.random), () => look(opening));
  }

  function tryTo(due: DueUpgrade): void {
    try {
      begin(due);
      trace.add("maintenance.began", { ...what, kind: due.kind });
    } catch (error) {
      if (!(error instanceof ArmError)) throw error;
      trace.add("maintenance.refused", { ...what, kind: due.kind, code: error.code });
    }
  }

  waitForNext(clock.now() + leadMs);
  return { cancel: () => timer?.cancel() };
}

function isIdle({ operation, pools, power }: ManagedCluster): boolean {
  return !operation && power.code === "Running" && [...pools.values()].every((pool) => !pool.operation);
}
