import { clusterOf, type TrafficWeights } from "@fairway/sdk";
import { addressOfCluster, type ClusterName } from "./places.ts";
import type { Site } from "./site.ts";

const before = new WeakMap<Site, TrafficWeights>();

/** By hand: all traffic to one of the clusters that may have it, if there is a switch and it is not so already. */
export async function giveAllTo(site: Site, mayHaveIt: (cluster: ClusterName) => boolean): Promise<void> {
  const { world, switcher: reference, clusters } = site;
  const receiver = clusters.find(mayHaveIt);
  if (!reference || receiver === undefined) return;
  const switcher = await world.connectSwitcher(reference);
  const weights = await switcher.weights();
  const address = clusterOf(addressOfCluster(world.azure, receiver));
  if (weights[address] === undefined || weights[address] === 100) return;
  before.set(site, weights);
  await switcher.switchTo({ [address]: 100 }).result();
}

/** As it was before `giveAllTo`. */
export async function giveBack(site: Site): Promise<void> {
  const weights = before.get(site);
  before.delete(site);
  if (!weights || !site.switcher) return;
  await (await site.world.connectSwitcher(site.switcher)).switchTo(weights).result();
}
