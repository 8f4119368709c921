import { createCluster, createEnvironment } from "../live/platform.ts";
import { createProfile, type ProfileEndpoint } from "../live/profile.ts";
import {
  addressOfCluster,
  type ClusterName,
  clusterNames,
  entranceOf,
  environmentName,
  groupName,
  profileName,
} from "./places.ts";
import { appOf, type PoolShape, type TopologyName, topologyOf } from "./topology.ts";
import { openVirtualWorld, type VirtualWorld } from "./world.ts";

export interface SavedWorldKey {
  /** Unique among them. */
  readonly key: string;
  readonly topology: TopologyName;
  readonly budgets: boolean;
  /** Default: AKS. */
  readonly platform?: "container-apps";
  /** 2: an inactive one beside the active one, which has the same apps. */
  readonly clusters: 1 | 2;
  /** Percent of the payments of each; absent: nothing divides them. */
  readonly weights?: readonly [number, number];
  /** Region of the second one. */
  readonly secondLocation?: string;
}

/** When trials begin: a Monday morning. What they begin with is as it was then, and older than that. */
export const worldStartMs = Date.UTC(2026, 0, 5, 8);
/** Enough for two clusters to be made, and for everything in them to come to rest. */
const makingMs = 2 * 3_600_000;

const made = new Map<string, Promise<string>>();

/** A topology as it stands before anything happens: made once, with the official clients and the SDK, and then kept. */
export function savedWorld(request: SavedWorldKey): Promise<string> {
  const known = made.get(request.key) ?? makeWorld(request);
  made.set(request.key, known);
  return known;
}

/** Another thread has made it. */
export function knowWorld({ key }: SavedWorldKey, text: string): void {
  made.set(key, Promise.resolve(text));
}

async function makeWorld(request: SavedWorldKey): Promise<string> {
  const { topology: name, clusters, weights, secondLocation } = request;
  const topology = topologyOf(name);
  using world = await openVirtualWorld({ seed: `world/${name}`, startMs: worldStartMs - makingMs });
  const { azure, httpClient } = world;
  if (request.platform) {
    await world.run(() => createEnvironment(azure, { group: groupName, name: environmentName, httpClient }));
    await deployApps(world, environmentName, request);
    return savedAtStart(world);
  }
  for (const cluster of clusterNames.slice(0, clusters)) {
    const pools = topology.pools.map(poolOf);
    const location = cluster === clusterNames[0] ? azure.location : (secondLocation ?? azure.location);
    await world.run(() => createCluster(azure, { group: groupName, name: cluster, pools, location, httpClient }));
    await deployApps(world, cluster, request);
  }
  if (weights) {
    const endpoints = endpointsOf(weights);
    await world.run(() => createProfile(azure, { group: groupName, name: profileName, endpoints, httpClient }));
  }
  return savedAtStart(world);
}

function savedAtStart({ azure, kernel }: VirtualWorld): string {
  if (kernel.clock.now() > worldStartMs) throw new Error("It took longer to make the world than there was time.");
  kernel.runUntil(worldStartMs);
  return azure.exportState();
}

async function deployApps(
  world: VirtualWorld,
  place: ClusterName,
  { topology, budgets }: Pick<SavedWorldKey, "topology" | "budgets">,
): Promise<void> {
  const target = await world.connect(addressOfCluster(world.azure, place));
  const { apps } = topologyOf(topology);
  await world.run(async () => {
    await Promise.all(apps.map((shape) => target.apply(appOf(shape, { budgets })).result()));
  });
  await target.close();
}

function endpointsOf(weights: readonly [number, number]): readonly ProfileEndpoint[] {
  return clusterNames.map((name, index) => ({ name, host: entranceOf(name), weight: weights[index] ?? 0 }));
}

function poolOf({ name, mode, count, vmSize, maxSurge }: PoolShape) {
  return { name, mode, count, vmSize, upgradeSettings: { maxSurge } };
}
