import { createCluster } from "../live/platform.ts";
import { addressOfCluster, clusterNames, groupName } from "./places.ts";
import { appOf, type PoolShape, type Topology } from "./topology.ts";
import { openVirtualWorld } from "./world.ts";

export interface SavedWorldRequest {
  readonly topology: Topology;
  readonly budgets: boolean;
  /** 2: an inactive one beside the active one, which has the same apps. */
  readonly clusters: 1 | 2;
}

const made = new Map<string, Promise<string>>();

/** A topology as it stands before anything happens: made once, with the official clients and the SDK, and then kept. */
export function savedWorld(request: SavedWorldRequest): Promise<string> {
  const key = `${request.topology.name}/${request.budgets}/${request.clusters}`;
  const known = made.get(key) ?? makeWorld(request);
  made.set(key, known);
  return known;
}

async function makeWorld({ topology, budgets, clusters }: SavedWorldRequest): Promise<string> {
  using world = await openVirtualWorld({ seed: `world/${topology.name}` });
  const { azure, httpClient } = world;
  for (const name of clusterNames.slice(0, clusters)) {
    const pools = topology.pools.map(poolOf);
    await world.run(() => createCluster(azure, { group: groupName, name, pools, httpClient }));
    const target = await world.connect(addressOfCluster(azure, name));
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
