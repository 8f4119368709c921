import {
  type ClusterStatus,
  clusterOf,
  type DeploymentTarget,
  FairwayError,
  type TrafficWeights,
  type UpgradePlan,
  type UpgradeState,
} from "@fairway/sdk";
import { addressOf, type FuzzWorld, nameIn } from "./build-world.ts";
import { type ClusterName, clusterName, clusterNames, clustersOf, secondName } from "./names.ts";
import type { Scenario, Violation } from "./scenario.ts";

/** Where everything is once the upgrade is over and half an hour has passed. */
export async function checkEnd(
  built: FuzzWorld,
  state: UpgradeState,
  scenario: Scenario,
): Promise<readonly Violation[]> {
  const { phase, plan } = state;
  if (phase.kind !== "finished" && phase.kind !== "rolled-back") return [];
  const complaints =
    plan.strategy !== "revision" && scenario.platform === "cluster"
      ? await platformComplaints(built, state, scenario)
      : await appComplaints(built.observer, state, scenario);
  return complaints.map((message) => ({ checker: "end-state", message: `It is ${phase.kind}, and ${message}` }));
}

async function platformComplaints(
  built: FuzzWorld,
  state: UpgradeState,
  scenario: Scenario,
): Promise<readonly string[]> {
  const found = await Promise.all(clusterNames.map(async (name) => ({ name, target: await targetOf(built, name) })));
  const there = found.flatMap(({ name, target }) => (target ? [{ name, target }] : []));
  const names = there.map(({ name }) => name);
  const wanted = clustersAfter(names, state, scenario);
  const each = there.map(async ({ name, target }) => {
    const isSuccessor = !clustersOf(scenario).includes(name);
    const complaints = await clusterComplaints(target, { ...state, isSuccessor }, scenario);
    return complaints.map((complaint) => `${name}: ${complaint}`);
  });
  return [
    ...(names.join() === wanted.join()
      ? []
      : [`there are the clusters ${names.join(", ")}, not ${wanted.join(", ")}.`]),
    ...(await Promise.all(each)).flat(),
    ...[...built.watch.namespaces]
      .filter((namespace) => !built.namespaces.has(nameIn(namespace)))
      .map((namespace) => `the namespace ${namespace} is left behind.`),
    ...(await trafficComplaints(built, wanted, scenario)),
  ];
}

/** Undefined when there is no such cluster. */
async function targetOf({ world }: FuzzWorld, name: ClusterName): Promise<DeploymentTarget | undefined> {
  try {
    const target = await world.connect(addressOf(world, name));
    await target.capability("upgrades").status();
    return target;
  } catch (error) {
    if (error instanceof FairwayError && error.code === "target-not-found") return undefined;
    throw error;
  }
}

/** One that took the place of another one stays where that is deleted: from there nothing leads back. */
function clustersAfter(
  there: readonly ClusterName[],
  { phase }: UpgradeState,
  scenario: Scenario,
): readonly ClusterName[] {
  if (scenario.strategy !== "cluster-blue-green") return clustersOf(scenario);
  return phase.kind === "finished" || !there.includes(clusterName) ? [secondName] : [clusterName];
}

async function trafficComplaints(
  { world, reference }: FuzzWorld,
  clusters: readonly ClusterName[],
  { traffic }: Scenario,
): Promise<readonly string[]> {
  if (!traffic || !reference) return [];
  const [first, second] = clusters;
  const wanted = second ? { [clusterName]: traffic.share, [second]: 100 - traffic.share } : { [first ?? ""]: 100 };
  const now = byName(await (await world.connectSwitcher(reference)).weights());
  if (JSON.stringify(now) === JSON.stringify(wanted)) return [];
  return [`the traffic is ${JSON.stringify(now)}, not ${JSON.stringify(wanted)}.`];
}

function byName(weights: TrafficWeights): Readonly<Record<string, number>> {
  const named = Object.entries(weights).map(([address, weight]): [string, number] => {
    return [clusterOf(address).split("/").at(-1) ?? "", weight];
  });
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function clusterComplaints(
  target: DeploymentTarget,
  { phase, plan, notes, isSuccessor }: UpgradeState & { readonly isSuccessor: boolean },
  scenario: Scenario,
): Promise<readonly string[]> {
  const saysSo = Object.values(notes).some((note) => note.startsWith("the cluster stays "));
  const status = await target.capability("upgrades").status();
  const isNew = phase.kind === "finished" || isSuccessor;
  return [
    ...(isNew && status.version !== plan.version ? [`the control plane is at ${status.version}.`] : []),
    ...(status.provisioningState === "Succeeded" || saysSo ? [] : [`the cluster is ${status.provisioningState}.`]),
    ...poolComplaints(status, isNew ? () => plan.version : versionBefore(status, plan)),
    ...nodeComplaints(status, scenario),
    // A machine that is lost for good may have been the room that an app needs.
    ...(losesNodes(scenario) ? [] : await illApps(target, scenario)),
  ];
}

/** Green stays where blue is deleted: from there nothing leads back. */
function versionBefore({ pools }: ClusterStatus, { from, steps, version }: UpgradePlan): (pool: string) => string {
  return (pool) => {
    const made = steps.find(({ action }) => action.kind === "create-pool" && action.pool === pool)?.action;
    const isAlone = made?.kind === "create-pool" && !pools.some(({ name }) => name === made.like);
    return from.pools[pool] ?? (isAlone ? version : "gone");
  };
}

function poolComplaints({ pools }: ClusterStatus, versionOf: (pool: string) => string): readonly string[] {
  return pools.flatMap(({ name, version, provisioningState }) => [
    ...(provisioningState === "Succeeded" ? [] : [`node pool ${name} is ${provisioningState}.`]),
    ...(version === versionOf(name) ? [] : [`node pool ${name} is at ${version}, not ${versionOf(name)}.`]),
  ]);
}

function losesNodes({ faults }: Scenario): boolean {
  return faults.some(({ kind }) => kind === "node-lost");
}

function nodeComplaints({ pools, nodes }: ClusterStatus, scenario: Scenario): readonly string[] {
  const wanted = scenario.pools.reduce((sum, pool) => sum + pool.nodes, 0);
  return [
    ...nodes.filter(({ ready }) => !ready && !losesNodes(scenario)).map(({ name }) => `node ${name} is not ready.`),
    ...nodes.filter(({ schedulable }) => !schedulable).map(({ name }) => `node ${name} is still cordoned.`),
    ...nodes
      .filter((node) => pools.find(({ name }) => name === node.pool)?.version !== node.version)
      .map(({ name, version, pool }) => `node ${name} of ${pool} is at ${version}.`),
    ...(nodes.length === wanted ? [] : [`there are ${nodes.length} nodes, and ${wanted} at the beginning.`]),
  ];
}

async function illApps(target: DeploymentTarget, { apps }: Scenario): Promise<readonly string[]> {
  const statuses = await Promise.all(apps.map(({ name }) => target.status(name)));
  return statuses
    .filter(({ health }) => health !== "healthy")
    .map(({ app, health, messages }) => `${app} is ${health}: ${messages.join(" ")}`);
}

async function appComplaints(
  target: DeploymentTarget,
  { phase, plan }: UpgradeState,
  { faults }: Scenario,
): Promise<readonly string[]> {
  // What Azure has taken away stays away.
  if (faults.some(({ kind }) => takenAway.has(kind))) return [];
  const complaints: string[] = [];
  for (const { action } of plan.steps) {
    if (action.kind !== "release") continue;
    const revisions = await target.revisions(action.app);
    const weight = revisions.find(({ name }) => name === action.revision)?.weight ?? 0;
    const wanted = phase.kind === "finished" ? 100 : 0;
    if (weight !== wanted) complaints.push(`${action.revision} has ${weight} % of the traffic, not ${wanted}.`);
    const sum = revisions.reduce((total, one) => total + one.weight, 0);
    if (sum !== 100) complaints.push(`the weights of ${action.app} sum to ${sum}.`);
    const ill = revisions.filter(
      ({ weight: has, state }) => has > 0 && state.kind !== "ready" && state.kind !== "idle",
    );
    complaints.push(...ill.map(({ name, state }) => `${name} has traffic and is ${state.kind}.`));
  }
  if (plan.strategy === "maintenance") {
    const app = (await target.apps())[0];
    const refused = app === undefined ? undefined : await changeRefused(target, app);
    if (refused !== undefined) complaints.push(`apps cannot be changed: ${refused}`);
  }
  return complaints;
}

const takenAway: ReadonlySet<string> = new Set(["revision-vanished", "traffic-array-stale"]);

/** The hold of a maintenance is gone with it. */
async function changeRefused(target: DeploymentTarget, app: string): Promise<string | undefined> {
  const [first] = await target.revisions(app);
  try {
    await target
      .capability("labels")
      .set(app, "after", first?.name ?? "")
      .result();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
