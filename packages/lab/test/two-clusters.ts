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
}

export async function openTwoClusters({
  seed,
  weights = [90, 10],
  secondLocation = "northeurope",
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
  const client = new TrafficManagerManagementClient(azure.credential, azure.subscriptionId, {
    endpoint: azure.armUrl,
    httpClient,
  });
  await world.run(() => client.profiles.createOrUpdate("lab", "shop", profile(weights)));
  const reference = {
    address: `tm://${azure.subscriptionId}/lab/shop`,
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
    async move({ west, north }) {
      await world.run(() => client.profiles.createOrUpdate("lab", "shop", profile([west, north])));
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

function profile([west, north]: readonly [number, number]) {
  return {
    location: "global",
    trafficRoutingMethod: "Weighted",
    dnsConfig: { relativeName: "shop", ttl: 60 },
    monitorConfig: { protocol: "HTTP", port: 80, path: "/healthz" },
    endpoints: [endpoint("west", west), endpoint("north", north)],
  };
}

function endpoint(name: string, weight: number) {
  return {
    name,
    type: "Microsoft.Network/trafficManagerProfiles/externalEndpoints",
    target: `${name}.shop.example`,
    ...(weight === 0 ? { endpointStatus: "Disabled" } : { endpointStatus: "Enabled", weight }),
  };
}
