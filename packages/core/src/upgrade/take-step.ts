import { FairwayError, unreachable } from "@fairway/model";
import type { ClusterStatus, NodeStatus } from "../capabilities.ts";
import { byVersion, isAt } from "../versions.ts";
import { takeAppStep } from "./app-steps.ts";
import { isClusterAction, takeClusterStep } from "./cluster-actions.ts";
import { openGate } from "./gates.ts";
import { takeMaintenanceStep } from "./maintenance-steps.ts";
import type { Step, StepAction } from "./plan.ts";
import { type StepContext, settled, upgradeTo } from "./step-context.ts";
import { isTrafficAction, takeTrafficStep } from "./traffic.ts";
import { verify } from "./verify.ts";

/**
 * Takes one step, or finds that it is taken: each looks at the cluster first, so that it may be repeated after a process
 * was killed at any moment. Returns what is worth a note in the journal.
 */
export async function takeStep({ action }: Step, context: StepContext): Promise<string | undefined> {
  const { target } = context;
  if (isClusterAction(action)) return await takeClusterStep(action, context);
  if (isTrafficAction(action)) return await takeTrafficStep(action, context);
  switch (action.kind) {
    case "check":
      return await check(action, context);
    case "gate":
      return await openGate(action.gate, context);
    case "verify":
      return await verify(context);
    case "cluster": {
      const status = await settled(context);
      refuseNewer(status.version, action.version, target.address);
      if (
        isControlPlaneAt(status, action.version) &&
        status.pools.every((pool) => isPoolAt(status, pool.name, action.version))
      ) {
        const moved = Object.entries(action.from.pools).filter(([, from]) => !isAt(from, action.version));
        await openLeftovers(
          moved.map(([pool]) => pool),
          status,
          context,
        );
        return alreadyThere;
      }
      await upgradeTo(action.version, context);
      await insistOn(Object.keys(action.from.pools), action.version, context);
      return undefined;
    }
    case "control-plane": {
      const status = await settled(context);
      refuseNewer(status.version, action.version, target.address);
      if (isControlPlaneAt(status, action.version)) return alreadyThere;
      await upgradeTo(action.version, context, { pools: [] });
      return undefined;
    }
    case "pool":
      return await upgradePool(action, context);
    case "create-pool": {
      const status = await settled(context);
      if (isPoolAt(status, action.pool, action.version)) return alreadyThere;
      await context.follow(() =>
        context.upgrades.pools.create(action.pool, { like: action.like, version: action.version }),
      );
      return undefined;
    }
    case "drain-pool":
      await settled(context);
      await context.follow(() => context.upgrades.pools.drain(action.pool));
      return undefined;
    case "delete-pool": {
      const status = await settled(context);
      if (!status.pools.some(({ name }) => name === action.pool)) return "it is gone already";
      await context.follow(() => context.upgrades.pools.remove(action.pool));
      return undefined;
    }
    case "release":
    case "shift":
    case "watch":
      return await takeAppStep(action, context);
    case "set-hours":
    case "hold":
    case "release-hold":
    case "follow-maintenance":
      return await takeMaintenanceStep(action, context);
    default:
      return unreachable(action);
  }
}

async function upgradePool(
  { pool, version }: Extract<StepAction, { readonly kind: "pool" }>,
  context: StepContext,
): Promise<string | undefined> {
  const status = await settled(context);
  const found = status.pools.find(({ name }) => name === pool);
  if (!found) return "somebody has deleted the pool: nothing to upgrade";
  refuseNewer(found.version, version, `node pool ${pool}`);
  if (isPoolAt(status, pool, version)) {
    await openLeftovers([pool], status, context);
    return alreadyThere;
  }
  await upgradeTo(version, context, { pools: [pool], controlPlane: false });
  await insistOn([pool], version, context);
  return undefined;
}

const alreadyThere = "it was there already";

/** One whose upgrade failed or was aborted may show the version already; the same request once more repairs it (AKS docs). */
export function isControlPlaneAt({ version, provisioningState }: ClusterStatus, wanted: string): boolean {
  return isAt(version, wanted) && provisioningState === "Succeeded";
}

/** The pool, and every node that has joined from it. */
export function isPoolAt({ pools, nodes }: ClusterStatus, name: string, version: string): boolean {
  const pool = pools.find((one) => one.name === name);
  if (!pool || pool.provisioningState !== "Succeeded" || !isAt(pool.version, version)) return false;
  return nodes.filter((node) => node.pool === name).every((node) => isAt(node.version, version));
}

/** Azure's own operation succeeds when it has set nodes aside that it could not drain (AKS docs, undrainable node behavior). */
export async function insistOn(pools: readonly string[], version: string, context: StepContext): Promise<void> {
  const status = await settled(context);
  const behind = status.nodes.filter((node) => pools.includes(node.pool) && !isAt(node.version, version));
  refuseSetAside(behind);
  await openLeftovers(pools, status, context);
}

export function refuseSetAside(nodes: readonly NodeStatus[]): void {
  if (nodes.length === 0) return;
  const names = nodes.map((node) => `${node.name} of ${node.pool}`).join(", ");
  throw new FairwayError("upgrade-failed", `Azure has set nodes aside that it could not drain: ${names}.`, {
    hint: "They stay quarantined until somebody looks: delete each, or uncordon it and take its label kubernetes.azure.com/upgrade-status away. Then: fairway upgrade resume.",
  });
}

/** A node that joined after its upgrade was given up stays cordoned, and the next upgrade passes it over: it is there. */
async function openLeftovers(pools: readonly string[], { nodes }: ClusterStatus, context: StepContext): Promise<void> {
  for (const pool of pools.filter((name) => nodes.some((node) => node.pool === name && !node.schedulable))) {
    context.report(`${pool} has nodes that were left cordoned: they are opened`);
    await context.follow(() => context.upgrades.pools.open(pool));
  }
}

/** Somebody has gone on by hand: this plan leads nowhere any more. */
export function refuseNewer(version: string, wanted: string, subject: string): void {
  if (!isBeyond(version, wanted)) return;
  throw new FairwayError("conflict", `${subject} is at ${version}, beyond the ${wanted} of this upgrade.`, {
    hint: "Somebody has upgraded it by hand. End this upgrade: fairway upgrade rollback leaves alone what is beyond it, and takes node pools back that it has upgraded itself (to keep those, put the journal aside). Then begin anew: fairway upgrade plan.",
  });
}

export function isBeyond(version: string, wanted: string): boolean {
  return !isAt(version, wanted) && byVersion(version, wanted) > 0;
}

async function check(
  { version, pools, subject }: Extract<StepAction, { readonly kind: "check" }>,
  { ports, target }: StepContext,
): Promise<string | undefined> {
  const upgrade = { ...(version === undefined ? {} : { version }), ...(pools === undefined ? {} : { pools }) };
  const all = await ports.check(target, upgrade);
  const findings = subject === undefined ? all : all.filter((one) => one.subject === subject);
  const required = findings.filter(({ severity }) => severity === "required");
  if (required.length === 0) return `nothing required, ${findings.length} recommended`;
  const list = required.map(({ code, subject, evidence }) => `${code} ${subject}: ${evidence}`).join("; ");
  const many = required.length === 1 ? "A finding stands" : `${required.length} findings stand`;
  throw new FairwayError("upgrade-blocked", `${many} against the upgrade: ${list}.`, {
    hint: "Mend what each names (fairway upgrade check shows how) or ignore it in the rules file, then: fairway upgrade resume.",
  });
}
