import type { CalibrationChanges, Chance, ChanceName, Change, Duration, DurationName } from "@fairway/emulator";
import { Classifier } from "./classify.ts";
import { type Fit, fitDurations } from "./fit.ts";
import { type LoggedOperation, type Paired, pairEvents } from "./pair-events.ts";

/** What an activity log told. */
export interface CalibrationReport extends Omit<Paired, "operations"> {
  readonly operations: number;
  readonly entries: readonly CalibratedEntry[];
  /** Operations that are known and tell nothing of one entry, by the reason. */
  readonly unclear: Readonly<Record<string, number>>;
  /** Operations that no entry is about. */
  readonly unknown: number;
  /** For `--calibration`. */
  readonly changes: CalibrationChanges;
}

export interface CalibratedEntry extends Fit {
  readonly name: DurationName;
  /** Ended without success; they tell nothing of the duration. */
  readonly failed: number;
}

/**
 * Fits the calibration to the events of an activity log, as the API lists them or an export has them. `of` names the log
 * in the source of every entry.
 */
export async function calibrate(events: AsyncIterable<unknown>, of: string): Promise<CalibrationReport> {
  const { operations, ...counts } = await pairEvents(events);
  const sorted = sortOut(operations);
  const entries = [...sorted.byEntry].map(([name, own]): CalibratedEntry => {
    const durations = own.filter(({ succeeded }) => succeeded).map(secondsOf);
    return { name, failed: own.length - durations.length, ...fitDurations(durations) };
  });
  const measured = entries.filter(({ samples }) => samples > 0);
  const durations = measured.map(({ name, distribution, confidence, samples }) => {
    const source = sourceOf(of, samples, sorted.byEntry.get(name) ?? []);
    return [name, { distribution, source, confidence, samples } satisfies Change<Duration>] as const;
  });
  const chances = [...sorted.byChance].flatMap(([name, own]) => chanceOf(name, own, of) ?? []);
  return {
    ...counts,
    operations: operations.length,
    entries: entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    unclear: sorted.unclear,
    unknown: sorted.unknown,
    changes: Object.fromEntries([
      ...durations.toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ...chances,
    ]) as CalibrationChanges,
  };
}

interface Sorted {
  readonly byEntry: ReadonlyMap<DurationName, readonly LoggedOperation[]>;
  readonly byChance: ReadonlyMap<ChanceName, readonly LoggedOperation[]>;
  readonly unclear: Readonly<Record<string, number>>;
  readonly unknown: number;
}

function sortOut(operations: readonly LoggedOperation[]): Sorted {
  const classifier = new Classifier();
  const byEntry = new Map<DurationName, LoggedOperation[]>();
  const byChance = new Map<ChanceName, LoggedOperation[]>();
  const unclear: Record<string, number> = {};
  let unknown = 0;
  for (const operation of operations) {
    const kind = classifier.kindOf(operation);
    if (kind.kind === "unknown" || operation.endMs <= operation.startMs) unknown += 1;
    else if (kind.kind === "unclear") unclear[kind.why] = (unclear[kind.why] ?? 0) + 1;
    else {
      byEntry.set(kind.name, [...(byEntry.get(kind.name) ?? []), operation]);
      if (kind.chance) byChance.set(kind.chance, [...(byChance.get(kind.chance) ?? []), operation]);
    }
  }
  return { byEntry, byChance, unclear, unknown };
}

/** Only where something has failed: that nothing did says little. */
function chanceOf(
  name: ChanceName,
  operations: readonly LoggedOperation[],
  of: string,
): [ChanceName, Change<Chance>][] {
  const failed = operations.filter(({ succeeded }) => !succeeded).length;
  if (failed === 0) return [];
  const { confidence } = fitDurations(operations.map(secondsOf));
  const probability = Number((failed / operations.length).toPrecision(3));
  const source = `${failed} of ${operations.length} failed; ${sourceOf(of, operations.length, operations)}`;
  return [[name, { distribution: { kind: "chance", probability }, source, confidence, samples: operations.length }]];
}

function secondsOf({ startMs, endMs }: LoggedOperation): number {
  return (endMs - startMs) / 1_000;
}

function sourceOf(of: string, samples: number, operations: readonly LoggedOperation[]): string {
  const [from, to] = [operations[0]?.startMs ?? 0, operations.at(-1)?.startMs ?? 0].map((timeMs) =>
    new Date(timeMs).toISOString().slice(0, 10),
  );
  return `activity log of ${of}, ${samples} ${samples === 1 ? "sample" : "samples"}, ${from} to ${to}`;
}
