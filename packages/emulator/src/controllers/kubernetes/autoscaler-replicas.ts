import { conditionOf } from "./conditions.ts";
import type { Pod } from "./pod-types.ts";

/** What one pod uses of something, in thousandths of its unit, over the window that ends at `atMs`. */
export interface PodMetric {
  readonly value: number;
  readonly atMs: number;
  readonly windowMs: number;
}

export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

export interface ReplicaQuestion {
  readonly currentReplicas: number;
  readonly pods: readonly Pod[];
  /** By pod name. */
  readonly metrics: ReadonlyMap<string, PodMetric>;
  /** Processor time tells nothing about a pod that has only just started. */
  readonly isCpu: boolean;
  readonly tolerances: Tolerances;
  readonly nowMs: number;
  /** --horizontal-pod-autoscaler-cpu-initialization-period and -initial-readiness-delay. */
  readonly initializationMs: number;
  readonly readinessDelayMs: number;
}

/** `average` in thousandths; `utilization` in percent of what was requested. */
export type ReplicaCount =
  | { readonly kind: "count"; readonly replicas: number; readonly average: number; readonly utilization?: number }
  | { readonly kind: "failed"; readonly message: string };

/** So many that they use `targetPercent` of their requests. Source: pkg/controller/podautoscaler/replica_calculator.go. */
export function replicasForUtilization(
  question: ReplicaQuestion,
  targetPercent: number,
  requestOf: (pod: Pod) => number | string,
): ReplicaCount {
  if (question.pods.length === 0) return failed(noPods);
  const groups = groupPods(question);
  if (groups.measured.size === 0) return failed(noMetrics);
  const requests = new Map<string, number>();
  for (const pod of question.pods) {
    const request = requestOf(pod);
    if (typeof request === "string") return failed(request);
    requests.set(pod.metadata.name, request);
  }
  const totalOf = (names: Iterable<string>): number => sum([...names].map((name) => requests.get(name) ?? 0));
  if (totalOf(groups.measured.keys()) === 0) return failed("no metrics returned matched known pods");
  const utilizationOf = (values: ReadonlyMap<string, number>): number =>
    Math.trunc((sum(values.values()) * 100) / totalOf(values.keys()));
  const replicas = countReplicas(question, groups, {
    ratio: (values) => utilizationOf(values) / targetPercent,
    missing: (name) => Math.trunc(((requests.get(name) ?? 0) * Math.max(100, targetPercent)) / 100),
  });
  const utilization = utilizationOf(groups.measured);
  return { kind: "count", replicas, utilization, average: averageOf(groups.measured) };
}

/** So many that each uses `target` thousandths. */
export function replicasForAverage(question: ReplicaQuestion, target: number): ReplicaCount {
  if (question.pods.length === 0) return failed(noPods);
  const groups = groupPods(question);
  if (groups.measured.size === 0) return failed(noMetrics);
  const ratio = (values: ReadonlyMap<string, number>): number => averageOf(values) / target;
  const replicas = countReplicas(question, groups, { ratio, missing: () => target });
  return { kind: "count", replicas, average: averageOf(groups.measured) };
}

/** As many times those that are ready as there is more of something than there should be. */
export function replicasForRatio(ratio: number, readyCount: number, replicas: number, tolerances: Tolerances): number {
  return isWithin(tolerances, ratio) ? replicas : Math.ceil(ratio * readyCount);
}

/** So many that each has its share of `target` thousandths of a total. */
export function replicasForTotal(total: number, target: number, replicas: number, tolerances: Tolerances): number {
  return isWithin(tolerances, total / (target * replicas)) ? replicas : Math.ceil(total / target);
}

const noPods = "no pods returned by selector while calculating replica count";
const noMetrics = "did not receive metrics for targeted pods (pods might be unready)";

interface Groups {
  readonly readyCount: number;
  readonly measured: ReadonlyMap<string, number>;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
}

interface Measure {
  ratio(values: ReadonlyMap<string, number>): number;
  /** What a pod without a metric counts as when there are too many replicas. */
  missing(name: string): number;
}

/** Pods that nothing is known of hold back: they count as full on the way down and as idle on the way up. */
function countReplicas(question: ReplicaQuestion, groups: Groups, measure: Measure): number {
  const { currentReplicas, tolerances } = question;
  const ratio = measure.ratio(groups.measured);
  const isUp = ratio > 1;
  const countsUnready = groups.unready.length > 0 && isUp;
  if (!countsUnready && groups.missing.length === 0) {
    return isWithin(tolerances, ratio) ? currentReplicas : Math.ceil(ratio * groups.readyCount);
  }
  const values = new Map(groups.measured);
  if (ratio !== 1) for (const name of groups.missing) values.set(name, isUp ? 0 : measure.missing(name));
  if (countsUnready) for (const name of groups.unready) values.set(name, 0);
  const again = measure.ratio(values);
  const turned = (ratio < 1 && again > 1) || (isUp && again < 1);
  if (isWithin(tolerances, again) || turned) return currentReplicas;
  const replicas = Math.ceil(again * values.size);
  const overshoots = (again < 1 && replicas > currentReplicas) || (again > 1 && replicas < currentReplicas);
  return overshoots ? currentReplicas : replicas;
}

function groupPods(question: ReplicaQuestion): Groups {
  const measured = new Map<string, number>();
  const unready: string[] = [];
  const missing: string[] = [];
  for (const pod of question.pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const metric = question.metrics.get(name);
    if (deletionTimestamp !== undefined || pod.status?.phase === "Failed") continue;
    if (pod.status?.phase === "Pending") unready.push(name);
    else if (!metric) missing.push(name);
    else if (question.isCpu && isStarting(pod, metric, question)) unready.push(name);
    else measured.set(name, metric.value);
  }
  // Metrics of pods that the selector does not know are kept by the real one, and count for nothing either.
  return { readyCount: measured.size, measured, unready, missing };
}

function isStarting({ status }: Pod, { atMs, windowMs }: PodMetric, question: ReplicaQuestion): boolean {
  const ready = conditionOf(status?.conditions, "Ready");
  if (!ready || status?.startTime === undefined) return true;
  const startedAtMs = Date.parse(status.startTime);
  const changedAtMs = Date.parse(ready.lastTransitionTime ?? "");
  const isUnready = ready.status === "False";
  if (startedAtMs + question.initializationMs > question.nowMs) return isUnready || atMs < changedAtMs + windowMs;
  return isUnready && startedAtMs + question.readinessDelayMs > changedAtMs;
}

function isWithin({ up, down }: Tolerances, ratio: number): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

function averageOf(values: ReadonlyMap<string, number>): number {
  return Math.trunc(sum(values.values()) / values.size);
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

function failed(message: string): ReplicaCount {
  return { kind: "failed", message };
}
