import type { ClusterFacts, DeploymentTarget, SwitcherReference } from "@fairway/sdk";
import { clusterOf } from "@fairway/sdk";
import { createProfile } from "../live/profile.ts";
import type { VirtualWorld } from "../virtual/world.ts";
import {
  addressOf,
  bringWorkloads,
  buildCluster,
  type ClusterPlace,
  groupName,
  limitQuotas,
  type ModelledCluster,
} from "./build-cluster.ts";
import { hasSecond, hasSwitcher, type RehearsedUpgrade, secondFacts, sharesOf } from "./rehearsed-upgrade.ts";

/** What stands before a rehearsal begins. */
export interface RehearsedSite {
  readonly active: ModelledCluster;
  /** The inactive one, or the one that shares the traffic. */
  readonly second?: ModelledCluster;
  /** Address of the other cluster, be it that it is still to be made. */
  readonly secondAddress: string;
  readonly switcher: SwitcherReference;
  readonly convergenceMs: number;
  /** Inside of `world.run`. A cluster that the upgrade has made gets the workloads at its first use: nobody else brings them. */
  connect(address: string): Promise<DeploymentTarget>;
}

export const [activeName, secondName] = ["rehearsed", "rehearsed-2"];

/** Outside of `world.run`. */
export async function buildSite(
  world: VirtualWorld,
  facts: ClusterFacts,
  upgrade: RehearsedUpgrade,
): Promise<RehearsedSite> {
  const [first, other] = placesOf(world, upgrade);
  const active = await buildCluster(world, facts, first);
  const second = hasSecond(upgrade.strategy)
    ? await buildCluster(world, secondFacts(upgrade, facts), other)
    : undefined;
  limitQuotas(world, facts, second && first.location === other.location ? 2 : 1);
  const secondAddress = addressOf(world.azure, other);
  const switcher = referenceOf(world, [active.address, secondAddress]);
  const { traits } = hasSwitcher(upgrade.strategy)
    ? await openSwitcher(world, upgrade, switcher)
    : { traits: undefined };
  const targets = new Map([active, ...(second ? [second] : [])].map((one) => [one.address, one.target]));
  return {
    active,
    ...(second ? { second } : {}),
    secondAddress,
    switcher,
    convergenceMs: traits?.convergenceMs ?? 0,
    async connect(address) {
      const known = targets.get(address);
      if (known) return known;
      const target = await world.connect(address);
      targets.set(address, target);
      await bringWorkloads(world, facts, other);
      return target;
    },
  };
}

function placesOf(
  { azure }: VirtualWorld,
  { strategy }: RehearsedUpgrade,
): readonly [ClusterPlace & { readonly name: string }, ClusterPlace] {
  const { location } = azure;
  const elsewhere = location === "northeurope" ? "westeurope" : "northeurope";
  return [
    { name: activeName, location },
    { name: secondName, location: strategy === "region-failover" ? elsewhere : location },
  ];
}

function referenceOf({ azure }: VirtualWorld, addresses: readonly string[]): SwitcherReference {
  const names = [activeName, secondName];
  const routes = addresses.map((address, index) => [names[index] ?? "", clusterOf(address)] as const);
  return { address: `tm://${azure.subscriptionId}/${groupName}/rehearsal`, routes: Object.fromEntries(routes) };
}

/** Loads its library, which takes real time: not while virtual time runs. */
async function openSwitcher(world: VirtualWorld, upgrade: RehearsedUpgrade, reference: SwitcherReference) {
  const shares = sharesOf(upgrade);
  const names = upgrade.strategy === "cluster-blue-green" ? [activeName] : [activeName, secondName];
  const endpoints = names.map((name, index) => ({ name, host: entranceOf(name), weight: shares[index] ?? 0 }));
  const { azure, httpClient } = world;
  await world.run(() => createProfile(azure, { group: groupName, name: "rehearsal", endpoints, httpClient }));
  return await world.connectSwitcher(reference);
}

export function entranceOf(name: string): string {
  return `${name}.rehearsal.example`;
}
