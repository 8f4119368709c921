import { TrafficManagerManagementClient } from "@azure/arm-trafficmanager";
import { defineApp } from "@fairway/model";
import {
  clusterOf,
  makePlan,
  type PlanRequest,
  type Switcher,
  type SwitcherReference,
  type TrafficRequest,
  type UpgradePlan,
  type UpgradePorts,
} from "@fairway/sdk";
import { createPlatform } from "../src/live/platform.ts";
import { createMemoryJournal, type MemoryJournal } from "../src/virtual/memory-journal.ts";
import { startProcess, type VirtualProcess } from "../src/virtual/process.ts";
import { openVirtualWorld, type VirtualWorld } from "../src/virtual/world.ts";

/** Two clusters with an app each, and a Traffic Manager profile before them. */
export interface TwoClusters extends Disposable {
  readonly world: VirtualWorld;
  readonly first: string;
  readonly second: string;
  readonly reference: SwitcherReference;
  readonly journal: MemoryJournal;
  switcher(): Promise<Switcher>;
  plan(request: PlanChanges, second?: string): Promise<UpgradePlan>;
  /** What a process that may die works with. */
  ports(changes?: Partial<UpgradePorts>, process?: VirtualProcess): UpgradePorts;
  /** Percent by name of the cluster. */
  weights(): Promise<Record<string, number>>;
  /** The same, inside of `world.run`. */
  weightsNow(): Promise<Record<string, number>>;
  /** As somebody does it by hand: percent by name of the endpoint. */
  move(weights: { readonly west: number; readonly north: number }): Promise<void>;
  /** Versions by name of the cluster: control plane and pool. */
  versions(): Promise<Record<string, readonly [string, string]>>;
}

type PlanChanges = Omit<Partial<PlanRequest>, "traffic"> &
  Pick<PlanRequest, "strategy"> & { readonly traffic?: Partial<TrafficRequest> };

export interface TwoClustersOptions {
  readonly seed: number;
  readonly weights?: readonly [number, number];
  readonly secondLocation?: string;
  /** Makes what divides callers between `west` and `north`, and gives its address. Default: a Traffic Manager profile. */
  readonly divide?: (world: VirtualWorld, weights: Record<"west" | "north", number>) => Promise<string>;
}

export async function openTwoClusters({
  seed,
  weights = [90, 10],
  secondLocation = "northeurope",
  divide = divideByNames,
}: TwoClustersOptions): Promise<TwoClusters> {
  const world = await openVirtualWorld({ seed });
  const { azure, httpClient } = world;
  const [one, two] = await world.run(() =>
    Promise.all([
      createPlatform(azure, { group: "lab", name: "prod-1", nodeCount: 2, httpClient }),
      createPlatform(azure, { group: "lab", name: "prod-2", nodeCount: 2, location: secondLocation, httpClient }),
    ]),
  );
  const [first, second] = [one.clusterAddress, two.clusterAddress];
  for (const address of [first, second]) {
    const target = await world.connect(address);
    await world.run(() => target.apply(web).result());
  }
  const [west, north] = weights;
  const reference = {
    address: await world.run(() => divide(world, { west, north })),
    routes: { west: clusterOf(first), north: clusterOf(second) },
  };
  // Loads its library, which is real work on real files: not while virtual time runs.
  await world.connectSwitcher(reference);
  const journal = createMemoryJournal();
  const statusOf = async (address: string) => (await world.connect(address)).capability("upgrades").status();
  const factsOf = async (address: string) => ({
    address,
    facts: await (await world.connect(address)).capability("upgrades").facts(),
  });
  const weightsNow = async () => {
    const found = await (await world.connectSwitcher(reference)).weights();
    return { "prod-1": found[clusterOf(first)] ?? 0, "prod-2": found[clusterOf(second)] ?? 0 };
  };
  return {
    world,
    first,
    second,
    reference,
    journal,
    switcher: () => world.connectSwitcher(reference),
    plan: (request, other = second) =>
      world.run(async () => {
        const switcher = await world.connectSwitcher(reference);
        const traffic = {
          switcher: reference,
          weights: await switcher.weights(),
          convergenceMs: switcher.traits.convergenceMs,
        };
        return makePlan(
          { version: "1.35", ...request, traffic: { ...traffic, ...request.traffic } },
          await factsOf(first),
          await factsOf(other),
        );
      }),
    ports: (changes = {}, process = startProcess(world)) => ({
      clock: process.clock,
      journal: process.open(journal),
      by: "test",
      pollMs: 10_000,
      connect: (address) => process.connect(address),
      switcher: (wanted) => process.connectSwitcher(wanted),
      check: async () => [],
      gates: { command: async () => ({ passed: true, evidence: "ok" }), metric: async () => 0 },
      ...changes,
    }),
    weights: () => world.run(weightsNow),
    weightsNow,
    async move(shares) {
      await world.run(() => divideByNames(world, shares));
    },
    versions: () =>
      world.run(async () => {
        const [a, b] = await Promise.all([statusOf(first), statusOf(second)]);
        return { "prod-1": [a.version, a.pools[0]?.version ?? ""], "prod-2": [b.version, b.pools[0]?.version ?? ""] };
      }),
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}

const web = defineApp({
  name: "web",
  image: "web:1.0.0",
  ingress: { exposure: "public" },
  scale: { min: 2, max: 2 },
  availability: { maxUnavailable: 1 },
});

async function divideByNames(world: VirtualWorld, { west, north }: Record<"west" | "north", number>): Promise<string> {
  const { credential, subscriptionId, armUrl: endpoint } = world.azure;
  const options = { endpoint, httpClient: world.httpClient };
  const { profiles } = new TrafficManagerManagementClient(credential, subscriptionId, options);
  await profiles.createOrUpdate("lab", "shop", {
    location: "global",
    trafficRoutingMethod: "Weighted",
    dnsConfig: { relativeName: "shop", ttl: 60 },
    monitorConfig: { protocol: "HTTP", port: 80, path: "/healthz" },
    endpoints: [endpointOf("west", west), endpointOf("north", north)],
  });
  return `tm://${subscriptionId}/lab/shop`;
}

function endpointOf(name: string, weight: number) {
  return {
    name,
    type: "Microsoft.Network/trafficManagerProfiles/externalEndpoints",
    target: `${name}.shop.example`,
    ...(weight === 0 ? { endpointStatus: "Disabled" } : { endpointStatus: "Enabled", weight }),
  };
}
