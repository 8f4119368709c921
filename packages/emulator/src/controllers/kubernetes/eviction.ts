import type { EvictionOptions, EvictionResult } from "../../world/cluster.ts";
import { timestamp } from "../../world/store.ts";
import { apiServerActor } from "./actors.ts";
import { conditionOf, withConditions } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { allowedCondition } from "./disruption.ts";
import { budgets, getObject, pods, updateObject } from "./kinds.ts";
import { budgetsOf } from "./pod-budgets.ts";
import { markDisrupted } from "./pod-disruption.ts";
import type { Pod } from "./pod-types.ts";
import { deletePod, isFinished, isReady, isTerminating } from "./pods.ts";
import type { BudgetStatus, PodDisruptionBudget } from "./types.ts";

/** Entries of `disruptedPods` above which nothing more is evicted. */
const mostDisrupted = 2_000;

/**
 * The eviction subresource, in the order in which the API server decides. Source: kubernetes/kubernetes
 * pkg/registry/core/pod/storage/eviction.go (azure-facts 2.1).
 */
export function evictPod(
  plane: ControlPlane,
  namespace: string,
  name: string,
  options: EvictionOptions = {},
): EvictionResult {
  const pod = getObject(plane.store, pods, namespace, name);
  if (!pod) return { kind: "not-found" };
  if (isFinished(pod) || isTerminating(pod) || pod.status?.phase === "Pending") return remove(plane, pod, options);
  const covering = budgetsOf(plane.store, pod);
  if (covering.length > 1) return tooManyBudgets();
  const [budget] = covering;
  if (!budget) return remove(plane, pod, options);
  const status = budget.status ?? { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  if (!isReady(pod) && mayGoUnready(budget, status)) return remove(plane, pod, options);
  return refusal(budget, status) ?? spend(plane, budget, pod, options);
}

/** A pod that is not ready keeps nobody up: it may go while the others fulfil the budget, or always if that is said. */
function mayGoUnready({ spec }: PodDisruptionBudget, status: BudgetStatus): boolean {
  if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

function refusal(budget: PodDisruptionBudget, status: BudgetStatus): EvictionResult | undefined {
  const { name, generation = 1 } = budget.metadata;
  if ((status.observedGeneration ?? 0) < generation) {
    const causes = [
      { reason: "DisruptionBudget", message: `The disruption budget ${name} is still being processed by the server.` },
    ];
    return tooManyRequests(causes, 10);
  }
  if (status.disruptionsAllowed < 0) return forbidden(name, "pdb disruptions allowed is negative");
  if (Object.keys(status.disruptedPods ?? {}).length > mostDisrupted) {
    return forbidden(name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  }
  if (status.disruptionsAllowed > 0) return undefined;
  return tooManyRequests([
    { reason: "DisruptionBudget", message: `The disruption budget ${name} ${reasonOf(status)}` },
  ]);
}

/** The numbers mean nothing after a failed sync, and say nothing while the pods that were evicted are still up. */
function reasonOf({ desiredHealthy, currentHealthy, conditions }: BudgetStatus): string {
  const condition = conditionOf(conditions, "DisruptionAllowed");
  const why = condition?.status === "False" ? (condition.message ?? "") : "";
  const none = "does not allow evicting pods currently";
  if (why !== "" && condition?.reason === "SyncFailed") return `${none} because it failed sync: ${why}`;
  if (currentHealthy <= desiredHealthy)
    return `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return why === "" ? none : `${none} (${condition?.reason}): ${why}`;
}

/** Takes the pod out of the budget before the controller sees it go, so that nobody else spends the same disruption. */
function spend(plane: ControlPlane, budget: PodDisruptionBudget, pod: Pod, options: EvictionOptions): EvictionResult {
  if (options.dryRun) return remove(plane, pod, options);
  const now = timestamp(plane.world.clock.now());
  plane.store.actingAs(apiServerActor, () =>
    updateObject(plane.store, budgets, budget, (current) => {
      if (!current.status) return current;
      const { disruptionsAllowed, disruptedPods, observedGeneration = 1 } = current.status;
      const condition = { ...allowedCondition(disruptionsAllowed - 1), observedGeneration };
      return {
        ...current,
        status: {
          ...current.status,
          disruptionsAllowed: disruptionsAllowed - 1,
          conditions: withConditions(current.status.conditions, [condition], now),
          disruptedPods: { ...disruptedPods, [pod.metadata.name]: now },
        },
      };
    }),
  );
  return remove(plane, pod, options);
}

function remove(plane: ControlPlane, pod: Pod, options: EvictionOptions): EvictionResult {
  const { namespace, name } = pod.metadata;
  const problem = failedPrecondition(pod, options);
  if (problem !== undefined) return conflict(name, problem);
  if (options.dryRun) return { kind: "evicted" };
  plane.world.trace.add("pod.evicted", { cluster: plane.clusterName, pod: `${namespace}/${name}` });
  markDisrupted(plane, pod, "EvictionByEvictionAPI", "Eviction API: evicting");
  const { graceSeconds } = options;
  // Less than nothing is as little as possible.
  deletePod(
    plane.store,
    pod,
    plane.world.clock.now(),
    graceSeconds !== undefined && graceSeconds < 0 ? 1 : graceSeconds,
  );
  return { kind: "evicted" };
}

function failedPrecondition({ metadata }: Pod, { uid, resourceVersion }: EvictionOptions): string | undefined {
  if (uid !== undefined && uid !== metadata.uid) {
    return `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    return `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
  }
  return undefined;
}

function conflict(name: string, why: string): EvictionResult {
  const message = `Operation cannot be fulfilled on Pod "${name}": ${why}`;
  return { kind: "refused", status: 409, reason: "Conflict", message, details: { name, kind: "Pod" } };
}

function tooManyRequests(causes: { reason: string; message: string }[], retryAfterSeconds?: number): EvictionResult {
  return {
    kind: "refused",
    status: 429,
    reason: "TooManyRequests",
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
  };
}

function forbidden(budget: string, why: string): EvictionResult {
  const message = `poddisruptionbudget.policy "${budget}" is forbidden: ${why}`;
  const details = { name: budget, group: "policy", kind: "poddisruptionbudget" };
  return { kind: "refused", status: 403, reason: "Forbidden", message, details };
}

function tooManyBudgets(): EvictionResult {
  const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
  return { kind: "refused", status: 500, reason: "", message };
}
