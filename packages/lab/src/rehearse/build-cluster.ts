import { ContainerServiceClient } from "@azure/arm-containerservice";
import { FairwayError } from "@fairway/model";
import type { ClusterFacts, DeploymentTarget } from "@fairway/sdk";
import { createGroup } from "../live/platform.ts";
import type { VirtualWorld } from "../virtual/world.ts";
import { type ClusterDoor, openDoor } from "./cluster-door.ts";
import { budgetManifests, type Manifest, type ModelledWorkload, workloadsOf } from "./manifests.ts";
import { modelSize, modelVersion, type OfferedMinor } from "./model-terms.ts";
import { placePods } from "./place-pods.ts";

type PoolFacts = ClusterFacts["pools"][number];
type NodeFacts = ClusterFacts["nodes"][number];

/** The cluster of a snapshot as it stands in a virtual world. */
export interface ModelledCluster {
  readonly address: string;
  readonly target: DeploymentTarget;
  readonly workloads: readonly ModelledWorkload[];
  /** Name in the snapshot by name in the model. */
  readonly nodeNames: ReadonlyMap<string, string>;
  readonly offered: readonly OfferedMinor[];
  /** Where the model is not what the snapshot says. */
  readonly notes: readonly string[];
}

export const groupName = "rehearsal";

export interface ClusterPlace {
  readonly name: string;
  readonly location: string;
}

export function addressOf({ subscriptionId }: VirtualWorld["azure"], { name }: Pick<ClusterPlace, "name">): string {
  return `aks://${subscriptionId}/${groupName}/${name}/default`;
}

/** Makes it with the official client and the Kubernetes API; outside of `world.run`, since it loads libraries. */
export async function buildCluster(
  world: VirtualWorld,
  facts: ClusterFacts,
  place: ClusterPlace = { name: "rehearsed", location: world.azure.location },
): Promise<ModelledCluster> {
  const address = addressOf(world.azure, place);
  const built = await world.run(() => makeCluster(world, facts, place));
  return { ...built, address, target: await world.connect(address) };
}

async function makeCluster(world: VirtualWorld, facts: ClusterFacts, { name, location }: ClusterPlace) {
  const { azure, httpClient } = world;
  const client = clientOf(world);
  await createGroup(azure, { group: groupName, httpClient }, client.pipeline);
  const offered = await offeredMinors(client, location);
  const notes: string[] = [];
  const description = describe(facts, { name, location }, offered, notes);
  await client.managedClusters.createOrUpdate(groupName, name, description);
  const door = await doorOf(world, name);
  const names = await nodeNames(door, facts);
  const workloads = workloadsOf(facts, zonesOf(location));
  await fill(world, door, facts, { workloads, names, notes });
  const nodeNamesBack = new Map([...names].map(([inSnapshot, inModel]) => [inModel, inSnapshot]));
  return { workloads, nodeNames: nodeNamesBack, offered, notes };
}

/** Brings the workloads of a snapshot into a cluster that has been made meanwhile; ends when they serve. Inside of `world.run`. */
export async function bringWorkloads(
  world: VirtualWorld,
  facts: ClusterFacts,
  { name, location }: ClusterPlace,
): Promise<void> {
  const door = await doorOf(world, name);
  const [workloads, budgets] = [workloadsOf(facts, zonesOf(location)), budgetManifests(facts)];
  await createNamespaces(door, workloads, budgets);
  for (const { manifest, replicas, kind } of workloads) {
    const own = kind === "Deployment" || kind === "StatefulSet" || kind === "ReplicaSet";
    await door.create(own ? { ...manifest, spec: { ...(manifest["spec"] as object), replicas } } : manifest);
  }
  for (const budget of budgets) await door.create(budget);
  await world.wait(settleMs(facts));
}

function clientOf({ azure, httpClient }: VirtualWorld): ContainerServiceClient {
  return new ContainerServiceClient(azure.credential, azure.subscriptionId, { endpoint: azure.armUrl, httpClient });
}

async function doorOf(world: VirtualWorld, name: string): Promise<ClusterDoor> {
  const { kubeconfigs } = await clientOf(world).managedClusters.listClusterUserCredentials(groupName, name);
  return openDoor(world.azure, Buffer.from(kubeconfigs?.[0]?.value ?? new Uint8Array()).toString("utf8"));
}

/** Zones of the model are called after its region. */
function zonesOf(location: string): (zone: string) => string {
  return (zone) => `${location}-${zone.split("-").at(-1)}`;
}

async function offeredMinors(client: ContainerServiceClient, location: string): Promise<readonly OfferedMinor[]> {
  const { values = [] } = await client.managedClusters.listKubernetesVersions(location);
  return values.map(({ version = "", patchVersions = {}, capabilities }) => ({
    minor: version,
    patches: Object.keys(patchVersions),
    isLongTermOnly: capabilities?.supportPlan?.includes("KubernetesOfficial") !== true,
  }));
}

type ClusterDescription = Parameters<ContainerServiceClient["managedClusters"]["createOrUpdate"]>[2];

function describe(
  facts: ClusterFacts,
  { name, location }: ClusterPlace,
  offered: readonly OfferedMinor[],
  notes: string[],
): ClusterDescription {
  const { version, isLongTermOnly } = modelVersion(facts.version, offered);
  if (version !== facts.version) notes.push(`${facts.version} is modelled as ${version}`);
  // Each pool starts where the control plane is when the model does not know its version beside it.
  const pools = facts.pools.map((pool) =>
    describePool(pool, facts, modelVersion(pool.version, offered).version, notes),
  );
  if (!facts.pools.some(({ isSystem }) => isSystem)) {
    throw new FairwayError("usage", "The snapshot has no system pool: AKS has no such cluster.", {
      hint: "Save it anew.",
      path: "facts.pools",
    });
  }
  return {
    location,
    identity: { type: "SystemAssigned" },
    dnsPrefix: name,
    kubernetesVersion: version,
    ...(isLongTermOnly ? { sku: { name: "Base", tier: "Premium" }, supportPlan: "AKSLongTermSupport" } : {}),
    agentPoolProfiles: pools,
  };
}

type PoolDescription = NonNullable<ClusterDescription["agentPoolProfiles"]>[number];

function describePool(pool: PoolFacts, facts: ClusterFacts, version: string, notes: string[]): PoolDescription {
  const nodes = facts.nodes.filter((node) => node.pool === pool.name);
  const vmSize = modelSize(pool.vmSize, nodes[0]?.allocatable);
  if (vmSize !== pool.vmSize) notes.push(`machines ${pool.vmSize} of ${pool.name} are modelled as ${vmSize}`);
  const zones = [...new Set(nodes.flatMap(({ labels }) => zoneOf(labels)))].toSorted();
  const maxPods = nodes[0]?.allocatable.pods;
  return {
    name: pool.name,
    mode: pool.isSystem ? "System" : "User",
    count: pool.count,
    vmSize,
    orchestratorVersion: version,
    ...(zones.length > 0 ? { availabilityZones: zones } : {}),
    ...(maxPods === undefined ? {} : { maxPods: Math.min(250, Math.max(10, maxPods)) }),
    ...(pool.isSpot ? { scaleSetPriority: "Spot" } : {}),
    nodeLabels: ownLabels(nodes),
    nodeTaints: ownTaints(nodes),
    upgradeSettings: {
      maxSurge: pool.maxSurge,
      maxUnavailable: pool.maxUnavailable,
      drainTimeoutInMinutes: pool.drainTimeoutMinutes,
      nodeSoakDurationInMinutes: pool.soakMinutes,
      undrainableNodeBehavior: pool.undrainable,
    },
  };
}

/** `westeurope-2` is zone 2; `0` is none. */
function zoneOf(labels: NodeFacts["labels"]): readonly string[] {
  const [, zone] = /-(\d)$/.exec(labels["topology.kubernetes.io/zone"] ?? "") ?? [];
  return zone === undefined ? [] : [zone];
}

const platformLabel =
  /(^|\.)(kubernetes\.io|kubernetes\.azure\.com|azure\.com|k8s\.io)\/|^(agentpool|storageprofile|storagetier)$/;

/** What somebody gave the pool: on every node of it, and not the platform's. */
function ownLabels(nodes: readonly NodeFacts[]): Record<string, string> {
  const [first] = nodes;
  const entries = Object.entries(first?.labels ?? {}).filter(
    ([key, value]) => !platformLabel.test(key) && nodes.every(({ labels }) => labels[key] === value),
  );
  return Object.fromEntries(entries);
}

function ownTaints([first]: readonly NodeFacts[]): string[] {
  return (first?.taints ?? [])
    .filter(({ key }) => !key.startsWith("node.kubernetes.io/"))
    .map(({ key, value, effect }) => `${key}=${value}:${effect}`);
}

/**
 * What others of the subscription use is not there in the model: the limit is lower by as much. `clusters`: as many of its
 * shape are in the region, and the snapshot's counts know of one.
 */
export function limitQuotas({ azure }: VirtualWorld, { settings, pools, nodes }: ClusterFacts, clusters = 1): void {
  for (const { name: family, used, limit } of settings.quotas) {
    const own = pools.filter(({ vmSize }) => familyOf(vmSize) === family.toLowerCase());
    if (own.length === 0) continue;
    const cores = own.reduce((sum, pool) => {
      const node = nodes.find((one) => one.pool === pool.name);
      return sum + pool.count * Math.ceil((node?.allocatable.cpuMillicores ?? 0) / 1_000);
    }, 0);
    const vcpus = Math.max(cores, limit - Math.max(0, used - cores)) + (clusters - 1) * cores;
    azure.control("POST", "/_emulator/faults", { kind: "quota-surge", parameters: { family, vcpus } });
  }
}

/** `Standard_D4s_v5` counts for `standarddsv5family` (Azure docs, naming of VM sizes). */
function familyOf(vmSize: string): string {
  const [, series = "", features = "", version = ""] =
    /^Standard_([A-Z]+)\d+(?:-\d+)?([a-z]*)(?:_(v\d+))?$/.exec(vmSize) ?? [];
  return `standard${series}${features}${version}family`.toLowerCase();
}

/** Nodes of the model by those of the snapshot: in the order of their names, in the same zone where there are zones. */
async function nodeNames(door: ClusterDoor, facts: ClusterFacts): Promise<ReadonlyMap<string, string>> {
  const found = await door.list<{ metadata: { name: string; labels: Record<string, string> } }>("/api/v1/nodes");
  const free = found.map(({ metadata }) => metadata).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Map<string, string>();
  for (const node of facts.nodes) {
    const inPool = free.filter(({ labels }) => labels["kubernetes.azure.com/agentpool"] === node.pool);
    const zone = zoneOf(node.labels)[0];
    const match = inPool.find(({ labels }) => zoneOf(labels)[0] === zone) ?? inPool[0];
    if (!match) continue;
    names.set(node.name, match.name);
    free.splice(free.indexOf(match), 1);
  }
  return names;
}

/** Long enough for the slowest app that is known. */
const longestStartMs = 15 * 60_000;

interface Filling {
  readonly workloads: readonly ModelledWorkload[];
  /** Nodes of the model by those of the snapshot. */
  readonly names: ReadonlyMap<string, string>;
  readonly notes: string[];
}

async function fill(
  world: VirtualWorld,
  door: ClusterDoor,
  facts: ClusterFacts,
  { workloads, names, notes }: Filling,
): Promise<void> {
  const budgets = budgetManifests(facts);
  await createNamespaces(door, workloads, budgets);
  for (const { kind, manifest } of workloads) if (kind !== "Pod") await door.create(manifest);
  await placePods(door, workloads, facts, names, () => world.wait(2_000));
  for (const budget of budgets) await door.create(budget);
  await world.wait(settleMs(facts));
  const pods = await door.list<{ metadata: { namespace: string }; spec: { nodeName?: string } }>("/api/v1/pods");
  const homeless = pods.filter(({ spec }) => spec.nodeName === undefined).length;
  const before = facts.pods.filter(({ node, phase }) => node === undefined && phase === "Pending").length;
  if (homeless > before) notes.push(`${homeless - before} pods find no node in the model, and had one in the snapshot`);
}

async function createNamespaces(
  door: ClusterDoor,
  workloads: readonly ModelledWorkload[],
  budgets: readonly Manifest[],
): Promise<void> {
  const namespaces = new Set([...workloads, ...budgets.map(({ metadata }) => metadata)].map((one) => one.namespace));
  for (const name of namespaces) {
    if (name === undefined || name === "default") continue;
    await door.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
}

/** Until the slowest app serves. */
function settleMs({ pods }: ClusterFacts): number {
  const slowestMs = pods.reduce((most, { startSeconds = 0 }) => Math.max(most, startSeconds), 0) * 1_000;
  return 60_000 + Math.min(longestStartMs, slowestMs);
}
