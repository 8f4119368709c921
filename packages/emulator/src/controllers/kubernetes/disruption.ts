import { timestamp } from "../../world/store.ts";
import { budgetNumbers } from "./budget-arithmetic.ts";
import { withConditions } from "./conditions.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import { expectedPods } from "./expected-pods.ts";
import { budgets, fromKey, getObject, involved, keyOf, pods, updateObject } from "./kinds.ts";
import type { Condition } from "./meta-types.ts";
import { restMsFor } from "./pacing.ts";
import { budgetsOf, covers } from "./pod-budgets.ts";
import { podsWithLabels } from "./pod-lookup.ts";
import type { Pod } from "./pod-types.ts";
import { isReady, isTerminating } from "./pods.ts";
import type { PodDisruptionBudget } from "./types.ts";

/** How long an evicted pod that is still there counts as gone. */
const disruptedForMs = 2 * 60_000;

/** Keeps the numbers of each PodDisruptionBudget. Source: kubernetes/kubernetes pkg/controller/disruption. */
export function startDisruptionController(plane: ControlPlane): void {
  const queue = plane.queue(
    "disruption",
    (key) => reconcile(plane, queue, key),
    (key) => restMsFor(sizeOf(plane, key)),
  );
  plane.watch(budgets, ({ object }) => queue.add(keyOf(object)));
  plane.watch(pods, ({ object, previous }) => {
    const [first, second] = budgetsOf(plane.store, object);
    if (second) warnOfSeveral(plane, object, first?.metadata.name ?? "");
    if (first) queue.add(keyOf(first));
    if (!previous || previous.metadata.labels === object.metadata.labels) return;
    for (const budget of budgetsOf(plane.store, previous)) queue.add(keyOf(budget));
  });
}

function sizeOf(plane: ControlPlane, key: string): number {
  const { namespace, name } = fromKey(key);
  return getObject(plane.store, budgets, namespace, name)?.status?.expectedPods ?? 0;
}

function reconcile(plane: ControlPlane, queue: WorkQueue, key: string): void {
  const { namespace, name } = fromKey(key);
  const budget = getObject(plane.store, budgets, namespace, name);
  if (!budget) return;
  const nowMs = plane.world.clock.now();
  const labels = budget.spec.selector?.matchLabels ?? {};
  const covered = podsWithLabels(plane.store, namespace ?? "", labels).filter((pod) => covers(budget, pod));
  if (covered.length === 0) record(plane, budget, "Normal", "NoPods", "No matching pods found");
  const scale = expectedPods(plane.store, budget, covered);
  if (scale.kind === "failed") return fail(plane, budget, scale.message);
  if (scale.hasUnmanaged) warnUnmanaged(plane, budget);
  warnOfKept(plane, budget, covered, nowMs);
  const disrupted = stillDisrupted(budget, covered, nowMs);
  const healthy = covered.filter((pod) => isReady(pod) && !isTerminating(pod) && !(pod.metadata.name in disrupted));
  const numbers = budgetNumbers(budget.spec, scale.expected, healthy.length);
  updateObject(plane.store, budgets, budget, (current) => {
    const observedGeneration = current.metadata.generation ?? 1;
    const condition = { ...allowedCondition(numbers.disruptionsAllowed), observedGeneration };
    const conditions = withConditions(current.status?.conditions, [condition], timestamp(nowMs));
    const remembered = Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {};
    return { ...current, status: { observedGeneration, ...remembered, conditions, ...numbers } };
  });
  const times = Object.values(disrupted).map((at) => Date.parse(at) + disruptedForMs);
  if (times.length > 0) queue.addAt(key, Math.min(...times) + 1);
}

/** Nothing may be disrupted while nobody knows how many pods there should be. */
function fail(plane: ControlPlane, budget: PodDisruptionBudget, message: string): void {
  const text = `Failed to calculate the number of expected pods: ${message}`;
  record(plane, budget, "Warning", "CalculateExpectedPodCountFailed", text);
  updateObject(plane.store, budgets, budget, (current) => {
    const before = current.status ?? { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    const { observedGeneration, conditions: known } = { ...current.status };
    const seen = observedGeneration === undefined ? {} : { observedGeneration };
    const condition = { type: "DisruptionAllowed", status: "False", reason: "SyncFailed", message, ...seen } as const;
    const conditions = withConditions(known, [condition], timestamp(plane.world.clock.now()));
    return { ...current, status: { ...before, disruptionsAllowed: 0, conditions } };
  });
}

/** Evicted pods that are still there and not marked yet. */
function stillDisrupted(budget: PodDisruptionBudget, covered: readonly Pod[], nowMs: number): Record<string, string> {
  const waiting = new Set(covered.filter((pod) => !isTerminating(pod)).map(({ metadata }) => metadata.name));
  const entries = Object.entries(budget.status?.disruptedPods ?? {});
  return Object.fromEntries(
    entries.filter(([name, at]) => waiting.has(name) && Date.parse(at) + disruptedForMs > nowMs),
  );
}

/** Somebody has held up the deletion of an evicted pod: it counts again. */
function warnOfKept(plane: ControlPlane, budget: PodDisruptionBudget, covered: readonly Pod[], nowMs: number): void {
  const { namespace, name } = budget.metadata;
  for (const pod of covered) {
    const at = budget.status?.disruptedPods?.[pod.metadata.name];
    if (at === undefined || isTerminating(pod) || Date.parse(at) + disruptedForMs > nowMs) continue;
    const message = `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`;
    plane.recordEvent({ type: "Warning", reason: "NotDeleted", message, source, involved: involved(pods, pod) });
  }
}

export function allowedCondition(allowed: number): Condition {
  const [status, reason] =
    allowed > 0 ? (["True", "SufficientPods"] as const) : (["False", "InsufficientPods"] as const);
  return { type: "DisruptionAllowed", status, reason, message: "" };
}

function warnUnmanaged(plane: ControlPlane, budget: PodDisruptionBudget): void {
  const message = `Pods selected by this PodDisruptionBudget (selector: ${selectorText(budget)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
  record(plane, budget, "Warning", "UnmanagedPods", message);
}

/** As Go prints it. */
function selectorText({ spec: { selector = {} } }: PodDisruptionBudget): string {
  const labels = Object.entries(selector.matchLabels ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  const map = `map[string]string{${labels.map(([name, value]) => `${name}: ${value},`).join("")}}`;
  return `&LabelSelector{MatchLabels:${map},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}

function warnOfSeveral(plane: ControlPlane, pod: Pod, chosen: string): void {
  const { namespace, name } = pod.metadata;
  const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${chosen}" arbitrarily.`;
  const reason = "MultiplePodDisruptionBudgets";
  plane.recordEvent({ type: "Warning", reason, message, source, involved: involved(pods, pod) });
}

const source = "controllermanager";

function record(
  plane: ControlPlane,
  budget: PodDisruptionBudget,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  plane.recordEvent({ type, reason, message, source, involved: involved(budgets, budget) });
}
