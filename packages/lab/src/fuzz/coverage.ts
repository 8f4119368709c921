import { momentOf } from "./arm-faults.ts";
import type { Scenario } from "./scenario.ts";

/** What is drawn, by kind: so that nobody believes that something was tried which never was. */
export const coverageGroups = ["strategy", "fault", "moment", "call", "person", "clock", "shape"] as const;
export type CoverageGroup = (typeof coverageGroups)[number];

/** One thing that a scenario has. */
export interface Drawn {
  readonly group: CoverageGroup;
  readonly what: string;
}

export interface Coverage extends Drawn {
  /** In so many scenarios. */
  drawn: number;
  /** In so many of them it came: a fault may be healed, or an upgrade over, before. */
  struck: number;
}

/** Everything that a scenario has in store, each once. */
export function drawnIn(scenario: Scenario): readonly Drawn[] {
  const { strategy, faults, calls, entries, asks, rivals, jumps } = scenario;
  const all: Record<CoverageGroup, readonly string[]> = {
    strategy: [`${scenario.platform === "environment" ? "Container Apps" : "AKS"} ${strategy}`],
    fault: faults.map(({ kind }) => kind),
    moment: faults.map(momentOf),
    call: [...calls.map(({ fate }) => fate), ...entries.map(({ fate }) => `entry ${fate}`)],
    person: [
      ...asks.map(({ what }) => what),
      ...rivals.map(({ what }) => `rival ${what}`),
      ...(scenario.backAfter === undefined ? [] : ["goes back"]),
    ],
    clock: jumps.map(({ by }) => (by < 0 ? "clock back" : "clock forward")),
    shape: shapeOf(scenario),
  };
  return Object.entries(all).flatMap(([group, whats]) =>
    // The keys are those of the record above.
    [...new Set(whats)].map((what) => ({ group: group as CoverageGroup, what })),
  );
}

function shapeOf({ pools, apps, traffic, hasSpares, badMetric, asksPerson }: Scenario): readonly string[] {
  return [
    ...(pools.length > 0 ? [`pools: ${pools.length}`] : []),
    `apps: ${apps.length}`,
    ...pools.map(({ maxSurge }) => (maxSurge > 0 ? "pool with surge" : "pool in place")),
    ...pools.flatMap(({ undrainable }) => (undrainable === "Cordon" ? ["pool that sets nodes aside"] : [])),
    ...apps.map(({ replicas }) => (replicas > 1 ? "app with a budget" : "app of one replica")),
    ...apps.flatMap(({ startSeconds }) => (startSeconds > 60 ? ["app that starts slowly"] : [])),
    ...(traffic ? [`traffic by ${traffic.by}`] : []),
    ...(traffic ? [traffic.canary ? "traffic with a canary" : "traffic without a canary"] : []),
    ...(hasSpares === true ? ["spare pools"] : []),
    ...(badMetric ? ["a metric that turns bad"] : []),
    ...(asksPerson === true ? ["a person's gate"] : []),
  ];
}

/** Sums up over scenarios; what comes once it is drawn needs no word that it has come. */
export function addCoverage(counts: Map<string, Coverage>, drawn: readonly Drawn[], struck: readonly string[]): void {
  for (const { group, what } of drawn) {
    const known = counts.get(`${group} ${what}`) ?? { group, what, drawn: 0, struck: 0 };
    counts.set(`${group} ${what}`, known);
    known.drawn += 1;
    if (!comesLater.has(group) || struck.includes(what)) known.struck += 1;
  }
}

const comesLater: ReadonlySet<CoverageGroup> = new Set(["fault", "moment", "call", "person", "clock"]);
