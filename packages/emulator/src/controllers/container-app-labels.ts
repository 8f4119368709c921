import type { TrafficEntry } from "../world/container-apps/read-ingress.ts";

/** One revision's time on a label. */
export interface LabelRecord {
  readonly revision: string;
  readonly startedAtMs: number;
  readonly stoppedAtMs: number | undefined;
  readonly status: "Starting" | "Succeeded" | "Failed";
}

/** What labels look at in a revision. */
export interface LabelledRevision {
  readonly name: string;
  readonly active: boolean;
  readonly everReady: boolean;
  readonly failure: string | undefined;
}

/**
 * Labels mode: every active revision is on a label. A new revision starts beside the one that its label is on; when it
 * is ready it takes the label, and what no label is on any more is deactivated. Source: Container Apps, deployment labels.
 */
export class RevisionLabels {
  readonly #current = new Map<string, string>();
  /** On their way to a label. */
  readonly #coming = new Map<string, string>();
  readonly #history = new Map<string, LabelRecord[]>();

  get current(): ReadonlyMap<string, string> {
    return this.#current;
  }

  /** Newest first. */
  get histories(): ReadonlyMap<string, readonly LabelRecord[]> {
    return this.#history;
  }

  holds(revision: string): boolean {
    return [...this.#current.values(), ...this.#coming.values()].includes(revision);
  }

  /** As soon as the revision is ready, the label is on it. */
  await(label: string, revision: string, nowMs: number): void {
    this.#coming.set(label, revision);
    this.#record(label).unshift({ revision, startedAtMs: nowMs, stoppedAtMs: undefined, status: "Starting" });
  }

  /** At once: what a change of the traffic asks for. */
  assign(label: string, revision: string, nowMs: number): void {
    if (this.#current.get(label) === revision) return;
    this.#stopCurrent(label, nowMs);
    this.#coming.delete(label);
    this.#current.set(label, revision);
    this.#record(label).unshift({ revision, startedAtMs: nowMs, stoppedAtMs: undefined, status: "Succeeded" });
  }

  release(label: string, nowMs: number): void {
    this.#stopCurrent(label, nowMs);
    this.#current.delete(label);
    this.#coming.delete(label);
  }

  /** Another mode begins. */
  clear(nowMs: number): void {
    for (const label of this.#current.keys()) this.release(label, nowMs);
    this.#coming.clear();
  }

  /** Looks at the revisions that are on their way. */
  settle(revisions: readonly LabelledRevision[], nowMs: number): void {
    for (const [label, name] of this.#coming) {
      const revision = revisions.find((candidate) => candidate.name === name);
      if (revision && !revision.everReady && !revision.failure) continue;
      const isReady = revision?.everReady === true;
      this.#coming.delete(label);
      this.#finishStart(label, name, isReady ? "Succeeded" : "Failed", nowMs);
      if (!isReady) continue;
      this.#stopCurrent(label, nowMs);
      this.#current.set(label, name);
    }
  }

  /** False: there is no such history. */
  forget(label: string): boolean {
    return this.#history.delete(label);
  }

  /** The split as it is shown: weights stay with labels. Without one of its own, the first label has everything. */
  entries(wanted: readonly TrafficEntry[]): readonly TrafficEntry[] {
    const isShared = wanted.some(({ label, weight }) => label !== undefined && weight > 0);
    const weightOf = (label: string): number => wanted.find((entry) => entry.label === label)?.weight ?? 0;
    return [...this.#current].map(([label, revisionName], index) => ({
      revisionName,
      latestRevision: false,
      label,
      weight: isShared ? weightOf(label) : index === 0 ? 100 : 0,
    }));
  }

  #record(label: string): LabelRecord[] {
    const records = this.#history.get(label) ?? [];
    this.#history.set(label, records);
    return records;
  }

  #stopCurrent(label: string, nowMs: number): void {
    const name = this.#current.get(label);
    this.#change(label, ({ revision, stoppedAtMs }) => revision === name && stoppedAtMs === undefined, {
      stoppedAtMs: nowMs,
    });
  }

  #finishStart(label: string, name: string, status: "Succeeded" | "Failed", nowMs: number): void {
    const isIt = (record: LabelRecord): boolean => record.revision === name && record.status === "Starting";
    this.#change(label, isIt, { status, ...(status === "Failed" ? { stoppedAtMs: nowMs } : {}) });
  }

  #change(label: string, isIt: (record: LabelRecord) => boolean, changes: Partial<LabelRecord>): void {
    const records = this.#record(label);
    const index = records.findIndex(isIt);
    const record = records[index];
    if (record) records[index] = { ...record, ...changes };
  }
}
