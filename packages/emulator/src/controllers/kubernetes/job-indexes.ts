import type { Pod } from "./pod-types.ts";
import type { Job, JobStatus } from "./workload-types.ts";

export const indexAnnotation = "batch.kubernetes.io/job-completion-index";

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === "Indexed";
}

/** Undefined for a pod of a job that has no indexes. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[indexAnnotation];
  return text === undefined ? undefined : Number(text);
}

/** `1,3-5` as numbers. */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? "").split(",")) {
    if (part === "") continue;
    const [first = 0, last = first] = part.split("-").map(Number);
    for (let index = first; index <= last; index++) indexes.add(index);
  }
  return indexes;
}

/** Two neighbours stay apart (`1,2`), three become a range (`1-3`), as the job controller writes them. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].toSorted((a, b) => a - b);
  const runs: [first: number, last: number][] = [];
  for (const index of sorted) {
    const run = runs.at(-1);
    if (run && run[1] + 1 === index) run[1] = index;
    else runs.push([index, index]);
  }
  return runs
    .map(([first, last]) => (first === last ? `${first}` : `${first}${last === first + 1 ? "," : "-"}${last}`))
    .join(",");
}

/** The lowest indexes that still need a pod. */
export function createdIndexes(job: Job, status: JobStatus, taken: readonly Pod[], count: number): number[] {
  const done = new Set([
    ...parseIndexes(status.completedIndexes),
    ...parseIndexes(status.failedIndexes),
    ...taken.map(indexOf),
  ]);
  const free: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && free.length < count; index++) {
    if (!done.has(index)) free.push(index);
  }
  return free;
}
