import type { ManagedCluster } from "@azure/arm-containerservice";
import {
  type AvailableVersion,
  byVersion,
  type ClusterStatus,
  isBusy,
  isVersion,
  type OperationContext,
  runOperation,
  type UpgradeControl,
  type UpgradeOptions,
} from "@fairway/core";
import { FairwayError } from "@fairway/model";
import type { ArmOperation } from "../arm/arm-types.ts";
import type { AksContext } from "../context.ts";
import { noSuchPool } from "../preflight/preflight.ts";
import { readFacts } from "../preflight/read-facts.ts";
import { readClusterStatus } from "./cluster-status.ts";
import { followUpgrade } from "./follow.ts";
import { createPoolControl } from "./pools.ts";
import { upgradeFailure } from "./upgrade-failure.ts";

export function createUpgradeControl(context: AksContext): UpgradeControl {
  const spec = (call: string, args: readonly unknown[]) => ({
    target: context.address,
    call,
    arguments: args,
    clock: context.clock,
  });
  return {
    status: () => readClusterStatus(context),
    facts: () => readFacts(context),
    pools: createPoolControl(context),
    available: () => available(context),
    start: (version, options = {}) =>
      runOperation(spec("upgrade", [version, options]), (operation) => upgrade(context, version, options, operation)),
    abort: () =>
      runOperation(spec("abort", []), async (operation) => {
        const running = await startAbort(context);
        operation.report("Aborting the running operation of the cluster");
        await running.done(operation.signal);
        return readClusterStatus(context);
      }),
  };
}

async function available(context: AksContext): Promise<readonly AvailableVersion[]> {
  const versions = await context.arm.upgradeVersions();
  return versions.toSorted((a, b) => byVersion(a.version, b.version));
}

async function upgrade(
  context: AksContext,
  version: string,
  options: UpgradeOptions,
  operation: OperationContext,
): Promise<ClusterStatus> {
  const cluster = await context.arm.cluster();
  const pools = poolsToUpgrade(cluster, version, options);
  try {
    for (const step of stepsOf(context, cluster, version, pools, options)) {
      operation.signal.throwIfAborted();
      const running = await step.start();
      operation.report(step.title);
      if (options.tellsNodes === false) await running.done(operation.signal);
      else await followUpgrade(context, { version, pools: step.pools, running, operation });
    }
  } catch (error) {
    if (operation.signal.aborted) await stop(context);
    throw await upgradeFailure(context, error);
  }
  operation.report(`The cluster is at ${version}`, 1);
  return readClusterStatus(context);
}

interface Step {
  readonly title: string;
  readonly pools: readonly string[];
  start(): Promise<ArmOperation>;
}

/**
 * The whole cluster is one request: Azure itself goes from the control plane to one pool after another. A part of it
 * takes a request per part, in the same order.
 */
function stepsOf(
  context: AksContext,
  cluster: ManagedCluster,
  version: string,
  pools: readonly string[],
  options: UpgradeOptions,
): readonly Step[] {
  const withControlPlane = options.controlPlane ?? true;
  const everyPool = (cluster.agentPoolProfiles ?? []).every(({ name }) => pools.includes(name));
  if (withControlPlane && everyPool) {
    const desired: ManagedCluster = {
      ...cluster,
      kubernetesVersion: version,
      agentPoolProfiles: (cluster.agentPoolProfiles ?? []).map((pool) => ({ ...pool, orchestratorVersion: version })),
    };
    const title = `Upgrading ${cluster.name ?? "the cluster"} to ${version}: control plane, then ${pools.join(", ")}`;
    return [{ title, pools, start: () => context.arm.updateCluster(desired) }];
  }
  const controlPlane: Step = {
    title: `Upgrading the control plane to ${version}`,
    pools: [],
    start: () => context.arm.updateCluster({ ...cluster, kubernetesVersion: version }),
  };
  const poolSteps = pools.map(
    (pool): Step => ({
      title: `Upgrading node pool ${pool} to ${version}`,
      pools: [pool],
      start: () => context.arm.upgradePool(pool, version),
    }),
  );
  return withControlPlane ? [controlPlane, ...poolSteps] : poolSteps;
}

function poolsToUpgrade(cluster: ManagedCluster, version: string, options: UpgradeOptions): readonly string[] {
  if (!isVersion(version)) {
    throw new FairwayError("upgrade-invalid", `"${version}" is not a Kubernetes version.`, {
      hint: "Give it like 1.34.2, or 1.34 for its newest patch.",
      path: "version",
    });
  }
  const names = (cluster.agentPoolProfiles ?? []).map(({ name }) => name);
  const unknown = options.pools?.find((pool) => !names.includes(pool));
  if (unknown !== undefined) throw noSuchPool(unknown, names);
  return options.pools ?? names;
}

/** An operation is the cluster's or a pool's own. Azure answers like a busy cluster when there is nothing to abort. */
async function startAbort(context: AksContext): Promise<ArmOperation> {
  const { provisioningState = "", agentPoolProfiles = [] } = await context.arm.cluster();
  const busyPool = agentPoolProfiles.find((pool) => isBusy(pool.provisioningState ?? ""));
  try {
    return await context.arm.abort(isBusy(provisioningState) ? undefined : busyPool?.name);
  } catch (error) {
    if (!(error instanceof FairwayError && error.code === "operation-in-progress")) throw error;
    throw new FairwayError("conflict", error.message, {
      hint: `There is nothing to abort: the cluster is ${provisioningState}. Start an upgrade first, or look at the status.`,
      cause: error,
    });
  }
}

/** Cancelling stops the work in Azure as well; when it has just ended there is nothing to stop. */
async function stop(context: AksContext): Promise<void> {
  try {
    await (await startAbort(context)).done();
  } catch (error) {
    if (error instanceof FairwayError && (error.code === "operation-in-progress" || error.code === "conflict")) return;
    throw error;
  }
}
