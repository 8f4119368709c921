import type { UpgradeDurations } from "../preflight/estimate.ts";
import { addCheck, addClusterSteps, type ClusterRequest, standing } from "./cluster-steps.ts";
import { type ClusterStrategy, clusterOf, type Gate, nameOf, type Step, type UpgradePlan } from "./plan.ts";
import { invalid, reachableVersion, versionToReach } from "./plan-version.ts";
import { type PlannedTarget, StepList } from "./step-list.ts";
import { type SuccessorRequest, successorSteps } from "./successor-steps.ts";
import { checkPair, type Round, type TrafficRequest, twoClusterSteps } from "./two-cluster-steps.ts";

export interface PlanRequest {
  readonly strategy: ClusterStrategy;
  /** `1.35.1`, or `1.35` for its newest patch that can be reached. */
  readonly version: string;
  /** Only these pools, in this order. Default: all, system pools first. */
  readonly pools?: readonly string[];
  /** Pools that get a second one like them while they are upgraded, since their pods fit nowhere else. */
  readonly spares?: readonly string[];
  readonly gates?: readonly Gate[];
  /** What the estimates of its steps are made of. Default: the figures of docs/calibration.md. */
  readonly durations?: UpgradeDurations;
  /** Strategies of several clusters: who moves traffic between them, and how. */
  readonly traffic?: TrafficRequest;
  /** The cluster that takes the place of the active one. */
  readonly successor?: SuccessorRequest;
}

/**
 * The steps of an upgrade. Throws `upgrade-invalid` when the cluster cannot go there: a version that does not exist, skips
 * a minor or is lower, a cluster that is stopped or busy, a pool that is not there. `second` is the inactive cluster that a
 * guarded upgrade goes through first, or the other one that takes the traffic.
 */
export function makePlan(request: PlanRequest, active: PlannedTarget, second?: PlannedTarget): UpgradePlan {
  const { strategy } = request;
  switch (strategy) {
    case "in-place":
      return planOf(request, active, reachableVersion(request.version, active), (version) =>
        oneCluster({ ...request, version, way: "at-once" }, active, ""),
      );
    case "node-pool":
      return planOf(request, active, reachableVersion(request.version, active), (version) =>
        oneCluster({ ...request, version, way: "pool-by-pool" }, active, ""),
      );
    case "pool-blue-green":
      return planOf(request, active, reachableVersion(request.version, active), (version) =>
        oneCluster({ ...request, version, way: "blue-green" }, active, ""),
      );
    case "guarded":
      return guarded(request, active, second);
    case "cluster-blue-green":
      return planOf(request, active, reachableVersion(request.version, active), (version) =>
        successorSteps({ ...request, version }, active),
      );
    case "active-active":
    case "region-failover":
      return twoClusters(strategy, request, active, second);
  }
}

function planOf(
  { strategy, traffic }: PlanRequest,
  active: PlannedTarget,
  version: string,
  steps: (version: string) => readonly Step[],
): UpgradePlan {
  return {
    strategy,
    cluster: clusterOf(active.address),
    version,
    from: standing(active.facts),
    ...(traffic ? { switcher: traffic.switcher } : {}),
    steps: steps(version),
  };
}

type OneClusterRequest = ClusterRequest & Pick<PlanRequest, "gates">;

function oneCluster(request: OneClusterRequest, target: PlannedTarget, prefix: string): readonly Step[] {
  const list = new StepList(target.address, prefix, request.gates);
  addCheck(list, request, target);
  addClusterSteps(list, request, target);
  return list.steps;
}

/** The inactive cluster goes through all of it first, in the same way. */
function guarded(request: PlanRequest, active: PlannedTarget, rehearsal: PlannedTarget | undefined): UpgradePlan {
  const version = reachableVersion(request.version, active);
  if (!rehearsal) {
    throw invalid(
      "A guarded upgrade needs the inactive cluster that it is rehearsed on.",
      "Name it: --rehearse-on aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE.",
      "rehearsal",
    );
  }
  if (request.traffic) refuseActive(request.traffic, active, rehearsal);
  const way = { ...request, way: "pool-by-pool" } as const;
  // A rehearsal goes through the pools that its cluster has.
  const rehearsed = { ...way, version: reachableVersion(request.version, rehearsal), pools: undefined };
  return planOf(request, active, version, () => [
    ...oneCluster(rehearsed, rehearsal, "rehearsal-"),
    ...oneCluster({ ...way, version }, active, ""),
  ]);
}

function refuseActive(traffic: TrafficRequest, active: PlannedTarget, rehearsal: PlannedTarget): void {
  checkPair(traffic, active, rehearsal);
  const share = traffic.weights[clusterOf(rehearsal.address)] ?? 0;
  if (share === 0) return;
  throw invalid(
    `${nameOf(rehearsal.address)} gets ${share} % of the traffic: that is no inactive cluster.`,
    "Take its traffic away first, or take --strategy active-active.",
    "rehearsal",
  );
}

/** The one that matters less goes first where both are active; from a region that is left at once, the other one last. */
function twoClusters(
  strategy: "active-active" | "region-failover",
  request: PlanRequest,
  active: PlannedTarget,
  standby: PlannedTarget | undefined,
): UpgradePlan {
  const { traffic } = request;
  if (!standby || !traffic) {
    throw invalid(
      `${strategy} needs a second cluster, and what moves traffic between the two.`,
      "Name them: --standby aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE --switcher tm://SUBSCRIPTION/GROUP/PROFILE.",
      standby ? "switcher" : "standby",
    );
  }
  checkPair(traffic, active, standby);
  const isFailover = strategy === "region-failover";
  if (isFailover) refuseSameRegion(active, standby);
  else refuseIdle(traffic, active, standby);
  const wanted = commonVersion(request.version, active, standby);
  const rounds = [
    { target: active, other: standby, prefix: "" },
    { target: standby, other: active, prefix: "standby-" },
  ].flatMap((round): readonly Round[] => {
    const version = versionToReach(wanted, round.target);
    return version === undefined ? [] : [{ ...round, version }];
  });
  const ordered = isFailover ? rounds : rounds.toReversed();
  const canary = traffic.canary ?? (isFailover ? undefined : { percent: 1, minutes: 10 });
  return planOf(request, active, wanted, () =>
    twoClusterSteps(
      {
        ...request,
        way: "pool-by-pool",
        traffic: { ...traffic, ...(canary ? { canary } : {}) },
        takes: isFailover ? "other" : "all",
      },
      ordered,
    ),
  );
}

/** The same patch for both, and a step for at least one of them. */
function commonVersion(wanted: string, active: PlannedTarget, standby: PlannedTarget): string {
  const [first, second] = [versionToReach(wanted, active), versionToReach(wanted, standby)];
  const found = first ?? second;
  if (found !== undefined) return found;
  throw invalid(`Both clusters are at ${wanted} already.`, "There is nothing to do.", "version");
}

function refuseSameRegion(active: PlannedTarget, standby: PlannedTarget): void {
  const region = active.facts.location;
  if (region !== standby.facts.location) return;
  throw invalid(
    `Both clusters are in ${region}: that is no failover to another region.`,
    "Name a cluster of another region, or take --strategy active-active.",
    "standby",
  );
}

function refuseIdle({ weights }: TrafficRequest, ...targets: readonly PlannedTarget[]): void {
  const idle = targets.find(({ address }) => (weights[clusterOf(address)] ?? 0) === 0);
  if (!idle) return;
  throw invalid(
    `${nameOf(idle.address)} gets no traffic: active-active is for two clusters that have some.`,
    "Take --strategy guarded with --rehearse-on, or region-failover when it is in another region.",
    "standby",
  );
}
