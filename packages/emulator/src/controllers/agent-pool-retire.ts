import type { Timer } from "@fairway/kernel";
import type { Machine, Task } from "../world/container-service/state.ts";
import { durationMs } from "../world/world.ts";
import { type BlockedPod, drainNode } from "./agent-pool-drain.ts";
import { deleteMachine, type PoolScope } from "./agent-pool-machine.ts";

export type RetireResult =
  | { readonly kind: "deleted" }
  | { readonly kind: "blocked"; readonly pods: readonly BlockedPod[] };

export interface RetireOptions {
  /** `force`: it goes when the time is over, with what still runs on it; `ignore`: at once, no pod is asked. */
  readonly drain: { readonly timeoutMs: number; readonly force?: boolean } | "ignore";
  /** Called once, from the scheduler. */
  readonly done: (result: RetireResult) => void;
}

/** Drains a machine and deletes it. One that cannot be drained is left where it is, schedulable again. */
function retireMachine(scope: PoolScope, machine: Machine, options: RetireOptions): Task {
  const { service, cluster, pool } = scope;
  let timer: Timer | undefined;
  function remove(): void {
    timer = service.world.clock.after(durationMs(service.world, "nodes.delete", pool.random), () => {
      deleteMachine(scope, machine);
      options.done({ kind: "deleted" });
    });
  }
  if (options.drain === "ignore") {
    remove();
    return { cancel: () => timer?.cancel() };
  }
  const { timeoutMs, force = false } = options.drain;
  const drain = drainNode({
    cluster: cluster.cluster,
    pool: pool.name,
    node: machine.name,
    timeoutMs,
    done(result) {
      if (result.kind === "drained" || force) return remove();
      cluster.cluster.setUnschedulable(machine.name, false);
      return options.done(result);
    },
  });
  return {
    cancel() {
      drain.cancel();
      timer?.cancel();
    },
  };
}

/** Retires several at once; `done` is given those that could not be drained. */
export function retireMachines(
  scope: PoolScope,
  machines: readonly Machine[],
  drain: RetireOptions["drain"],
  done: (blocked: ReadonlyMap<string, readonly BlockedPod[]>) => void,
): Task {
  const blocked = new Map<string, readonly BlockedPod[]>();
  let waiting = machines.length;
  if (waiting === 0) {
    const timer = scope.service.world.clock.after(0, () => done(blocked));
    return { cancel: () => timer.cancel() };
  }
  const tasks = machines.map((machine) =>
    retireMachine(scope, machine, {
      drain,
      done(result) {
        if (result.kind === "blocked") blocked.set(machine.name, result.pods);
        waiting -= 1;
        if (waiting === 0) done(blocked);
      },
    }),
  );
  return {
    cancel() {
      for (const task of tasks) task.cancel();
    },
  };
}
