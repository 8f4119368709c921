import { FairwayError, unreachable } from "@fairway/model";
import type { ClusterStatus } from "../capabilities.ts";
import { byVersion, isAt } from "../versions.ts";
import { undoAppStep } from "./app-steps.ts";
import { isClusterAction, undoClusterStep } from "./cluster-actions.ts";
import { undoMaintenanceStep } from "./maintenance-steps.ts";
import type { Step, StepAction } from "./plan.ts";
import { type StepContext, settled, upgradeTo } from "./step-context.ts";
import { insistOn, isBeyond, isPoolAt, refuseSetAside } from "./take-step.ts";
import { isTrafficAction, undoTrafficStep } from "./traffic.ts";

/** Undoes what one step has done, wholly or in part, or says why it stays. May be repeated. */
export async function undoStep({ action }: Step, context: StepContext): Promise<string | undefined> {
  if (isClusterAction(action)) return await undoClusterStep(action, context);
  if (isTrafficAction(action)) return await undoTrafficStep(action, context);
  switch (action.kind) {
    case "check":
    case "gate":
    case "verify":
      return undefined;
    case "release":
    case "shift":
    case "watch":
      return await undoAppStep(action, context);
    case "set-hours":
    case "hold":
    case "release-hold":
    case "follow-maintenance":
      return await undoMaintenanceStep(action, context);
    case "cluster": {
      await takeAllBack(action, context);
      const note = await controlPlaneBack(action.version, context);
      // Azure, asked to repair the one, goes on with the pools that it had on their way.
      await takeAllBack(action, context);
      return note;
    }
    case "control-plane": {
      return await controlPlaneBack(action.version, context);
    }
    case "pool":
      return await takeBack(action, context);
    case "create-pool": {
      const { pools } = await settled(context);
      if (!pools.some(({ name }) => name === action.pool)) return "it is not there";
      if (!pools.some(({ name }) => name === action.like)) return `it stays, since ${action.like} is gone`;
      await context.follow(() => context.upgrades.pools.drain(action.pool));
      await context.follow(() => context.upgrades.pools.remove(action.pool));
      return undefined;
    }
    case "drain-pool": {
      const { pools } = await settled(context);
      if (!pools.some(({ name }) => name === action.pool)) return "it is gone";
      await context.follow(() => context.upgrades.pools.open(action.pool));
      return undefined;
    }
    case "delete-pool":
      return "what is deleted stays deleted";
    default:
      return unreachable(action);
  }
}

/**
 * One whose upgrade failed or was aborted is asked for the version that it has: the same request repairs it (AKS docs). When
 * its pools are already meant for the newer one Azure takes no request for the older, and it stays as it is.
 */
async function controlPlaneBack(wanted: string, context: StepContext): Promise<string> {
  const { version, provisioningState } = await settled(context);
  if (provisioningState !== "Succeeded") {
    context.report(`the control plane is ${provisioningState} at ${version}, and is repaired there`);
    try {
      await upgradeTo(version, context, { pools: [] });
    } catch (error) {
      if (!(error instanceof FairwayError) || error.code !== "upgrade-invalid") throw error;
      return `the cluster stays ${provisioningState}, at ${version}: Azure has it on its way to ${wanted}, and its next update goes there`;
    }
  }
  return isAt(version, wanted) ? stays(version) : `the control plane is at ${version}`;
}

function stays(version: string): string {
  return `the control plane stays at ${version}: AKS takes none back`;
}

async function takeAllBack(
  { from, version }: Extract<StepAction, { readonly kind: "cluster" }>,
  context: StepContext,
): Promise<void> {
  for (const [pool, before] of Object.entries(from.pools)) await takeBack({ pool, from: before, version }, context);
}

interface PoolMove {
  readonly pool: string;
  readonly from: string;
  readonly version: string;
}

/** AKS takes back only a pool that is wholly upgraded, so that one which was left half-way goes forward first. */
async function takeBack({ pool, from, version }: PoolMove, context: StepContext): Promise<string | undefined> {
  const { upgrades } = context;
  const status = await settled(context);
  const now = status.pools.find(({ name }) => name === pool)?.version;
  if (now === undefined) return "the pool is gone";
  if (isBeyond(now, version)) return `it stays at ${now}: somebody has upgraded it by hand, beyond ${version}`;
  if (isPoolAt(status, pool, from)) {
    // One whose nodes could all not be drained has gone nowhere, and is not as it was.
    refuseSetAside(status.nodes.filter((node) => node.pool === pool && node.isSetAside));
    return `it is at ${from}`;
  }
  // Azure lets no pool go beyond its control plane, and none that is meant for the newer version back to the older.
  if (byVersion(status.version, version) < 0 && isUntouched(status, pool, from)) return `it is still at ${from}`;
  if (!isPoolAt(status, pool, version)) {
    context.report(`${pool} is half-way: it goes to ${version} first, since AKS takes back only whole pools`);
    await upgradeTo(version, context, { pools: [pool], controlPlane: false });
    await insistOn([pool], version, context);
  }
  await context.follow(() => upgrades.pools.rollBack(pool, from));
  await insistOn([pool], from, context);
  return undefined;
}

/** An upgrade that was stopped before its turn came has left only its word: no node has gone anywhere. */
function isUntouched({ pools, nodes }: ClusterStatus, name: string, from: string): boolean {
  const pool = pools.find((one) => one.name === name);
  const own = nodes.filter((node) => node.pool === name);
  return pool !== undefined && isAt(pool.version, from) && own.every((node) => isAt(node.version, from));
}
