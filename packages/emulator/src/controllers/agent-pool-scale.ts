import { wantedMachines } from "../world/container-service/machines.ts";
import type { Machine, OwnMachine } from "../world/container-service/state.ts";
import { together, type Work } from "../world/container-service/work.ts";
import { drainFailure, joinFailure } from "./agent-pool-failures.ts";
import { createMachine, deleteMachine, type PoolScope } from "./agent-pool-machine.ts";
import { type RetireOptions, retireMachines } from "./agent-pool-retire.ts";
import { drainTimeoutMs } from "./agent-pool-roll.ts";

/** Brings the pool to its wanted count: adds machines, or drains and deletes those that are too many. */
export function scalePool(scope: PoolScope): Work {
  return (done) => {
    const { pool, service } = scope;
    const missing = wantedMachines(pool) - pool.machines.length;
    if (missing !== 0) {
      service.world.trace.add("pool.scaling", { cluster: scope.cluster.name, pool: pool.name, by: missing });
    }
    if (missing > 0) return addMachines(scope, missing)(done);
    // A pool that is stopped is switched off: nobody asks its pods.
    const drain = pool.power === "Stopped" ? "ignore" : { timeoutMs: drainTimeoutMs(scope) };
    const work = removeMachines(scope, surplusMachines(scope, -missing), drain);
    for (const machine of pool.machines) machine.role = "member";
    return work(done);
  };
}

/** `joined` is called for each that becomes Ready. */
export function addMachines(scope: PoolScope, count: number, joined: () => void = () => {}): Work {
  return together(
    scope.service.world.clock,
    Array.from({ length: count }, () => addMachine(scope, { joined })),
  );
}

export function removeMachines(scope: PoolScope, machines: readonly Machine[], drain: RetireOptions["drain"]): Work {
  return (done) =>
    retireMachines(scope, machines, drain, (blocked) => {
      if (blocked.size === 0) done({ kind: "succeeded" });
      else done({ kind: "failed", error: { ...drainFailure(scope, blocked), code: "PodDrainFailure" } });
    });
}

/** `own`: what it is to be other than its pool. */
export function addMachine(
  scope: PoolScope,
  { joined, own }: { readonly joined?: () => void; readonly own?: OwnMachine },
): Work {
  return (done) => {
    const { service, cluster, pool } = scope;
    const wanted = { role: "member", version: pool.targetVersion, image: pool.targetImage } as const;
    const { machine, task } = createMachine(scope, own ? { ...wanted, own } : wanted, (result) => {
      if (result.kind === "joined") {
        service.world.trace.add("node.added", { cluster: cluster.name, pool: pool.name, node: machine.name });
        joined?.();
        done({ kind: "succeeded" });
        return;
      }
      deleteMachine(scope, machine);
      const error = result.kind === "refused" ? result.error : joinFailure(scope, [machine.name]);
      done({ kind: "failed", error });
    });
    return task;
  };
}

/** Blocked machines go first, then surge machines that were left behind, then the newest (azure-facts 1.3). */
function surplusMachines({ pool }: PoolScope, count: number): Machine[] {
  const rank = (machine: Machine): number => {
    if (machine.state.kind === "quarantined") return 0;
    return machine.role === "surge" ? 1 : 2;
  };
  const newestFirst = pool.machines.toReversed();
  return newestFirst.toSorted((a, b) => rank(a) - rank(b)).slice(0, count);
}
