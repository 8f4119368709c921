import { type App, type AppDescription, defineApp } from "@fairway/model";
import { clusterOf, type DeploymentTarget, type SwitcherReference } from "@fairway/sdk";
import { createCluster, createEnvironment } from "../live/platform.ts";
import { openVirtualWorld, type VirtualWorld } from "../virtual/world.ts";
import { createDivider } from "./divider.ts";
import {
  type ClusterName,
  clusterName,
  clusterNames,
  clustersOf,
  entranceOf,
  environmentName,
  groupName,
  secondName,
} from "./names.ts";
import type { Scenario } from "./scenario.ts";
import { type Watch, watchWorld } from "./watch/watch.ts";

/** What a scenario begins with: apps that run on a sound platform. */
export interface FuzzWorld extends Disposable {
  readonly world: VirtualWorld;
  readonly watch: Watch;
  /** Of the cluster that matters, or the environment. */
  readonly address: string;
  /** See the world as it is; no fault is aimed at them. The first is that of `address`. */
  readonly observers: readonly DeploymentTarget[];
  readonly observer: DeploymentTarget;
  /** Those of the cluster that matters. */
  readonly namespaces: ReadonlySet<string>;
  /** What divides the traffic. */
  readonly reference?: SwitcherReference;
}

export async function buildWorld(scenario: Scenario): Promise<FuzzWorld> {
  const starts = new Map(scenario.apps.map(({ name, startSeconds }) => [name, startSeconds * 1_000]));
  const world = await openVirtualWorld({
    seed: scenario.seed,
    behaviour: ({ image }) => {
      const listenAfterMs = starts.get(image.split(":")[0] ?? "");
      return listenAfterMs === undefined ? {} : { listenAfterMs };
    },
  });
  try {
    const watch = watchWorld(world);
    const addresses = await world.run(() => createPlatforms(world, scenario));
    const observers = await Promise.all(addresses.map((address) => world.connect(address)));
    const [observer] = observers;
    if (!observer) throw new Error("The scenario has no platform.");
    await world.run(async () => {
      await Promise.all(observers.map((one) => deploy(one, scenario)));
      await world.wait(5 * 60_000);
    });
    const { traffic } = scenario;
    const reference = traffic && (await createSwitch(world, watch, scenario, traffic));
    const places = { address: observer.address, observers, observer, ...(reference ? { reference } : {}) };
    const namespaces = new Set([...watch.namespaces].map(nameIn));
    return { world, watch, namespaces, ...places, [Symbol.dispose]: () => world[Symbol.dispose]() };
  } catch (error) {
    world[Symbol.dispose]();
    throw error;
  }
}

/** `default` of `prod/default`. */
export function nameIn(namespace: string): string {
  return namespace.split("/")[1] ?? "";
}

export function addressOf({ azure }: VirtualWorld, cluster: ClusterName): string {
  return `aks://${azure.subscriptionId}/${groupName}/${cluster}/default`;
}

/** `tag` makes another revision of it. */
export function describe({ name, replicas, cpu }: Scenario["apps"][number], tag = "1"): App {
  const description: AppDescription = {
    name,
    image: `${name}:${tag}`,
    resources: { cpu, memory: `${cpu * 2}Gi` },
    ingress: { exposure: "public" },
    scale: { min: replicas, max: replicas },
    availability: replicas > 1 ? { maxUnavailable: 1 } : {},
  };
  return defineApp(description);
}

async function deploy(target: DeploymentTarget, { apps }: Scenario): Promise<void> {
  for (const app of apps) await target.apply(describe(app)).result();
}

async function createPlatforms({ azure, httpClient }: VirtualWorld, scenario: Scenario): Promise<readonly string[]> {
  if (scenario.platform === "environment") {
    return [await createEnvironment(azure, { group: groupName, name: environmentName, httpClient })];
  }
  const pools = scenario.pools.map((pool, index) => ({
    name: pool.name,
    mode: index === 0 ? "System" : "User",
    count: pool.nodes,
    vmSize: "Standard_D4s_v5",
    upgradeSettings: {
      maxSurge: String(pool.maxSurge),
      maxUnavailable: String(pool.maxUnavailable),
      drainTimeoutInMinutes: pool.drainTimeoutMinutes,
      undrainableNodeBehavior: pool.undrainable,
    },
  }));
  return await Promise.all(
    clustersOf(scenario).map(async (name) => {
      const isElsewhere = name === secondName && scenario.strategy === "region-failover";
      const location = isElsewhere ? "northeurope" : azure.location;
      return (await createCluster(azure, { group: groupName, name, location, pools, httpClient })).clusterAddress;
    }),
  );
}

const propagationMs = { "Traffic Manager": 60_000, "Front Door": 2 * 3_600_000, "API Management": 60_000 } as const;

async function createSwitch(
  world: VirtualWorld,
  watch: Watch,
  scenario: Scenario,
  { share, by }: NonNullable<Scenario["traffic"]>,
): Promise<SwitcherReference> {
  const endpoints = clustersOf(scenario).map((name) => ({
    name,
    host: entranceOf(name),
    weight: name === clusterName ? share : 100 - share,
  }));
  const { address, answers } = await world.run(async () => {
    const divider = await createDivider(world, by, endpoints);
    while ((divider.answers()?.answers.length ?? 0) === 0) await world.wait(60_000);
    // What is written last is there last.
    await world.wait(propagationMs[by]);
    return divider;
  });
  const routes = clusterNames.map((name): [string, string] => [name, clusterOf(addressOf(world, name))]);
  const reference = { address, routes: Object.fromEntries(routes) };
  watch.followCallers(answers);
  // Loads its library, which is real work on real files: not while virtual time runs.
  await world.connectSwitcher(reference);
  return reference;
}
