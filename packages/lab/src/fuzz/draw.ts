import { Random } from "@fairway/kernel";
import { pick, several } from "./chance.ts";
import { drawClusterFault, drawEnvironmentFault } from "./draw-faults.ts";
import { type Scenario, scenarioFormat } from "./scenario.ts";

/** The scenario of a seed: small more often than large, since what is wrong is mostly wrong in small ones too. */
export function drawScenario(seed: string): Scenario {
  const random = new Random(`fuzz/${seed}`);
  return random.chance(3, 4) ? drawCluster(seed, random) : drawEnvironment(seed, random);
}

function drawCluster(seed: string, random: Random): Scenario {
  const strategy = pick(random, clusterStrategies);
  const drawn = Array.from({ length: pick(random, [1, 1, 2, 3]) }, (_, index) => ({
    name: `pool${index + 1}`,
    nodes: pick(random, [1, 2, 3, 3, 5, 1, 2, 3, 3, 8]),
    // System pools take no unavailable node (AKS docs, node pool upgrade settings).
    ...pick(random, [
      { maxSurge: 1, maxUnavailable: 0 },
      { maxSurge: 2, maxUnavailable: 0 },
      ...(index === 0 ? [] : [inPlace]),
    ]),
    drainTimeoutMinutes: pick(random, [5, 10, 30]),
    undrainable: pick(random, ["Schedule", "Schedule", "Cordon"] as const),
  }));
  const apps = thatFit(drawApps(random, pick(random, [1, 1, 2, 3])), drawn);
  const pools = drawn.map((pool) => ({ ...pool, drainTimeoutMinutes: longEnough(pool.drainTimeoutMinutes, apps) }));
  const traffic = drawTraffic(random, strategy);
  return {
    format: scenarioFormat,
    seed,
    platform: "cluster",
    pools,
    apps,
    strategy,
    ...traffic,
    ...(strategy === "node-pool" && pools.length < 3 && random.chance(1, 4) ? { hasSpares: true } : {}),
    ...drawTroubles(random),
    faults: several(random, [0, 1, 2, 3, 5], () => drawClusterFault(random, { pools, apps, ...traffic })),
  };
}

const clusterStrategies = [
  "in-place",
  "in-place",
  "node-pool",
  "node-pool",
  "guarded",
  "pool-blue-green",
  "pool-blue-green",
  "cluster-blue-green",
  "cluster-blue-green",
  "active-active",
  "active-active",
  "region-failover",
  "revision",
] as const;

function drawEnvironment(seed: string, random: Random): Scenario {
  const apps = drawApps(random, pick(random, [1, 1, 2]));
  const strategy = pick(random, ["revision", "revision", "revision", "maintenance"] as const);
  return {
    format: scenarioFormat,
    seed,
    platform: "environment",
    pools: [],
    apps,
    strategy,
    ...drawTroubles(random),
    faults: several(random, [0, 1, 2, 3, 5], () => drawEnvironmentFault(random, { apps, strategy })),
  };
}

function drawApps(random: Random, count: number): Scenario["apps"] {
  return Array.from({ length: count }, (_, index) => ({
    name: `app${index + 1}`,
    replicas: pick(random, [1, 2, 2, 3, 5]),
    cpu: pick(random, [0.25, 0.25, 0.5, 1]),
    startSeconds: pick(random, [1, 5, 20, 90]),
  }));
}

const inPlace = { maxSurge: 0, maxUnavailable: 1 };

/** Of a Standard_D4s_v5, beside what AKS runs itself. */
const coresPerNode = 2.5;

/** So many that they find room with a node away: what never can be drained is no trouble of ours. */
function thatFit(apps: Scenario["apps"], pools: Scenario["pools"]): Scenario["apps"] {
  const nodes = pools.reduce((sum, pool) => sum + pool.nodes - (pool.maxSurge > 0 ? 0 : 1), 0);
  let left = nodes * coresPerNode;
  return apps.flatMap((app) => {
    const replicas = Math.min(app.replicas, Math.floor(left / app.cpu));
    left -= replicas * app.cpu;
    return replicas > 0 ? [{ ...app, replicas }] : [];
  });
}

/** A drain has time for all replicas of an app that are on one node: they leave it one after another. */
function longEnough(drainTimeoutMinutes: number, apps: Scenario["apps"]): number {
  const seconds = apps.map(({ replicas, startSeconds }) => replicas * (startSeconds + restartSeconds));
  return Math.max(drainTimeoutMinutes, ...seconds.map((needed) => Math.ceil(needed / 60)));
}

/** Beside its own start: until an eviction is tried again, an image is there, and a probe has asked. */
const restartSeconds = 60;

/** Who has how much where traffic moves between clusters. */
function drawTraffic(random: Random, strategy: Scenario["strategy"]): Pick<Scenario, "traffic"> {
  const shares = sharesOf[strategy];
  if (!shares) return {};
  const canary = { percent: pick(random, [1, 5, 20]), minutes: pick(random, [1, 5]) };
  return {
    traffic: {
      share: pick(random, shares),
      by: pick(random, ["Traffic Manager", "Traffic Manager", "Front Door", "API Management"] as const),
      quietMinutes: pick(random, [0, 1, 5]),
      ...(random.chance(1, 2) ? { canary } : {}),
      keepMinutes: pick(random, [0, 5, 60]),
    },
  };
}

const sharesOf: Partial<Record<Scenario["strategy"], readonly number[]>> = {
  "cluster-blue-green": [100],
  "active-active": [90, 50, 1],
  "region-failover": [100],
};

/** What goes wrong on the side of those who drive. */
function drawTroubles(random: Random) {
  return {
    ...(random.chance(1, 4) ? { backAfter: 1 + random.below(3) } : {}),
    ...drawMetric(random),
    ...(random.chance(1, 10) ? { asksPerson: true } : {}),
    calls: drawCalls(random),
    entries: several(random, [0, 0, 0, 1, 2], () => ({
      process: 1 + random.below(4),
      number: 1 + random.below(12),
      fate: pick(random, ["refused", "answer-lost", "killed-after"] as const),
    })),
    asks: several(random, [0, 0, 0, 1, 2], () => ({
      minutes: random.below(60),
      what: pick(random, ["pause", "abort"] as const),
    })),
    rivals: several(random, [0, 0, 0, 1, 2], () => ({
      minutes: random.below(pick(random, [10, 60, 180])),
      what: pick(random, ["resume", "rollback"] as const),
      insists: random.chance(1, 2),
    })),
    jumps: several(random, [0, 0, 0, 0, 1, 2], () => ({
      minutes: random.below(60),
      by: pick(random, [-1, 1]) * (1 + random.below(pick(random, [2, 90, 24 * 60]))),
    })),
  };
}

function drawMetric(random: Random): Pick<Scenario, "badMetric"> {
  if (random.chance(3, 4)) return {};
  const from = random.below(40);
  return { badMetric: { from, to: from + random.below(30) } };
}

function drawCalls(random: Random): Scenario["calls"] {
  return several(random, [0, 1, 2, 4, 8], () => ({
    process: 1 + random.below(4),
    ...pick(random, [
      { of: "writes" as const, number: 1 + random.below(6) },
      { of: "all" as const, number: 1 + random.below(pick(random, [10, 60, 250])) },
    ]),
    ...pick(random, [
      { fate: "killed-before" as const },
      { fate: "killed-after" as const },
      { fate: "killed-after" as const },
      { fate: "answer-lost" as const },
      { fate: "answer-lost" as const },
      { fate: "frozen" as const, minutes: pick(random, [1, 5, 30]) },
    ]),
  }));
}
