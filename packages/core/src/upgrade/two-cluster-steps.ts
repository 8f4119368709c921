import { checkSplit, moveWeight, stepTo, type TrafficWeights } from "@fairway/model";
import { isSameSplit, splitText } from "../split.ts";
import type { SwitcherReference } from "../switcher.ts";
import { addCheck, addClusterSteps, type ClusterRequest } from "./cluster-steps.ts";
import { clusterOf, type Gate, type MetricCondition, nameOf, type Step } from "./plan.ts";
import { invalid } from "./plan-version.ts";
import { aboutCluster, type PlannedTarget, StepList } from "./step-list.ts";

/** How traffic moves between clusters. */
export interface TrafficRequest {
  readonly switcher: SwitcherReference;
  /** What the switcher gives now, by route. */
  readonly weights: TrafficWeights;
  /** How long a movement takes: `SwitcherTraits.convergenceMs`. */
  readonly convergenceMs: number;
  /** How long those who hang on to a cluster may take to leave it. Default 5. */
  readonly drainMinutes?: number;
  /** What tells that nobody calls the cluster any more; `{cluster}` is its name. Default: only the time. */
  readonly quiet?: MetricCondition;
  /** What an upgraded cluster gets before it gets all that it had. Default for active-active: 1 percent, 10 minutes. */
  readonly canary?: { readonly percent: number; readonly minutes: number };
}

export interface Round {
  readonly target: PlannedTarget;
  /** Who takes its traffic meanwhile. */
  readonly other: PlannedTarget;
  readonly prefix: string;
  readonly version: string;
}

interface TwoClusterRequest extends Omit<ClusterRequest, "version"> {
  readonly gates?: readonly Gate[];
  readonly traffic: TrafficRequest;
  /** Whether the other cluster alone takes the traffic, or all that have some. */
  readonly takes: "other" | "all";
}

/** One cluster after the other: emptied, upgraded without callers, tried, and given its traffic back. */
export function twoClusterSteps(request: TwoClusterRequest, rounds: readonly Round[]): readonly Step[] {
  const lists = rounds.map(({ target, prefix }) => new StepList(target.address, prefix, request.gates));
  const checks = rounds.map((round, index) => {
    const list = new StepList(round.target.address, round.prefix);
    addCheck(list, { ...request, version: round.version, pools: poolsOf(request, round) }, round.target);
    const steps = lists[index] ?? list;
    addRound(steps, request, round);
    return list.steps;
  });
  return [...checks.flat(), ...lists.flatMap(({ steps }) => steps)];
}

function addRound(steps: StepList, request: TwoClusterRequest, round: Round): void {
  const { traffic } = request;
  const before = checkSplit(traffic.weights);
  const away = withoutCluster(before, round, request.takes);
  const name = nameOf(round.target.address);
  if (!isSameSplit(before, away)) {
    steps.before(undefined);
    addMove(steps, traffic, { id: "away", what: `take all traffic from ${name}`, from: before, weights: away });
    addQuiet(steps, traffic, name);
  }
  addClusterSteps(steps, { ...request, version: round.version, pools: poolsOf(request, round) }, round.target);
  const own = clusterOf(round.target.address);
  const trial = tryWith(away, before[own] ?? 0, own, traffic);
  if (trial) addCanary(steps, request, away, trial);
  if (!isSameSplit(before, away)) {
    const what = `give ${name} its traffic back`;
    addMove(steps, traffic, { id: "back", what, from: trial ?? away, weights: before });
    steps.after("back");
  }
}

export function addMove(
  steps: StepList,
  { convergenceMs }: TrafficRequest,
  { id, what, from, weights }: Pick<Step, "id"> & Movement,
): void {
  const minutes = convergenceMs / 60_000;
  const estimate = { p50Minutes: minutes, p95Minutes: 2 * minutes };
  steps.add(id, `${what}: ${splitText(weights)}`, { kind: "switch", from, weights }, { estimate });
}

interface Movement {
  readonly what: string;
  readonly from: TrafficWeights;
  readonly weights: TrafficWeights;
}

function addQuiet(steps: StepList, { drainMinutes = 5, quiet }: TrafficRequest, name: string): void {
  const until = quiet && { ...quiet, query: aboutCluster(quiet.query, steps.target) };
  const more = until ? `, and until ${until.query} ${until.comparison} ${until.bound}` : "";
  steps.add(
    "quiet",
    `wait ${drainMinutes} minutes until nobody calls ${name} any more${more}`,
    { kind: "wait", minutes: drainMinutes, ...(until ? { until } : {}) },
    { estimate: { p50Minutes: drainMinutes, p95Minutes: drainMinutes + (until ? 10 : 0) } },
  );
}

export function addCanary(
  steps: StepList,
  { traffic, gates = [] }: Pick<TwoClusterRequest, "traffic" | "gates">,
  from: TrafficWeights,
  weights: TrafficWeights,
): void {
  const { minutes = 10 } = traffic.canary ?? {};
  const metrics = gates.flatMap((gate) =>
    gate.kind === "metric"
      ? [{ query: aboutCluster(gate.query, steps.target), comparison: gate.comparison, bound: gate.bound }]
      : [],
  );
  const seen = metrics.length === 0 ? "nodes and apps" : `nodes, apps and ${metrics.length} metrics`;
  const total = minutes + traffic.convergenceMs / 60_000;
  steps.add(
    "canary",
    `let some traffic in and look at ${seen} for ${minutes} minutes: ${splitText(weights)}`,
    { kind: "canary", from, weights, minutes, metrics },
    { estimate: { p50Minutes: total, p95Minutes: total + 2 } },
  );
}

function withoutCluster(before: TrafficWeights, { target, other }: Round, takes: "other" | "all"): TrafficWeights {
  const [own, its] = [clusterOf(target.address), clusterOf(other.address)];
  const share = before[own] ?? 0;
  const isAlone = share === 100;
  return takes === "other" || isAlone ? moveWeight(before, own, its, share) : stepTo(before, own, 0);
}

/** Undefined: no trial, or it would be no less than all that the cluster is to have. */
export function tryWith(
  now: TrafficWeights,
  share: number,
  cluster: string,
  { canary }: TrafficRequest,
): TrafficWeights | undefined {
  return !canary || canary.percent >= share ? undefined : stepTo(now, cluster, canary.percent);
}

/** Pools are named for the cluster that matters; the other one has its own. */
function poolsOf({ pools }: TwoClusterRequest, { prefix }: Round): readonly string[] | undefined {
  return prefix === "" ? pools : undefined;
}

/** Throws `upgrade-invalid` when the two are no pair that traffic can be moved between. */
export function checkPair(traffic: TrafficRequest, active: PlannedTarget, standby: PlannedTarget): void {
  if (clusterOf(active.address).toLowerCase() === clusterOf(standby.address).toLowerCase()) {
    throw invalid(`Both are the cluster ${clusterOf(active.address)}.`, "Name another one: --standby.", "standby");
  }
  checkRoute(traffic, active.address);
  checkRoute(traffic, standby.address);
}

export function checkRoute({ switcher, weights }: TrafficRequest, address: string): void {
  checkSplit(weights);
  if (weights[clusterOf(address)] !== undefined) return;
  const routes = Object.keys(weights).map((name) => nameOf(name));
  throw invalid(
    `${switcher.address} has no route to ${clusterOf(address)}.`,
    `It has ${routes.join(", ") || "none"}. Say which is which: --route NAME=${clusterOf(address)}.`,
    "switcher",
  );
}
