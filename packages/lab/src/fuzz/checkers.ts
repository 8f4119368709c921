import type { VirtualAzure } from "@fairway/emulator";
import type { ClusterStatus, DeploymentTarget, UpgradePlan, UpgradeState } from "@fairway/sdk";
import type { Scenario, Violation } from "./scenario.ts";

interface TraceRecord {
  readonly timeMs: number;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the trace tells: no eviction below a budget, no pool beyond its control plane. `from` is where the upgrade began. */
export function checkTrace(trace: readonly TraceRecord[], from: number, scenario: Scenario): readonly Violation[] {
  return [...checkBudgets(trace, from, scenario), ...checkSkew(trace), ...checkBugs(trace)];
}

/** Weights that callers see sum to 100 at any moment. Returns what ends the watching. */
export function watchWeights(dataPlane: VirtualAzure["dataPlane"], tell: (message: string) => void): () => void {
  return dataPlane.onRoute((host, route) => {
    if (!publicHost.test(host)) return;
    const backends = route?.backends ?? [];
    const sum = backends.reduce((total, { weight }) => total + weight, 0);
    if (backends.length === 0 || sum === 100) return;
    tell(
      `The weights of ${host} sum to ${sum}: ${backends.map(({ name, weight }) => `${name} ${weight}`).join(", ")}.`,
    );
  });
}

/** Where callers from outside come in; Services inside of a cluster have one backend of weight 1. */
const publicHost = /\.(azmk8s|azurecontainerapps)\.io$/;

function checkBudgets(trace: readonly TraceRecord[], from: number, { apps, platform }: Scenario): readonly Violation[] {
  if (platform !== "cluster") return [];
  const violations: Violation[] = [];
  const guarded = new Map(apps.filter(({ replicas }) => replicas > 1).map(({ name, replicas }) => [name, replicas]));
  const ready = new Map<string, Set<string>>();
  for (const [index, { kind, data, timeMs }] of trace.entries()) {
    const pod = kind === "pod.evicted" ? String(data["pod"]) : podOf(data["id"]);
    const [, app = "", revision = ""] =
      /^default\/((app\d+)--[a-z0-9]+)-[a-z0-9]+-[a-z0-9]+$/.exec(pod)?.toReversed() ?? [];
    const replicas = guarded.get(app);
    if (replicas === undefined) continue;
    const serving = ready.get(revision) ?? new Set();
    ready.set(revision, serving);
    if (kind === "replica.ready") serving.add(pod);
    if (kind === "replica.unready" || kind === "replica.exited" || kind === "replica.terminating") serving.delete(pod);
    if (kind !== "pod.evicted" || index < from || !serving.has(pod)) continue;
    serving.delete(pod);
    if (serving.size >= replicas - 1) continue;
    const message = `${new Date(timeMs).toISOString()}: ${pod} was evicted, which left ${serving.size} of ${replicas} replicas of ${revision}; one may be missing.`;
    violations.push({ checker: "budget", message });
  }
  return violations;
}

/** `prod/default/app1--x-y-z/app/0` is a container of `default/app1--x-y-z`. */
function podOf(id: unknown): string {
  return typeof id === "string" ? id.split("/").slice(1, 3).join("/") : "";
}

function checkSkew(trace: readonly TraceRecord[]): readonly Violation[] {
  const violations: Violation[] = [];
  let [controlPlane, coming] = ["", ""];
  for (const { kind, data, timeMs } of trace) {
    if (kind === "controlplane.upgrading") [controlPlane, coming] = [String(data["from"]), String(data["to"])];
    // From here on it runs the new one, whatever becomes of the operation.
    if (kind === "controlplane.reachable" && coming !== "") controlPlane = coming;
    const { version } = data;
    const isNode = kind === "node.reimaging" || kind === "node.surged" || kind === "pool.upgraded";
    if (!isNode || typeof version !== "string" || controlPlane === "" || compare(version, controlPlane) <= 0) continue;
    const message = `${new Date(timeMs).toISOString()}: ${kind} of ${String(data["pool"])} at ${version} under a control plane at ${controlPlane}.`;
    violations.push({ checker: "skew", message });
  }
  return violations;
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

const bugKinds = new Set(["kubernetes.bug", "arm.bug", "controller.failed"]);

function checkBugs(trace: readonly TraceRecord[]): readonly Violation[] {
  return trace
    .filter(({ kind }) => bugKinds.has(kind))
    .slice(0, 3)
    .map(({ kind, data }) => ({ checker: "bug", message: `${kind}: ${String(data["message"])}` }));
}

/** Where everything is once the upgrade is over and half an hour has passed. */
export async function checkEnd(
  target: DeploymentTarget,
  state: UpgradeState,
  scenario: Scenario,
): Promise<readonly Violation[]> {
  const { phase, plan } = state;
  if (phase.kind !== "finished" && phase.kind !== "rolled-back") return [];
  const complaints =
    plan.strategy !== "revision" && scenario.platform === "cluster"
      ? await clusterComplaints(target, state, scenario)
      : await appComplaints(target, state);
  return complaints.map((message) => ({ checker: "end-state", message: `It is ${phase.kind}, and ${message}` }));
}

async function clusterComplaints(
  target: DeploymentTarget,
  { phase, plan, notes }: UpgradeState,
  scenario: Scenario,
): Promise<readonly string[]> {
  const saysSo = Object.values(notes).some((note) => note.startsWith("the cluster stays "));
  const status = await target.capability("upgrades").status();
  const isFinished = phase.kind === "finished";
  return [
    ...(isFinished && status.version !== plan.version ? [`the control plane is at ${status.version}.`] : []),
    ...(status.provisioningState === "Succeeded" || saysSo ? [] : [`the cluster is ${status.provisioningState}.`]),
    ...poolComplaints(status, isFinished ? () => plan.version : versionBefore(status, plan)),
    ...nodeComplaints(status, scenario),
    ...(await illApps(target, scenario)),
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

function nodeComplaints({ pools, nodes }: ClusterStatus, { pools: drawn, faults }: Scenario): readonly string[] {
  const losesNodes = faults.some(({ kind }) => kind === "node-lost");
  const wanted = drawn.reduce((sum, pool) => sum + pool.nodes, 0);
  return [
    ...nodes.filter(({ ready }) => !ready && !losesNodes).map(({ name }) => `node ${name} is not ready.`),
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

async function appComplaints(target: DeploymentTarget, { phase, plan }: UpgradeState): Promise<readonly string[]> {
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
