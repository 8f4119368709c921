import type { Random } from "@fairway/kernel";
import { pick } from "./chance.ts";
import { writtenRecords } from "./divider.ts";
import { clusterName, environmentName, ofRecord, profileName, secondName } from "./names.ts";
import type { Scenario, ScenarioFault } from "./scenario.ts";

type Choice = Omit<ScenarioFault, "trigger">;

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

export function drawClusterFault(
  random: Random,
  scenario: Pick<Scenario, "pools" | "apps" | "traffic">,
): ScenarioFault {
  const { traffic } = scenario;
  const records = traffic ? [...clusterRecords, writtenRecords[traffic.by], "cluster.deleted"] : clusterRecords;
  const isAboutSwitch = random.chance(1, 4);
  const choices = traffic && isAboutSwitch ? switchFaults(random, traffic) : clusterFaults(random, scenario);
  return withTrigger(random, records, pick(random, choices));
}

function clusterFaults(random: Random, { pools, apps, traffic }: Pick<Scenario, "pools" | "apps" | "traffic">) {
  const cluster = traffic ? pick(random, [clusterName, secondName]) : clusterName;
  const pool = pick(random, pools).name;
  const durationSeconds = pick(random, lasting);
  const choices: readonly Choice[] = [
    { kind: "quota-surge", parameters: { vcpus: 4 * random.below(12), durationSeconds } },
    { kind: "zonal-capacity", parameters: { cluster, pool, durationSeconds } },
    { kind: "subnet-full", parameters: { cluster, durationSeconds } },
    { kind: "pdb-blocks-drain", parameters: { cluster, namespace: "default", durationSeconds } },
    { kind: "pdb-precheck", parameters: { cluster, namespace: "default", durationSeconds } },
    { kind: "throttled", parameters: { retryAfterSeconds: pick(random, [1, 10, 60]), durationSeconds } },
    { kind: "throttled", parameters: { provider: "Microsoft.ContainerService", durationSeconds } },
    { kind: "apiserver-gap", parameters: { cluster, durationSeconds } },
    { kind: "control-plane-unavailable", parameters: { cluster, durationSeconds } },
    { kind: "controlplane-stuck", parameters: { cluster, durationSeconds } },
    { kind: "node-join-failed", parameters: { cluster, pool, durationSeconds } },
    { kind: "state-drift", parameters: { cluster, pool, durationSeconds } },
    { kind: "leftover-cordon", parameters: { cluster, pool, durationSeconds } },
    { kind: "webhook-deadlock", parameters: { cluster, durationSeconds } },
    { kind: "removed-api", parameters: { cluster, api: "policy/v1beta1", durationSeconds } },
    { kind: "identity-lost", parameters: { cluster, durationSeconds } },
    { kind: "cni-ip-starvation", parameters: { cluster, durationSeconds } },
    { kind: "volume-stuck", parameters: { cluster, durationSeconds } },
    { kind: "konnectivity-broken", parameters: { cluster, durationSeconds } },
    { kind: "dns-broken", parameters: { cluster, durationSeconds } },
    { kind: "tokens-revoked", parameters: {} },
    { kind: "node-lost", parameters: { cluster, node: ofRecord } },
    ...appFaults(random, apps, durationSeconds),
  ];
  return choices;
}

function switchFaults(random: Random, { by }: NonNullable<Scenario["traffic"]>): readonly Choice[] {
  const durationSeconds = pick(random, lasting);
  const profile = profileName;
  const lagSeconds = pick(random, [60, 600, 1_800]);
  return [
    { kind: "switch-refused", parameters: { profile, durationSeconds } },
    { kind: "switch-lag", parameters: { profile, lagSeconds, durationSeconds } },
    {
      kind: "endpoint-unreachable",
      parameters: { profile, endpoint: pick(random, [clusterName, secondName]), durationSeconds },
    },
    { kind: "throttled", parameters: { provider: providers[by], durationSeconds } },
  ];
}

const providers = {
  "Traffic Manager": "Microsoft.Network",
  "Front Door": "Microsoft.Cdn",
  "API Management": "Microsoft.ApiManagement",
} as const;

/** Of the containers of an app, wherever it runs. */
function appFaults(random: Random, apps: Scenario["apps"], durationSeconds: number): readonly Choice[] {
  if (apps.length === 0) return [];
  const image = `${pick(random, apps).name}:${pick(random, ["*", "1", "2"])}`;
  return [
    { kind: "slow-start", parameters: { image, delayMs: pick(random, [5_000, 60_000, 300_000]), durationSeconds } },
    { kind: "behaviour-change", parameters: { image, afterMs: pick(random, [1_000, 60_000]), durationSeconds } },
    { kind: "bad-release", parameters: { image, env: { FAULT_ERROR_RATE: "0.5" }, durationSeconds } },
  ];
}

const releaseRecords = ["revision.created", "revision.ready", "containerApp.traffic", "replica.started"] as const;
const maintenanceRecords = ["maintenance.started", "maintenance.replica", "maintenance.replica"] as const;

export function drawEnvironmentFault(
  random: Random,
  { apps, strategy }: Pick<Scenario, "apps" | "strategy">,
): ScenarioFault {
  const environment = environmentName;
  const app = pick(random, apps).name;
  const durationSeconds = pick(random, lasting);
  const choice = pick<Choice>(random, [
    { kind: "env-wedge", parameters: { environment, durationSeconds } },
    { kind: "app-stuck-progressing", parameters: { app, durationSeconds } },
    { kind: "no-replica-from-zero", parameters: { environment, durationSeconds } },
    { kind: "cold-start-tail", parameters: { environment, durationSeconds } },
    { kind: "concurrent-deploy", parameters: { app } },
    { kind: "maintenance-lock", parameters: { resource: `containerApps/${app}`, durationSeconds } },
    { kind: "throttled", parameters: { retryAfterSeconds: pick(random, [1, 10, 60]), durationSeconds } },
    { kind: "switch-errors", parameters: { app, durationSeconds } },
    { kind: "node-update-gap", parameters: { environment } },
    { kind: "scaler-churn", parameters: { app, durationSeconds } },
    { kind: "slow-scale-in", parameters: { app, durationSeconds } },
    { kind: "queue-trigger-delay", parameters: { app, durationSeconds } },
    { kind: "dapr-platform-upgrade", parameters: { environment, durationSeconds } },
    { kind: "revision-vanished", parameters: { app: ofRecord, revision: ofRecord } },
    { kind: "traffic-array-stale", parameters: { app: ofRecord, revision: ofRecord } },
    { kind: "tokens-revoked", parameters: {} },
    { kind: "maintenance", parameters: {} },
    ...appFaults(random, apps, durationSeconds),
  ]);
  return withTrigger(random, strategy === "maintenance" ? maintenanceRecords : releaseRecords, choice);
}

/** What is aimed at the node or the revision of a record comes with one that has such. */
function withTrigger(random: Random, records: readonly string[], choice: Choice): ScenarioFault {
  const { node, revision } = choice.parameters;
  if (node === ofRecord) return { trigger: withRecord(random, nodeRecords), ...choice };
  if (revision === ofRecord) return { trigger: withRecord(random, ["revision.created", "revision.ready"]), ...choice };
  if (random.chance(1, 3)) return { trigger: { kind: "minutes", minutes: random.below(60) }, ...choice };
  return { trigger: withRecord(random, records), ...choice };
}

const nodeRecords = ["node.surged", "node.cordoned", "node.drained", "node.reimaging", "node.reimaged"];

function withRecord(random: Random, records: readonly string[]): ScenarioFault["trigger"] {
  const record = pick(random, records);
  const isOnce = record === "maintenance.started";
  return { kind: "record", record, count: 1 + random.below(isOnce ? 1 : pick(random, [1, 3, 8])) };
}
