import type { ModelledWorkload } from "./manifests.ts";

export interface TraceRecord {
  readonly timeMs: number;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WorkloadRecord {
  /** `Deployment shop/api`. */
  readonly workload: string;
  readonly wanted: number;
  /** Fewest that served at any moment, in a cluster that had traffic then. */
  readonly lowest: number;
  /** With fewer than are wanted, and with none. */
  readonly reducedMinutes: number;
  readonly downMinutes: number;
}

export interface StuckRecord {
  /** As the snapshot calls it, or `surge node of pool1`. */
  readonly node: string;
  /** `pool1`, or `pool1 of the second cluster`. */
  readonly pool: string;
  /** `namespace/name` in the model. */
  readonly pod: string;
  readonly workload: string;
  readonly why: string;
  /** After the beginning of the upgrade: when it did not go at first, and when it went or was given up. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly isGivenUp: boolean;
}

export interface SurgeRecord {
  /** `pool1`, or `pool1 of the second cluster`. */
  readonly pool: string;
  /** Most nodes beyond what the pool has, and how long they were there all together. */
  readonly nodes: number;
  readonly nodeHours: number;
}

export interface WatchedUpgrade {
  readonly workloads: readonly WorkloadRecord[];
  readonly stuck: readonly StuckRecord[];
  readonly surge: readonly SurgeRecord[];
}

export interface WatchedCluster {
  readonly name: string;
  readonly workloads: readonly ModelledWorkload[];
  /** Without what the upgrade adds; none for a cluster that it makes. */
  readonly pools: readonly { readonly name: string; readonly count: number }[];
  /** Name in the snapshot by name in the model. */
  readonly nodeNames: ReadonlyMap<string, string>;
}

export interface WatchOptions {
  /** The active one first; it has all traffic where nothing divides it. */
  readonly clusters: readonly WatchedCluster[];
  /** All that happened in the world, from its beginning. */
  readonly trace: readonly TraceRecord[];
  readonly startMs: number;
  readonly endMs: number;
}

export const minuteMs = 60_000;

/** `pool1` of the active cluster, `pool1 of the second cluster` of the other one. */
export function poolTitle({ clusters }: WatchOptions, cluster: unknown, pool: string): string {
  return cluster === clusters[0]?.name ? pool : `${pool} of the second cluster`;
}

export function titleOf({ kind, namespace, name }: Pick<ModelledWorkload, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace}/${name}`;
}

/** Controllers name pods after their owner: `api-5d9c7b-x2x4z`, `db-0`, `agent-x2x4z`. */
export function workloadFinder(workloads: readonly ModelledWorkload[]): (pod: string) => string | undefined {
  const forms: Readonly<Record<string, string>> = {
    Deployment: "-[a-z0-9]+-[a-z0-9]{5}",
    ReplicaSet: "-[a-z0-9]{5}",
    DaemonSet: "-[a-z0-9]{5}",
    StatefulSet: "-\\d+",
    Pod: "",
  };
  const patterns = workloads.map((one): readonly [RegExp, string] => [
    new RegExp(`^${`${one.namespace}/${one.name}`.replaceAll(".", "\\.")}${forms[one.kind] ?? ""}$`),
    titleOf(one),
  ]);
  return (pod) => patterns.find(([pattern]) => pattern.test(pod))?.[1];
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
