import type { TraceRecord } from "@fairway/kernel";
import type { EndState, Outcome } from "../virtual/record.ts";

/** What they look at, with its API group. */
export const checkedResources = {
  pods: "",
  nodes: "",
  poddisruptionbudgets: "policy",
  httproutes: "gateway.networking.k8s.io",
} as const;
export type CheckedResource = keyof typeof checkedResources;

/** A change of an object of Kubernetes, as the store of a cluster tells it. */
export interface ObjectChange {
  readonly cluster: string;
  readonly resource: CheckedResource;
  readonly atMs: number;
  readonly isGone: boolean;
  readonly object: CheckedObject;
}

/** The fields that checkers read. */
export interface CheckedObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** Reads what happens, and steers nothing. */
export interface Checker {
  readonly name: string;
  /** Returns what is wrong with it, if anything. */
  onRecord?(record: TraceRecord): string | undefined;
  onChange?(change: ObjectChange): string | undefined;
  /** When all faults have been healed for a while. */
  atEnd?(end: TrialEnd): string | undefined;
}

export interface TrialEnd {
  readonly outcome: Outcome;
  readonly endState: EndState;
}
