import { type App, type AppDescription, defineApp } from "@fairway/model";
import type { DeploymentTarget } from "@fairway/sdk";
import { createCluster, createEnvironment } from "../live/platform.ts";
import { openVirtualWorld, type VirtualWorld } from "../virtual/world.ts";
import { clusterName, environmentName } from "./draw.ts";
import type { Scenario } from "./scenario.ts";

const group = "fuzz";

/** What a scenario begins with: apps that run on a sound platform. */
export interface FuzzWorld extends Disposable {
  readonly world: VirtualWorld;
  readonly address: string;
  /** Sees the world as it is; no fault is aimed at it. */
  readonly observer: DeploymentTarget;
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
    const address = await world.run(() => createPlatform(world, scenario));
    const observer = await world.connect(address);
    await world.run(async () => {
      for (const app of scenario.apps) await observer.apply(describe(app)).result();
      await world.wait(5 * 60_000);
    });
    return { world, address, observer, [Symbol.dispose]: () => world[Symbol.dispose]() };
  } catch (error) {
    world[Symbol.dispose]();
    throw error;
  }
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

async function createPlatform({ azure, httpClient }: VirtualWorld, scenario: Scenario): Promise<string> {
  if (scenario.platform === "environment") {
    return await createEnvironment(azure, { group, name: environmentName, httpClient });
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
  return (await createCluster(azure, { group, name: clusterName, pools, httpClient })).clusterAddress;
}
