import { Random } from "@fairway/kernel";
import { type Scenario, type ScenarioFault, scenarioFormat } from "./scenario.ts";

/** The scenario of a seed: small more often than large, since what is wrong is mostly wrong in small ones too. */
export function drawScenario(seed: string): Scenario {
  const random = new Random(`fuzz/${seed}`);
  return random.chance(2, 3) ? drawCluster(seed, random) : drawEnvironment(seed, random);
}

function drawCluster(seed: string, random: Random): Scenario {
  const pools = Array.from({ length: pick(random, [1, 1, 2, 3]) }, (_, index) => ({
    name: `pool${index + 1}`,
    nodes: pick(random, [1, 2, 3, 3, 5]),
    // System pools take no unavailable node (AKS docs, node pool upgrade settings).
    ...pick(random, [
      { maxSurge: 1, maxUnavailable: 0 },
      { maxSurge: 2, maxUnavailable: 0 },
      ...(index === 0 ? [] : [inPlace]),
    ]),
    drainTimeoutMinutes: pick(random, [5, 10, 30]),
    undrainable: pick(random, ["Schedule", "Schedule", "Cordon"] as const),
  }));
  return {
    format: scenarioFormat,
    seed,
    platform: "cluster",
    pools,
    apps: thatFit(drawApps(random, pick(random, [1, 1, 2, 3])), pools),
    ...drawClusterStrategy(random, pools),
    ...drawBack(random),
    ...drawMetric(random),
    faults: several(random, [0, 1, 2, 3, 5], () => drawClusterFault(random, pools)),
    calls: drawCalls(random),
    asks: drawAsks(random),
  };
}

function drawEnvironment(seed: string, random: Random): Scenario {
  const strategy = pick(random, ["revision", "revision", "revision", "maintenance"] as const);
  const apps = drawApps(random, pick(random, [1, 1, 2]));
  return {
    format: scenarioFormat,
    seed,
    platform: "environment",
    pools: [],
    apps,
    strategy,
    ...drawBack(random),
    ...drawMetric(random),
    faults: several(random, [0, 1, 2, 3, 5], () => drawEnvironmentFault(random)),
    calls: drawCalls(random),
    asks: drawAsks(random),
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

function drawClusterStrategy(random: Random, pools: Scenario["pools"]): Pick<Scenario, "strategy" | "hasSpares"> {
  const strategy = pick(random, ["in-place", "node-pool", "node-pool", "pool-blue-green", "revision"] as const);
  return strategy === "node-pool" && pools.length < 3 && random.chance(1, 4)
    ? { strategy, hasSpares: true }
    : { strategy };
}

function drawMetric(random: Random): Pick<Scenario, "badMetric"> {
  if (random.chance(3, 4)) return {};
  const from = random.below(40);
  return { badMetric: { from, to: from + random.below(30) } };
}

function drawBack(random: Random): { backAfter?: number } {
  return random.chance(1, 4) ? { backAfter: 1 + random.below(3) } : {};
}

function drawCalls(random: Random): Scenario["calls"] {
  return several(random, [0, 1, 2, 4, 8], () => ({
    process: 1 + random.below(4),
    ...pick(random, [
      { of: "writes" as const, number: 1 + random.below(6) },
      { of: "all" as const, number: 1 + random.below(pick(random, [10, 60, 250])) },
    ]),
    fate: pick(random, ["killed-before", "killed-after", "killed-after", "answer-lost", "answer-lost"] as const),
  }));
}

function drawAsks(random: Random): Scenario["asks"] {
  return several(random, [0, 0, 0, 1, 2], () => ({
    minutes: random.below(60),
    what: pick(random, ["pause", "abort"] as const),
  }));
}

const clusterRecords = [
  "controlplane.upgrading",
  "controlplane.upgraded",
  "node.surging",
  "node.surged",
  "node.cordoned",
  "node.drained",
  "node.reimaging",
  "node.reimaged",
  "pod.evicted",
  "pool.upgraded",
] as const;

/** Seconds; each heals by itself, and what a fault has left behind is for the upgrade to live with. */
const lasting = [30, 300, 1_200, 3_600];

function drawClusterFault(random: Random, pools: Scenario["pools"]): ScenarioFault {
  const cluster = clusterName;
  const pool = pick(random, pools).name;
  const durationSeconds = pick(random, lasting);
  const choice = pick<Omit<ScenarioFault, "trigger">>(random, [
    { kind: "quota-surge", parameters: { vcpus: 4 * random.below(12), durationSeconds } },
    { kind: "zonal-capacity", parameters: { cluster, pool, durationSeconds } },
    { kind: "subnet-full", parameters: { cluster, durationSeconds } },
    { kind: "pdb-blocks-drain", parameters: { cluster, namespace: "default", durationSeconds } },
    { kind: "pdb-precheck", parameters: { cluster, namespace: "default", durationSeconds } },
    { kind: "throttled", parameters: { retryAfterSeconds: pick(random, [1, 10, 60]), durationSeconds } },
    { kind: "throttled", parameters: { provider: "Microsoft.ContainerService", durationSeconds } },
    { kind: "apiserver-gap", parameters: { cluster, durationSeconds } },
    { kind: "controlplane-stuck", parameters: { cluster, durationSeconds } },
    { kind: "node-join-failed", parameters: { cluster, pool, durationSeconds } },
    { kind: "state-drift", parameters: { cluster, pool, durationSeconds } },
    { kind: "leftover-cordon", parameters: { cluster, pool, durationSeconds } },
    { kind: "webhook-deadlock", parameters: { cluster, durationSeconds } },
    { kind: "removed-api", parameters: { cluster, api: "policy/v1beta1", durationSeconds } },
    { kind: "identity-lost", parameters: { cluster, durationSeconds } },
    { kind: "cni-ip-starvation", parameters: { cluster, durationSeconds } },
    { kind: "tokens-revoked", parameters: {} },
    // That of the record which brings it.
    { kind: "node-lost", parameters: { cluster, node: ofRecord } },
  ]);
  return { trigger: drawTrigger(random, clusterRecords), ...choice };
}

const environmentRecords = ["revision.created", "revision.ready", "containerApp.traffic", "replica.started"] as const;

function drawEnvironmentFault(random: Random): ScenarioFault {
  const environment = environmentName;
  const durationSeconds = pick(random, lasting);
  const choice = pick<Omit<ScenarioFault, "trigger">>(random, [
    { kind: "env-wedge", parameters: { environment, durationSeconds } },
    { kind: "app-stuck-progressing", parameters: { app: "app1", durationSeconds } },
    { kind: "no-replica-from-zero", parameters: { environment, durationSeconds } },
    { kind: "cold-start-tail", parameters: { environment, durationSeconds } },
    { kind: "concurrent-deploy", parameters: { app: "app1" } },
    { kind: "maintenance-lock", parameters: { resource: "containerApps/app1", durationSeconds } },
    { kind: "throttled", parameters: { retryAfterSeconds: pick(random, [1, 10, 60]), durationSeconds } },
    { kind: "switch-errors", parameters: { app: "app1", durationSeconds } },
    { kind: "tokens-revoked", parameters: {} },
    { kind: "maintenance", parameters: {} },
  ]);
  return { trigger: drawTrigger(random, environmentRecords), ...choice };
}

export const ofRecord = "@record";
export const clusterName = "prod";
export const environmentName = "prod";

function drawTrigger(random: Random, records: readonly string[]): ScenarioFault["trigger"] {
  if (random.chance(1, 3)) return { kind: "minutes", minutes: random.below(60) };
  return { kind: "record", record: pick(random, records), count: 1 + random.below(pick(random, [1, 3, 8])) };
}

function several<T>(random: Random, counts: readonly number[], draw: () => T): T[] {
  return Array.from({ length: pick(random, counts) }, draw);
}

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error("There is nothing to pick from.");
  return item;
}
