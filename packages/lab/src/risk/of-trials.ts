import { calibrationWith, quantileSeconds } from "@fairway/emulator";
import type { ScenarioAgreement } from "../agreement/agreement.ts";
import type { TrialsPlan } from "../trials/plan.ts";
import { incidents } from "../virtual/all-incidents.ts";
import { assumptions } from "../virtual/assumptions.ts";
import type { TrialRecord } from "../virtual/record.ts";
import { strategies } from "../virtual/strategy.ts";
import { type Topology, topologyOf } from "../virtual/topology.ts";
import { runTrial } from "../virtual/trial.ts";
import { buildRiskReport, type CalibrationRow, type RiskContext, type RiskReport, type Sensitivity } from "./report.ts";
import { timelineOf } from "./timeline-of.ts";

export interface RiskOfTrials {
  readonly plan: TrialsPlan;
  readonly records: readonly TrialRecord[];
  readonly isComplete: boolean;
  /** Commit or version of the program: the same one makes the same report from the same seed. */
  readonly program: string;
  readonly sensitivity?: Sensitivity;
  readonly agreement?: readonly ScenarioAgreement[];
  /** Runs the worst trial of each strategy once more, to tell what happened in it. */
  readonly onTimeline?: (strategy: string) => void;
}

/** Beyond it a picture of one trial would take longer than anybody looks at it. */
const mostDrawnNodes = 200;

export async function reportOnTrials(trials: RiskOfTrials): Promise<RiskReport> {
  const { plan, records, isComplete, program } = trials;
  const topology = topologyOf(plan.topology);
  return buildRiskReport(records, {
    program,
    seed: plan.firstSeed,
    topology: { name: topology.name, title: titleOf(topology), nodes: nodesOf(topology) },
    strategies: plan.strategies.map((name) => ({ name, title: nameOf(name) })),
    incidents: plan.incidents.map((name) => ({ name, title: incidents[name].title })),
    timelines: isComplete && nodesOf(topology) <= mostDrawnNodes ? await timelines(trials) : [],
    calibration: calibrationRows(plan.calibration),
    isComplete,
    ...(trials.sensitivity ? { sensitivity: trials.sensitivity } : {}),
    ...(trials.agreement ? { agreement: trials.agreement } : {}),
  });
}

async function timelines({ plan, records, onTimeline }: RiskOfTrials): Promise<RiskContext["timelines"]> {
  const drawn: RiskContext["timelines"][number][] = [];
  const changed = plan.calibration === undefined ? {} : { calibration: plan.calibration };
  for (const strategy of plan.strategies) {
    const worst = worstOf(records.filter((record) => record.strategy === strategy));
    if (!worst) continue;
    onTimeline?.(strategy);
    const { incident, seed } = worst;
    const scenario = { topology: plan.topology, incident, traffic: plan.traffic };
    const {
      timeline = [],
      durationMs,
      endState,
    } = await runTrial({ scenario, strategy, seed, timeline: true, ...changed });
    const title = `The worst of ${nameOf(strategy)}: ${incidents[incident].title} (seed ${seed})`;
    drawn.push({ strategy, title, timeline: timelineOf(timeline, durationMs, endState.version) });
  }
  return drawn;
}

/** `S1 in-place`: as the talk counts them, where it does. */
function nameOf(strategy: TrialsPlan["strategies"][number]): string {
  const { story } = strategies[strategy];
  return /^S\d$/.test(story) ? `${story} ${strategy}` : strategy;
}

/** With the most failed payments; the longest of those that are alike. */
function worstOf(records: readonly TrialRecord[]): TrialRecord | undefined {
  return records.toSorted(
    (one, other) => other.payments.failed - one.payments.failed || other.durationMs - one.durationMs,
  )[0];
}

function titleOf(topology: Topology): string {
  return `the platform "${topology.name}" (${nodesOf(topology)} nodes, ${topology.apps.length} apps)`;
}

function nodesOf({ pools }: Topology): number {
  return pools.reduce((sum, { count }) => sum + count, 0);
}

function calibrationRows(changes: TrialsPlan["calibration"]): readonly CalibrationRow[] {
  const ofPlatform = Object.entries(calibrationWith(changes)).map(([name, { distribution, source, confidence }]) => ({
    name,
    distribution:
      distribution.kind === "chance"
        ? `${distribution.probability * 100} %`
        : `${distribution.kind}: half below ${seconds(quantileSeconds(distribution, 0.5))}, 95 % below ${seconds(quantileSeconds(distribution, 0.95))}`,
    source,
    confidence,
  }));
  const ofPeople = Object.entries(assumptions).map(([name, { medianMinutes, p95Minutes, source, confidence }]) => ({
    name,
    distribution: `lognormal: half below ${medianMinutes} min, 95 % below ${p95Minutes} min`,
    source,
    confidence,
  }));
  return [...ofPeople, ...ofPlatform];
}

function seconds(value: number): string {
  return value < 120 ? `${Number(value.toPrecision(2))} s` : `${Number((value / 60).toPrecision(2))} min`;
}
