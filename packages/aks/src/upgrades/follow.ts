import type { ManagedCluster } from "@azure/arm-containerservice";
import type { ClusterStatus, NodeStatus, OperationContext } from "@fairway/core";
import { isAt } from "@fairway/core";
import type { ArmOperation } from "../arm/arm-types.ts";
import type { AksContext } from "../context.ts";
import { clusterStatus, readNodes, versionOf } from "./cluster-status.ts";

export interface FollowedUpgrade {
  readonly version: string;
  /** The pools that this step upgrades; none: the control plane alone. */
  readonly pools: readonly string[];
  readonly running: ArmOperation;
  readonly operation: OperationContext;
}

/** Waits for the end of an operation in Azure and tells meanwhile what happens to the nodes. Rejects with its error. */
export async function followUpgrade(context: AksContext, upgrade: FollowedUpgrade): Promise<void> {
  const { running, operation } = upgrade;
  const ended = new AbortController();
  const done = running.done(operation.signal).finally(() => ended.abort());
  // Watching is for information only: whatever becomes of it, the operation decides. Nobody waits for it yet, so that its
  // failure must be caught here.
  const watching = watch(context, upgrade, ended.signal).catch(() => undefined);
  try {
    await done;
  } finally {
    await watching;
  }
}

async function watch(context: AksContext, upgrade: FollowedUpgrade, ended: AbortSignal): Promise<void> {
  const said = new Map<string, string>();
  const say = (subject: string, message: string, progress?: number) => {
    if (said.get(subject) !== message) upgrade.operation.report(message, progress);
    said.set(subject, message);
  };
  let upgraded: ManagedCluster | undefined;
  async function look(): Promise<void> {
    const [cluster, nodes] = await Promise.all([upgraded ?? context.arm.cluster(), readNodes(context)]);
    if (isAt(versionOf(cluster), upgrade.version)) upgraded = cluster;
    const status = clusterStatus(cluster, nodes ?? []);
    say("control plane", controlPlaneMessage(status, upgrade.version), progressOf(status, upgrade));
    if (!nodes) say("API server", "The API server does not answer: the control plane is being replaced");
    else if (said.has("API server")) say("API server", "The API server answers again");
    for (const pool of nodes ? upgrade.pools : []) {
      say(pool, poolMessage(pool, status, upgrade.version), progressOf(status, upgrade));
    }
  }
  while (!ended.aborted) {
    // An answer that was lost, or a token that has expired, is no reason not to look again.
    await look().catch(() => undefined);
    await context.clock.sleep(context.pollMs, ended).catch(() => undefined);
  }
}

function controlPlaneMessage({ version }: ClusterStatus, wanted: string): string {
  return isAt(version, wanted)
    ? `Control plane is at ${version}`
    : `Control plane is at ${version}, going to ${wanted}`;
}

/** `pool1: 1 of 3 nodes at 1.34.2, draining aks-pool1-12345678-vmss000000`. */
function poolMessage(pool: string, { pools, nodes }: ClusterStatus, version: string): string {
  const own = nodes.filter((node) => node.pool === pool);
  const count = pools.find(({ name }) => name === pool)?.count ?? own.length;
  const draining = own.filter((node) => !node.schedulable).map(({ name }) => name);
  const notReady = own.filter((node) => !node.ready && node.schedulable).map(({ name }) => name);
  return [
    `${pool}: ${upgradedNodes(own, count, version)} of ${count} nodes at ${version}`,
    ...(draining.length > 0 ? [`draining ${draining.join(", ")}`] : []),
    ...(notReady.length > 0 ? [`waiting for ${notReady.join(", ")}`] : []),
  ].join(", ");
}

/** Surge nodes come on top of the count and go again. */
function upgradedNodes(nodes: readonly NodeStatus[], count: number, version: string): number {
  return Math.min(count, nodes.filter((node) => node.ready && isAt(node.version, version)).length);
}

/** The control plane counts like one node. */
function progressOf(status: ClusterStatus, { pools, version }: FollowedUpgrade): number {
  const counted = status.pools.filter(({ name }) => pools.includes(name));
  const total = counted.reduce((sum, { count }) => sum + count, 1);
  const upgraded = counted.reduce((sum, { name, count }) => {
    const own = status.nodes.filter(({ pool }) => pool === name);
    return sum + upgradedNodes(own, count, version);
  }, 0);
  return (upgraded + (isAt(status.version, version) ? 1 : 0)) / total;
}
