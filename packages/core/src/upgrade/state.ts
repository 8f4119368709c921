import { FairwayError, unreachable } from "@fairway/model";
import type { JournalEntry, JournaledError } from "./journal.ts";
import type { Step, UpgradePlan } from "./plan.ts";

/** Where an upgrade stands, as its journal tells. */
export interface UpgradeState {
  readonly plan: UpgradePlan;
  readonly phase: UpgradePhase;
  /** Once it goes back it goes back to the end. */
  readonly isRollingBack: boolean;
  /** Steps that are done and not undone. */
  readonly done: ReadonlySet<string>;
  /** Steps that were begun, done or not: what a rollback looks at. */
  readonly touched: ReadonlySet<string>;
  readonly undone: ReadonlySet<string>;
  /** When a step that is neither done nor failed was begun first, ISO 8601: a wait goes on from there. */
  readonly begunAt: ReadonlyMap<string, string>;
  readonly notes: Readonly<Record<string, string>>;
}

export type UpgradePhase =
  /** Being driven, or left by a process that has ended. */
  | { readonly kind: "running" }
  | { readonly kind: "paused"; readonly by: string; readonly gate?: string }
  | { readonly kind: "failed"; readonly step: string; readonly error: JournaledError }
  | { readonly kind: "aborted"; readonly by: string }
  | { readonly kind: "rolling-back" }
  | { readonly kind: "rolled-back" }
  | { readonly kind: "finished" };

/** Undefined: nothing was ever begun. */
export function stateOf(entries: readonly JournalEntry[]): UpgradeState | undefined {
  const [first, ...rest] = entries;
  if (!first) return undefined;
  if (first.type !== "planned") {
    throw new FairwayError("journal-invalid", "The journal does not begin with a plan.", {
      hint: "It is not a journal of an upgrade. Put it aside and plan anew.",
    });
  }
  const done = new Set<string>();
  const touched = new Set<string>();
  const undone = new Set<string>();
  const begunAt = new Map<string, string>();
  const notes: Record<string, string> = {};
  let isRollingBack = false;
  let phase: UpgradePhase = { kind: "running" };
  for (const entry of rest) {
    switch (entry.type) {
      case "begun":
        touched.add(entry.step);
        // Taken again after a look at the cluster.
        done.delete(entry.step);
        if (!begunAt.has(entry.step)) begunAt.set(entry.step, entry.at);
        phase = { kind: "running" };
        break;
      case "done":
        done.add(entry.step);
        begunAt.delete(entry.step);
        if (entry.note !== undefined) notes[entry.step] = entry.note;
        break;
      case "undo-begun":
        phase = { kind: "rolling-back" };
        break;
      case "undone":
        done.delete(entry.step);
        undone.add(entry.step);
        if (entry.note !== undefined) notes[entry.step] = entry.note;
        break;
      case "failed":
        begunAt.delete(entry.step);
        phase = { kind: "failed", step: entry.step, error: entry.error };
        break;
      case "paused":
        phase = { kind: "paused", by: entry.by, ...(entry.gate === undefined ? {} : { gate: entry.gate }) };
        break;
      case "resumed":
        phase = isRollingBack ? { kind: "rolling-back" } : { kind: "running" };
        break;
      case "aborted":
        phase = { kind: "aborted", by: entry.by };
        break;
      case "rolling-back":
        isRollingBack = true;
        phase = { kind: "rolling-back" };
        break;
      case "rolled-back":
      case "finished":
        phase = { kind: entry.type };
        break;
      case "planned":
        throw new FairwayError("journal-invalid", "The journal has two plans.", {
          hint: "Two upgrades were written into one journal. Put it aside and plan anew.",
        });
      default:
        unreachable(entry);
    }
  }
  return { plan: first.plan, phase, isRollingBack, done, touched, undone, begunAt, notes };
}

export function isOver({ phase }: UpgradeState): boolean {
  return phase.kind === "finished" || phase.kind === "rolled-back";
}

export function nextStep({ plan, done }: UpgradeState): Step | undefined {
  return plan.steps.find(({ id }) => !done.has(id));
}
