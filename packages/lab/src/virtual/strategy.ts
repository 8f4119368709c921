import {
  type ClusterStrategy,
  type Gate,
  makePlan,
  type Step,
  type TrafficRequest,
  type UpgradePhase,
} from "@fairway/sdk";
import { assumptions } from "./assumptions.ts";
import { plannedMaintenance } from "./maintenance.ts";
import type { MemoryJournal } from "./memory-journal.ts";
import type { People } from "./people.ts";
import { addressOfCluster, type ClusterName, clusterNames, entranceOf } from "./places.ts";
import { drivePlan } from "./plan-drive.ts";
import type { Site } from "./site.ts";

export const strategyNames = [
  "in-place",
  "node-pool",
  "guarded",
  "pool-blue-green",
  "cluster-blue-green",
  "active-active",
  "region-failover",
  "container-apps",
] as const;
/** How a trial takes a platform to the next version. */
export type StrategyName = (typeof strategyNames)[number];

export interface TrialStrategy {
  /** In the talk that the strategies are from. */
  readonly story: string;
  readonly title: string;
  /** Whether apps have disruption budgets. */
  readonly budgets: boolean;
  readonly clusters: 1 | 2;
  /** Percent of the payments that each of the two has in ordinary times; absent: one has them all. */
  readonly weights?: readonly [number, number];
  /** Default: AKS. */
  readonly platform?: "container-apps";
  /** Region of the second cluster. Default: that of the first. */
  readonly secondLocation?: string;
  prepare(site: Site): Promise<PreparedStrategy>;
}

export interface StrategyContext {
  readonly site: Site;
  readonly people: People;
  readonly journal: MemoryJournal;
}

/** What will be done, before anything is. */
export interface PreparedStrategy {
  readonly version: string;
  readonly steps: readonly Step[];
  /** How long that is planned to take. */
  readonly plannedMs: number;
  /** Takes the steps, with people who mend what fails. Resolves at the end, or when they give up. */
  run(context: StrategyContext): Promise<StrategyEnd>;
}

export interface StrategyEnd {
  readonly phase: UpgradePhase["kind"] | "none";
  readonly error: string | null;
}

/** Another strategy needs an entry here, and nothing else. */
export const strategies: Readonly<Record<StrategyName, TrialStrategy>> = {
  "in-place": {
    story: "S1",
    title: "control plane and all pools with one click",
    budgets: false,
    clusters: 1,
    prepare: (site) => planned(site, { strategy: "in-place", isCareful: false }),
  },
  "node-pool": {
    story: "S2",
    title: "control plane, then pool after pool",
    budgets: false,
    clusters: 1,
    prepare: (site) => planned(site, { strategy: "node-pool", isCareful: false }),
  },
  guarded: {
    story: "S6",
    title: "in place, guarded by disruption budgets, rehearsed on the inactive cluster",
    budgets: true,
    clusters: 2,
    prepare: (site) => planned(site, { strategy: "guarded", isCareful: true }),
  },
  "pool-blue-green": {
    story: "pools",
    title: "new pools beside the old ones, with disruption budgets",
    budgets: true,
    clusters: 1,
    prepare: (site) => planned(site, { strategy: "pool-blue-green", isCareful: true }),
  },
  "cluster-blue-green": {
    story: "S3",
    title: "a new cluster beside the old one, which takes its place",
    budgets: true,
    clusters: 1,
    weights: [100, 0],
    prepare: (site) => planned(site, { strategy: "cluster-blue-green", isCareful: true }),
  },
  "active-active": {
    story: "S4",
    title: "two active clusters, each upgraded while the other one has the traffic",
    budgets: true,
    clusters: 2,
    weights: [90, 10],
    prepare: (site) => planned(site, { strategy: "active-active", isCareful: true }),
  },
  "region-failover": {
    story: "S5",
    title: "two regions: away from one, upgraded, and back",
    budgets: true,
    clusters: 2,
    weights: [100, 0],
    secondLocation: "northeurope",
    prepare: (site) => planned(site, { strategy: "region-failover", isCareful: true }),
  },
  "container-apps": {
    story: "S7",
    title: "Container Apps: the platform replaces its machines by itself, in hours that are set",
    budgets: true,
    clusters: 1,
    platform: "container-apps",
    prepare: plannedMaintenance,
  },
};

interface Planned {
  readonly strategy: ClusterStrategy;
  /** Whether findings that stand against it are read before the first step, and all teams run their tests between steps. */
  readonly isCareful: boolean;
}

async function planned(site: Site, { strategy, isCareful }: Planned): Promise<PreparedStrategy> {
  const [active, second] = await Promise.all(site.clusters.map((cluster) => factsOf(site, cluster)));
  if (!active) throw new Error("There is no cluster.");
  const traffic = await trafficOf(site);
  const request = {
    strategy,
    version: nextVersion(active.facts.reachable),
    ...(traffic ? { traffic } : {}),
    ...(isCareful ? { gates: [teamTests] } : {}),
  };
  const [, other] = clusterNames;
  const successor = { address: addressOfCluster(site.world.azure, other), exists: false, host: entranceOf(other) };
  const plan = makePlan({ ...request, successor }, active, second);
  const minutes = plan.steps.reduce((sum, step) => sum + minutesOf(step), 0);
  return {
    version: plan.version,
    steps: plan.steps,
    plannedMs: minutes * 60_000,
    run: (context) => drivePlan(context, plan, isCareful),
  };
}

/** As `--test` puts them between the steps of a plan. */
const teamTests: Gate = { kind: "command", command: "the tests of all teams" };

function minutesOf({ action, estimate }: Step): number {
  return action.kind === "gate" ? assumptions["people.tests"].medianMinutes : (estimate?.p50Minutes ?? 0);
}

async function trafficOf({ world, switcher: reference }: Site): Promise<TrafficRequest | undefined> {
  if (!reference) return undefined;
  const switcher = await world.connectSwitcher(reference);
  return { switcher: reference, weights: await switcher.weights(), convergenceMs: switcher.traits.convergenceMs };
}

async function factsOf(site: Site, cluster: ClusterName) {
  const target = await site.target(cluster);
  return { address: target.address, facts: await target.capability("upgrades").facts() };
}

/** The next minor's newest patch. */
function nextVersion(reachable: readonly string[]): string {
  const newest = reachable.at(-1);
  if (newest === undefined) throw new Error(`The cluster ${clusterNames[0]} has no version to go to.`);
  return newest;
}
