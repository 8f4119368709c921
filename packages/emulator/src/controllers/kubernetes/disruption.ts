import { type ObjectStore, timestamp } from "../../world/store.ts";
import { budgetNumbers } from "./budget-arithmetic.ts";
import { withConditions } from "./conditions.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import {
  budgets,
  controllerOf,
  deployments,
  fromKey,
  getObject,
  involved,
  keyOf,
  listObjects,
  pods,
  replicaSets,
  statefulSets,
  updateObject,
} from "./kinds.ts";
import { restMsFor } from "./pacing.ts";
import { podsWithLabels } from "./pod-lookup.ts";
import type { Pod } from "./pod-types.ts";
import { isFinished, isReady, isTerminating } from "./pods.ts";
import { matchesSelector } from "./selectors.ts";
import type { Condition, PodDisruptionBudget } from "./types.ts";

/** How long an evicted pod that is still there counts as gone. */
const disruptedForMs = 2 * 60_000;

/** Keeps the numbers of each PodDisruptionBudget. */
export function startDisruptionController(plane: ControlPlane): void {
  const queue = plane.queue(
    "disruption",
    (key) => reconcile(plane, queue, key),
    (key) => restMsFor(sizeOf(plane, key)),
  );
  plane.watch(budgets, ({ object }) => queue.add(keyOf(object)));
  plane.watch(pods, ({ object, previous }) => {
    for (const budget of listObjects(plane.store, budgets, object.metadata.namespace ?? "")) {
      if (covers(budget, object) || (previous && covers(budget, previous))) queue.add(keyOf(budget));
    }
  });
  for (const kind of [replicaSets, deployments, statefulSets]) {
    plane.watch<{ metadata: Pod["metadata"] }>(kind, ({ object }) => {
      for (const budget of listObjects(plane.store, budgets, object.metadata.namespace ?? "")) queue.add(keyOf(budget));
    });
  }
}

function sizeOf(plane: ControlPlane, key: string): number {
  const { namespace, name } = fromKey(key);
  return getObject(plane.store, budgets, namespace, name)?.status?.expectedPods ?? 0;
}

/** An empty selector covers every pod of the namespace (policy/v1). */
export function covers(budget: PodDisruptionBudget, pod: Pod): boolean {
  return (
    budget.metadata.namespace === pod.metadata.namespace && matchesSelector(budget.spec.selector, pod.metadata.labels)
  );
}

function reconcile(plane: ControlPlane, queue: WorkQueue, key: string): void {
  const { namespace, name } = fromKey(key);
  const budget = getObject(plane.store, budgets, namespace, name);
  if (!budget) return;
  const nowMs = plane.world.clock.now();
  const labels = budget.spec.selector?.matchLabels ?? {};
  const covered = podsWithLabels(plane.store, namespace ?? "", labels).filter(
    (pod) => covers(budget, pod) && !isFinished(pod),
  );
  const disrupted = stillDisrupted(budget, covered, nowMs);
  const healthy = covered.filter((pod) => isReady(pod) && !isTerminating(pod) && !(pod.metadata.name in disrupted));
  const scale = expectedPods(plane, budget, covered);
  const numbers = budgetNumbers(budget.spec, scale.expected, healthy.length);
  if (scale.unmanaged.length > 0) warnUnmanaged(plane, budget, scale.unmanaged);
  updateObject(plane.store, budgets, budget, (current) => ({
    ...current,
    status: {
      observedGeneration: current.metadata.generation ?? 1,
      ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
      conditions: withConditions(
        current.status?.conditions,
        [allowedCondition(numbers.disruptionsAllowed)],
        timestamp(nowMs),
      ),
      ...numbers,
    },
  }));
  const times = Object.values(disrupted).map((at) => Date.parse(at) + disruptedForMs);
  if (times.length > 0) queue.addAt(key, Math.min(...times) + 1);
}

/** Evicted pods that are still there and not marked yet. */
function stillDisrupted(budget: PodDisruptionBudget, covered: readonly Pod[], nowMs: number): Record<string, string> {
  const waiting = new Set(covered.filter((pod) => !isTerminating(pod)).map(({ metadata }) => metadata.name));
  const entries = Object.entries(budget.status?.disruptedPods ?? {});
  return Object.fromEntries(
    entries.filter(([name, at]) => waiting.has(name) && Date.parse(at) + disruptedForMs > nowMs),
  );
}

function expectedPods(
  plane: ControlPlane,
  { spec }: PodDisruptionBudget,
  covered: readonly Pod[],
): { expected: number; unmanaged: readonly Pod[] } {
  if (spec.maxUnavailable === undefined && typeof spec.minAvailable !== "string") {
    return { expected: covered.length, unmanaged: [] };
  }
  const scales = new Map<string, number>();
  const unmanaged: Pod[] = [];
  for (const pod of covered) {
    const owner = ownerScale(plane.store, pod);
    if (owner) scales.set(owner.uid, owner.replicas);
    else unmanaged.push(pod);
  }
  return { expected: [...scales.values()].reduce((total, replicas) => total + replicas, 0), unmanaged };
}

/** The deployment above a replica set counts, since it is what will be scaled. */
function ownerScale(store: ObjectStore, pod: Pod): { uid: string; replicas: number } | undefined {
  const { namespace } = pod.metadata;
  const owner = controllerOf(pod);
  if (owner?.kind === "StatefulSet") return scaleOf(getObject(store, statefulSets, namespace, owner.name), owner.uid);
  const set = owner?.kind === "ReplicaSet" ? getObject(store, replicaSets, namespace, owner.name) : undefined;
  if (!set || set.metadata.uid !== owner?.uid) return undefined;
  const above = controllerOf(set);
  const deployment = above?.kind === "Deployment" ? getObject(store, deployments, namespace, above.name) : undefined;
  return scaleOf(deployment, above?.uid) ?? scaleOf(set, set.metadata.uid);
}

type Scaled = { metadata: Pod["metadata"]; spec: { replicas?: number } };

function scaleOf(scaled: Scaled | undefined, uid: string | undefined): { uid: string; replicas: number } | undefined {
  if (!scaled || scaled.metadata.uid !== uid) return undefined;
  return { uid: scaled.metadata.uid ?? "", replicas: scaled.spec.replicas ?? 1 };
}

function allowedCondition(allowed: number): Condition {
  const [status, reason] =
    allowed > 0 ? (["True", "SufficientPods"] as const) : (["False", "InsufficientPods"] as const);
  return { type: "DisruptionAllowed", status, reason, message: "" };
}

function warnUnmanaged(plane: ControlPlane, budget: PodDisruptionBudget, unmanaged: readonly Pod[]): void {
  const names = unmanaged.map(({ metadata }) => metadata.name).join(", ");
  plane.recordEvent({
    type: "Warning",
    reason: "UnmanagedPods",
    message: `Pods selected by this PodDisruptionBudget (selector: ${JSON.stringify(budget.spec.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value. Unmanaged pods: ${names}`,
    source: "controllermanager",
    involved: involved(budgets, budget),
  });
}
