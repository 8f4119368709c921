import { createCluster } from "../live/platform.ts";
import { addressOfCluster, clusterNames, groupName } from "./places.ts";
import { appOf, type PoolShape, type TopologyName, topologyOf } from "./topology.ts";
import { openVirtualWorld } from "./world.ts";

export interface SavedWorldKey {
  /** Unique among them. */
  readonly key: string;
  readonly topology: TopologyName;
  readonly budgets: boolean;
  /** 2: an inactive one beside the active one, which has the same apps. */
  readonly clusters: 1 | 2;
}

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

async function makeWorld({ topology: name, budgets, clusters }: SavedWorldKey): Promise<string> {
  const topology = topologyOf(name);
  using world = await openVirtualWorld({ seed: `world/${name}` });
  const { azure, httpClient } = world;
  for (const cluster of clusterNames.slice(0, clusters)) {
    const pools = topology.pools.map(poolOf);
    await world.run(() => createCluster(azure, { group: groupName, name: cluster, pools, httpClient }));
    const target = await world.connect(addressOfCluster(azure, cluster));
    await world.run(async () => {
      await Promise.all(topology.apps.map((shape) => target.apply(appOf(shape, { budgets })).result()));
    });
    await target.close();
  }
  return azure.exportState();
}

function poolOf({ name, mode, count, vmSize, maxSurge }: PoolShape) {
  return { name, mode, count, vmSize, upgradeSettings: { maxSurge } };
}
