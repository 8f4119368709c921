import { type OperationContext, type PoolControl, poll, runOperation } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import type { ArmOperation } from "../arm/arm-types.ts";
import type { AksContext } from "../context.ts";
import { controllerOf } from "../preflight/pod-facts.ts";
import { upgradeFailure } from "./upgrade-failure.ts";

export function createPoolControl(context: AksContext): PoolControl {
  const { address, arm, clock } = context;
  function operation(call: string, args: readonly unknown[], work: (running: OperationContext) => Promise<void>) {
    return runOperation({ target: address, call, arguments: args, clock }, async (running) => {
      try {
        await work(running);
      } catch (error) {
        throw await upgradeFailure(context, error);
      }
    });
  }
  return {
    rollBack: (pool, version) =>
      operation("pools.rollBack", [pool, version], async (running) => {
        running.report(`Taking node pool ${pool} back to ${version}`);
        await finish(await arm.rollBackPool(pool, version), running);
      }),
    create: (pool, options) =>
      operation("pools.create", [pool, options], async (running) => {
        running.report(`Making node pool ${pool} like ${options.like}`);
        await finish(await arm.createPool(pool, options.like, options.version), running);
      }),
    drain: (pool) => operation("pools.drain", [pool], (running) => drain(context, pool, running)),
    open: (pool) => operation("pools.open", [pool], (running) => setSchedulable(context, pool, true, running)),
    remove: (pool) =>
      operation("pools.remove", [pool], async (running) => {
        running.report(`Deleting node pool ${pool}`);
        await finish(await arm.deletePool(pool), running);
      }),
  };
}

async function finish(started: ArmOperation, { signal }: OperationContext): Promise<void> {
  await started.done(signal);
}

/** As long as AKS gives a node (AKS docs, node pool upgrade settings), for all nodes of the pool together. */
const drainTimeoutMs = 30 * 60_000;

async function drain(context: AksContext, pool: string, running: OperationContext): Promise<void> {
  await setSchedulable(context, pool, false, running);
  let left: readonly V1Pod[] = [];
  await poll(
    context.clock,
    async () => {
      const nodes = new Set((await nodesOf(context, pool)).map(({ metadata }) => metadata?.name));
      const pods = await context.kubernetes.list<V1Pod>("v1", "Pod", { everywhere: true });
      left = pods.filter((pod) => nodes.has(pod.spec?.nodeName) && isDrainable(pod));
      if (left.length === 0) return true;
      running.report(`${pool}: ${left.length} pods still to move`);
      for (const { metadata } of left.filter((pod) => pod.metadata?.deletionTimestamp === undefined)) {
        running.signal.throwIfAborted();
        await context.kubernetes.evict(metadata?.namespace ?? "", metadata?.name ?? "");
      }
      return undefined;
    },
    {
      everyMs: context.pollMs,
      timeoutMs: drainTimeoutMs,
      signal: running.signal,
      onTimeout: () => notDrained(pool, left),
    },
  );
}

function notDrained(pool: string, left: readonly V1Pod[]): FairwayError {
  const names = left.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`).join(", ");
  return new FairwayError("upgrade-failed", `Node pool ${pool} is not empty after 30 minutes: ${names} did not go.`, {
    hint: "Make their disruption budgets allow a disruption, or give their replacements room, then resume.",
  });
}

/** As `kubectl drain --ignore-daemonsets` has it: what belongs to the node stays with it. */
function isDrainable({ metadata, status }: V1Pod): boolean {
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return false;
  if (metadata?.annotations?.["kubernetes.io/config.mirror"] !== undefined) return false;
  return controllerOf(metadata)?.kind !== "DaemonSet";
}

async function setSchedulable(
  context: AksContext,
  pool: string,
  isSchedulable: boolean,
  { report, signal }: OperationContext,
): Promise<void> {
  report(`${isSchedulable ? "Opening" : "Cordoning"} the nodes of ${pool}`);
  for (const { metadata, spec } of await nodesOf(context, pool)) {
    if ((spec?.unschedulable !== true) === isSchedulable) continue;
    signal.throwIfAborted();
    const reference = { apiVersion: "v1", kind: "Node", name: metadata?.name ?? "", isClusterWide: true };
    await context.kubernetes.patch(reference, { spec: { unschedulable: isSchedulable ? null : true } });
  }
}

async function nodesOf({ kubernetes }: AksContext, pool: string): Promise<readonly V1Node[]> {
  return await kubernetes.list<V1Node>("v1", "Node", { labels: { "kubernetes.azure.com/agentpool": pool } });
}
