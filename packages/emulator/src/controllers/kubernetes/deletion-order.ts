import type { Pod } from "./pod-types.ts";
import { isReady, readySinceMs } from "./pods.ts";

/**
 * Which pods go first: on no node, pending, not ready, cheap by annotation, on the node with most of the `related` ones,
 * ready for the shortest, restarted most, youngest. Ages that are alike (in powers of two) are left to chance.
 * Source: kubernetes/kubernetes pkg/controller controller_utils.go ActivePodsWithRanks.
 */
export function deletionOrder(active: readonly Pod[], nowMs: number, related: readonly Pod[] = []): Pod[] {
  const perNode = new Map<string | undefined, number>();
  for (const { spec } of related) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1);
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName === undefined ? 0 : 1,
    phases.indexOf(pod.status?.phase ?? "Pending"),
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0) || 0,
    -(perNode.get(pod.spec.nodeName) ?? 0),
  ];
  const ranked = active.map((pod) => ({ pod, rank: rank(pod) }));
  return ranked
    .toSorted((a, b) => compareRanks(a.rank, b.rank) || compareAges(a.pod, b.pod, nowMs))
    .map(({ pod }) => pod);
}

const phases = ["Pending", "Unknown", "Running"];

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function compareAges(a: Pod, b: Pod, nowMs: number): number {
  return (
    compareTimes(readySinceMs(a), readySinceMs(b), nowMs, byUid(a, b)) ||
    restarts(b) - restarts(a) ||
    compareTimes(createdMs(a), createdMs(b), nowMs, byUid(a, b))
  );
}

function compareTimes(a: number | undefined, b: number | undefined, nowMs: number, otherwise: number): number {
  if (a === undefined || b === undefined || a === b) return 0;
  return magnitude(nowMs - a) - magnitude(nowMs - b) || otherwise;
}

/** The power of two of a duration in nanoseconds. */
function magnitude(ms: number): number {
  return ms > 0 ? Math.floor(Math.log2(ms * 1e6)) : -1;
}

function byUid(a: Pod, b: Pod): number {
  return (a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1;
}

function createdMs({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp ?? "");
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}
