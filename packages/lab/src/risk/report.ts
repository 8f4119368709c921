import type { ScenarioAgreement } from "../agreement/agreement.ts";
import type { Estimated } from "../statistics/interval.ts";
import { type IncidentName, storyIncidentNames } from "../virtual/all-incidents.ts";
import type { TrialRecord } from "../virtual/record.ts";
import { type ClaimCheck, compareWithExperience } from "./experience.ts";
import type { NodeTimeline } from "./node-timeline.ts";
import { type Ratings, rate } from "./rating.ts";
import { pairedDifference, type RiskSummary, summarise } from "./summary.ts";
import type { TornadoBar } from "./tornado.ts";

/** What the report is about besides the records. */
export interface RiskContext {
  /** Commit or version of the program: the same one makes the same report from the same seed. */
  readonly program: string;
  readonly seed: number;
  readonly topology: { readonly name: string; readonly title: string; readonly nodes: number };
  readonly strategies: readonly { readonly name: string; readonly title: string }[];
  readonly incidents: readonly { readonly name: IncidentName; readonly title: string }[];
  /** One trial drawn node by node, of some strategies. */
  readonly timelines: readonly { readonly strategy: string; readonly title: string; readonly timeline: NodeTimeline }[];
  /** Every duration and probability that the figures rest on. */
  readonly calibration: readonly CalibrationRow[];
  /** How far a measure moves when entries of the calibration move; absent: not tried. */
  readonly sensitivity?: Sensitivity;
  /** The live lane's runs beside their twins in the virtual lane; absent: nothing was run live. */
  readonly agreement?: readonly ScenarioAgreement[];
  readonly isComplete: boolean;
}

export interface Sensitivity {
  /** What moves, for a heading. */
  readonly measure: string;
  readonly base: number;
  readonly bars: readonly TornadoBar[];
}

export interface CalibrationRow {
  readonly name: string;
  readonly distribution: string;
  readonly source: string;
  readonly confidence: string;
}

export interface RiskReport extends RiskContext {
  readonly schemaVersion: 1;
  readonly trials: number;
  readonly rows: readonly StrategyRow[];
  readonly experience: readonly ClaimCheck[];
}

export interface StrategyRow {
  readonly name: string;
  readonly title: string;
  /** Over all incidents alike, without the trials in which nothing goes wrong. */
  readonly withIncident: RiskSummary;
  readonly byIncident: Readonly<Partial<Record<IncidentName, RiskSummary>>>;
  readonly ratings: Ratings;
  /** More failed payments than the strategy with the fewest, on the same seeds; absent for that one. */
  readonly moreFailedThanBest?: Estimated;
}

export function buildRiskReport(records: readonly TrialRecord[], context: RiskContext): RiskReport {
  const rows = context.strategies.flatMap(({ name, title }) => {
    const own = records.filter(({ strategy }) => strategy === name);
    const withIncident = own.filter(({ incident }) => incident !== "none");
    return withIncident.length === 0 ? [] : [rowOf(name, title, own, withIncident, context)];
  });
  const best = rows.toSorted((one, other) => one.withIncident.failed.value - other.withIncident.failed.value)[0];
  const compared = rows.map((row) => {
    if (!best || row === best) return row;
    const [mine, theirs] = [row, best].map(({ name }) => records.filter((record) => isHit(record, name)));
    const moreFailedThanBest = pairedDifference(
      mine ?? [],
      theirs ?? [],
      ({ payments }) => payments.failed,
      context.seed,
    );
    return { ...row, moreFailedThanBest };
  });
  return {
    ...context,
    schemaVersion: 1,
    trials: records.length,
    rows: compared,
    // It is about what the company met.
    experience: context.incidents.some(({ name }) => isOfStory(name)) ? compareWithExperience(compared) : [],
  };
}

function rowOf(
  name: string,
  title: string,
  own: readonly TrialRecord[],
  withIncident: readonly TrialRecord[],
  { incidents, seed, topology }: RiskContext,
): StrategyRow {
  const byIncident: Partial<Record<IncidentName, RiskSummary>> = {};
  for (const incident of incidents) {
    const met = own.filter((record) => record.incident === incident.name);
    if (met.length > 0) byIncident[incident.name] = summarise(met, seed);
  }
  const summary = summarise(withIncident, seed);
  return { name, title, withIncident: summary, byIncident, ratings: rate(summary, topology.nodes) };
}

function isOfStory(name: IncidentName): boolean {
  return name !== "none" && storyIncidentNames.some((one) => one === name);
}

function isHit({ strategy, incident }: TrialRecord, name: string): boolean {
  return strategy === name && incident !== "none";
}
