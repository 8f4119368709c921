import { FairwayError } from "@fairway/model";
import type { ClusterStatus } from "../capabilities.ts";
import type { OperationContext } from "../run-operation.ts";
import type { DeploymentTarget } from "../target.ts";
import { isAt } from "../versions.ts";
import { hasWeights } from "./app-steps.ts";
import type { Driver } from "./drive.ts";
import { clusterOf, type Step } from "./plan.ts";
import type { UpgradePorts } from "./ports.ts";
import { reconcileTraffic } from "./reconcile-traffic.ts";
import { busyWith } from "./step-context.ts";
import { isControlPlaneAt, isPoolAt, refuseNewer } from "./take-step.ts";

/**
 * What somebody changed by hand while nobody drove: a step that no longer holds is taken again, a pool that is gone is
 * left alone, a new one is told of. Rejects with `conflict` when the cluster is beyond the plan.
 */
export async function reconcile(ports: UpgradePorts, driver: Driver, operation: OperationContext): Promise<void> {
  const { report } = operation;
  const { plan, done } = driver.state;
  await reconcileTraffic(ports, driver, operation);
  for (const address of new Set(plan.steps.map(({ target }) => target))) {
    const target = await connectUnlessGone(ports, driver, address);
    if (!target) continue;
    await retakeShift(driver, target, report);
    if (!isAboutCluster(plan.steps, address)) continue;
    const status = await target.capability("upgrades").status();
    refuseNewer(status.version, plan.version, address);
    for (const step of plan.steps.filter((one) => one.target === address)) {
      if (!done.has(step.id) || holds(step, status)) continue;
      report(`${step.id}: somebody has changed this since: it is taken again`);
      await driver.write({ type: "begun", step: step.id });
    }
    for (const { name } of status.pools) {
      if (isPlanned(plan.steps, address, name)) continue;
      report(`node pool ${name} came after the plan: it is no part of this upgrade`);
    }
  }
}

/** Undefined for a cluster that the plan has not made yet, or deletes. */
async function connectUnlessGone(
  ports: UpgradePorts,
  driver: Driver,
  address: string,
): Promise<DeploymentTarget | undefined> {
  const { plan, done, touched } = driver.state;
  const cluster = clusterOf(address);
  const own = plan.steps.filter(({ action }) => "cluster" in action && clusterOf(action.cluster) === cluster);
  const isToCome = own.some(({ id, action }) => action.kind === "create-cluster" && !done.has(id));
  if (isToCome || own.some(({ id, action }) => action.kind === "delete-cluster" && touched.has(id))) return undefined;
  try {
    return await ports.connect(address);
  } catch (error) {
    if (!(error instanceof FairwayError && error.code === "target-not-found")) throw error;
    throw new FairwayError("conflict", `${cluster} is gone, and the upgrade is not over.`, {
      hint: "Somebody has deleted it. Take the upgrade back (fairway upgrade rollback) and plan anew.",
      cause: error,
    });
  }
}

/** Traffic that somebody has moved since: the last share that was given counts. */
async function retakeShift(
  driver: Driver,
  target: DeploymentTarget,
  report: OperationContext["report"],
): Promise<void> {
  const { plan, done } = driver.state;
  const last = plan.steps.findLast(({ id, action }) => done.has(id) && action.kind === "shift");
  if (last?.action.kind !== "shift" || (await hasWeights(target, last.action.app, last.action.weights))) return;
  report(`${last.id}: somebody has moved the traffic since: it is taken again`);
  await driver.write({ type: "begun", step: last.id });
}

function holds({ action }: Step, status: ClusterStatus): boolean {
  switch (action.kind) {
    case "control-plane":
      return isControlPlaneAt(status, action.version) || isRunning(status);
    case "cluster":
      return isAt(status.version, action.version) && status.pools.every(({ version }) => isAt(version, action.version));
    case "pool":
      return (
        !status.pools.some(({ name }) => name === action.pool) ||
        isPoolAt(status, action.pool, action.version) ||
        isRunning(status)
      );
    case "check":
    case "gate":
    case "verify":
    case "create-pool":
    case "drain-pool":
    case "delete-pool":
    case "wait":
    case "create-cluster":
    case "copy-apps":
    case "add-route":
    case "remove-route":
    case "delete-cluster":
    // Traffic is looked at for all clusters together.
    case "switch":
    case "canary":
    case "release":
    case "shift":
    case "watch":
    case "set-hours":
    case "hold":
    case "release-hold":
    case "follow-maintenance":
      return true;
  }
}

/** Then the next step waits first, and sees. */
function isRunning(status: ClusterStatus): boolean {
  return busyWith(status) !== undefined;
}

function isAboutCluster(steps: readonly Step[], address: string): boolean {
  return steps.some(
    ({ target, action }) => target === address && ("pool" in action || clusterActions.has(action.kind)),
  );
}

const clusterActions: ReadonlySet<string> = new Set(["cluster", "control-plane"]);

function isPlanned(steps: readonly Step[], address: string, pool: string): boolean {
  return steps.some(({ target, action }) => {
    if (target !== address) return false;
    if (action.kind === "cluster") return Object.hasOwn(action.from.pools, pool);
    return "pool" in action && (action.pool === pool || ("like" in action && action.like === pool));
  });
}
