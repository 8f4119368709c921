import type { OperationError } from "../world/arm/operations.ts";
import {
  type BlueGreenSettings,
  blueGreenSettings,
  drainBatchSize,
} from "../world/container-service/blue-green-settings.ts";
import { outdatedMachines } from "../world/container-service/machines.ts";
import type { AgentPool, Machine, Outcome, Task } from "../world/container-service/state.ts";
import { act, inTurn, together, type Work, wait } from "../world/container-service/work.ts";
import { platformMs } from "../world/world.ts";
import { drainNode } from "./agent-pool-drain.ts";
import { drainFailure, joinFailure } from "./agent-pool-failures.ts";
import { createMachine, deleteMachine, type PoolScope } from "./agent-pool-machine.ts";
import { markUpgrading, recordNodeEvent, unmarkUpgrading } from "./agent-pool-node.ts";
import type { UpgradeTarget } from "./agent-pool-roll.ts";
import { removeMachines } from "./agent-pool-scale.ts";
import type { UpgradeOptions } from "./agent-pool-upgrade.ts";

/**
 * As many new (green) nodes as there are old (blue) ones; then the blue ones are drained in batches, each with a soak, and
 * go after a last soak. Stopped on the way it is paused: begun again, it goes on with what it finds. Nothing blue is
 * deleted before the end. Source: AKS docs, blue-green node pool upgrade.
 */
export function startBlueGreenUpgrade(scope: PoolScope, { target, force, done }: UpgradeOptions): Task {
  const { service, pool } = scope;
  const { clock } = service.world;
  const blue = outdatedMachines(pool, target);
  const settings = blueGreenSettings(pool);
  trace(scope, "pool.upgrading", { ...target, remaining: blue.length, strategy: "BlueGreen" });
  const work = inTurn(clock, [
    act(clock, () => cordon(scope, blue)),
    createGreen(scope, blue, target),
    ...batches(blue, settings).flatMap((batch) => [
      drainBatch(scope, batch, settings, force),
      wait(clock, platformMs(service.world, settings.batchSoakDurationInMinutes * 60)),
    ]),
    finalSoak(scope, settings),
    removeMachines(scope, blue, "ignore"),
    act(clock, () => settle(scope)),
  ]);
  return work((outcome) => {
    if (outcome.kind === "succeeded") trace(scope, "pool.upgraded", { ...target });
    else trace(scope, `pool.upgrade-${outcome.kind}`, { ...outcome.error });
    done(outcome);
  });
}

function cordon({ cluster }: PoolScope, blue: readonly Machine[]): void {
  for (const { name } of blue) {
    markUpgrading(cluster.cluster, name);
    cluster.cluster.setUnschedulable(name, true);
  }
}

/** When one of them does not come, all go again, and the blue ones are as before. */
function createGreen(scope: PoolScope, blue: readonly Machine[], target: UpgradeTarget): Work {
  return (done) => {
    const { pool, service } = scope;
    const missing = blue.length - pool.machines.filter(({ role }) => role === "surge").length;
    const lost: string[] = [];
    const refusals: OperationError[] = [];
    const works = Array.from({ length: Math.max(0, missing) }, () => greenMachine(scope, target, { lost, refusals }));
    return together(
      service.world.clock,
      works,
    )((outcome) => {
      if (lost.length > 0) giveUp(scope, blue);
      done(lost.length > 0 ? { kind: "failed", error: refusals[0] ?? joinFailure(scope, lost) } : outcome);
    });
  };
}

interface Losses {
  readonly lost: string[];
  /** What the platform said, where it gave no machine at all. */
  readonly refusals: OperationError[];
}

function greenMachine(scope: PoolScope, target: UpgradeTarget, { lost, refusals }: Losses): Work {
  return (done) => {
    const { cluster, pool } = scope;
    const { machine, task } = createMachine(scope, { role: "surge", ...target }, (result) => {
      if (result.kind === "joined") {
        const message = `Created a surge node ${machine.name} for agentpool ${pool.name}`;
        recordNodeEvent(cluster.cluster, machine.name, { type: "Normal", reason: "Surge", message });
        trace(scope, "node.surged", { node: machine.name, version: machine.version });
      } else lost.push(machine.name);
      if (result.kind === "refused") refusals.push(result.error);
      done({ kind: "succeeded" });
    });
    return task;
  };
}

function giveUp(scope: PoolScope, blue: readonly Machine[]): void {
  for (const machine of scope.pool.machines.filter(({ role }) => role === "surge")) deleteMachine(scope, machine);
  for (const { name } of blue) {
    scope.cluster.cluster.setUnschedulable(name, false);
    unmarkUpgrading(scope.cluster.cluster, name);
  }
}

function batches(blue: readonly Machine[], settings: BlueGreenSettings): readonly (readonly Machine[])[] {
  const size = drainBatchSize(settings, blue.length);
  return Array.from({ length: Math.ceil(blue.length / size) }, (_, index) =>
    blue.slice(index * size, (index + 1) * size),
  );
}

function drainBatch(scope: PoolScope, batch: readonly Machine[], settings: BlueGreenSettings, force: boolean): Work {
  const { cluster, pool, service } = scope;
  const timeoutMs = platformMs(service.world, settings.drainTimeoutInMinutes * 60);
  return together(
    service.world.clock,
    batch.map(
      ({ name: node }): Work =>
        (done) =>
          drainNode({
            cluster: cluster.cluster,
            pool: pool.name,
            node,
            timeoutMs,
            done(result) {
              if (result.kind === "drained" || force) return done({ kind: "succeeded" });
              const error = drainFailure(scope, new Map([[node, result.pods]]), settings.drainTimeoutInMinutes);
              return done({ kind: "failed", error });
            },
          }),
    ),
  );
}

/** While it lasts, and only then, the pool can go back to its blue nodes. */
function finalSoak({ pool, service }: PoolScope, settings: BlueGreenSettings): Work {
  const { clock } = service.world;
  return inTurn(clock, [
    act(clock, () => {
      pool.inFinalSoak = true;
    }),
    untilCompleted(pool, wait(clock, platformMs(service.world, settings.finalSoakDurationInMinutes * 60))),
    act(clock, () => {
      pool.inFinalSoak = false;
    }),
  ]);
}

/** A client may end the wait (AKS REST API, complete upgrade). */
function untilCompleted(pool: AgentPool, soak: Work): Work {
  return (done) => {
    const end = (outcome: Outcome): void => {
      pool.completeUpgrade = undefined;
      done(outcome);
    };
    const task = soak(end);
    pool.completeUpgrade = () => {
      task.cancel();
      end({ kind: "succeeded" });
    };
    return {
      cancel() {
        pool.completeUpgrade = undefined;
        task.cancel();
      },
    };
  };
}

function settle({ pool }: PoolScope): void {
  for (const machine of pool.machines) machine.role = "member";
}

function trace({ service, cluster, pool }: PoolScope, kind: string, data: Readonly<Record<string, unknown>>): void {
  service.world.trace.add(kind, { cluster: cluster.name, pool: pool.name, ...data });
}
