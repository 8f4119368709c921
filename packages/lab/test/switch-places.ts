import { ApiManagementClient } from "@azure/arm-apimanagement";
import { CdnManagementClient } from "@azure/arm-cdn";
import { TrafficManagerManagementClient } from "@azure/arm-trafficmanager";
import type { Switcher } from "@fairway/sdk";
import { createApiManagement as createServiceOf } from "../src/live/api-management.ts";
import { createFrontDoor as createProfileOf } from "../src/live/front-door.ts";
import { createPlatform } from "../src/live/platform.ts";
import type { ProfileOptions } from "../src/live/profile.ts";
import { openVirtualWorld, type VirtualWorld } from "../src/virtual/world.ts";

/** Something called `shop` that divides traffic among `west`, which is `aks://west`, and `north`: 90 and 10 percent. */
export interface SwitchPlace extends Disposable {
  readonly world: VirtualWorld;
  /** Without the scheme's last parts when `isThere` is false. */
  connect(name?: string): Promise<Switcher>;
  /** Where callers are sent now: weights by route, in the service's own measure. */
  shares(): Record<string, number>;
  inject(kind: string, parameters: Record<string, unknown>): string;
}

/** Every service that a switcher is for. */
export const switchPlaces = {
  "Traffic Manager": openTrafficManager,
  "Front Door": openFrontDoor,
  "API Management": openApiManagement,
} as const;

export async function openTrafficManager(seed: number): Promise<SwitchPlace> {
  const { world, options } = await openWorld(seed);
  const { azure } = world;
  const client = new TrafficManagerManagementClient(azure.credential, azure.subscriptionId, options);
  const type = "Microsoft.Network/trafficManagerProfiles/externalEndpoints";
  const west = { name: "west", type, target: "west.shop.example", weight: 90 };
  const north = { name: "north", type, target: "north.shop.example", weight: 10 };
  await world.run(async () => {
    await client.profiles.createOrUpdate("lab", "shop", {
      location: "global",
      trafficRoutingMethod: "Weighted",
      dnsConfig: { relativeName: "shop", ttl: 30 },
      monitorConfig: { protocol: "HTTP", port: 80, path: "/" },
      endpoints: [west, north],
    });
    await world.wait(120_000);
  });
  return placeOf(
    world,
    (name) => `tm://${azure.subscriptionId}/lab/${name}`,
    () => azure.nameServers("shop"),
  );
}

export async function openFrontDoor(seed: number): Promise<SwitchPlace> {
  const { world, options } = await openWorld(seed);
  const { azure } = world;
  const client = new CdnManagementClient(azure.credential, azure.subscriptionId, options);
  const host = await world.run(async () => {
    const created = await createFrontDoor(client, { west: 90, north: 10 });
    await world.wait(2 * 3_600_000);
    return created;
  });
  return placeOf(
    world,
    (name) => `afd://${azure.subscriptionId}/lab/${name}/clusters`,
    () => azure.edges(host),
  );
}

/** Profile `shop`, endpoint `shop`, origin group `clusters`. Gives the host of the endpoint. */
export function createFrontDoor(client: CdnManagementClient, weights: Weights): Promise<string> {
  return createProfileOf(client, { group: "lab", name: "shop", endpoints: endpointsOf(weights) });
}

type Weights = Readonly<Record<string, number>>;

function endpointsOf(weights: Weights): ProfileOptions["endpoints"] {
  return Object.entries(weights).map(([name, weight]) => ({ name, host: `${name}.shop.example`, weight }));
}

export async function openApiManagement(seed: number): Promise<SwitchPlace> {
  const { world, options } = await openWorld(seed);
  const { azure } = world;
  const client = new ApiManagementClient(azure.credential, azure.subscriptionId, options);
  await world.run(async () => {
    await createApiManagement(client, { west: 90, north: 10 });
    await world.wait(120_000);
  });
  return placeOf(
    world,
    (name) => `apim://${azure.subscriptionId}/lab/${name}/clusters`,
    () => azure.gateways("shop", "clusters"),
  );
}

/** Service `shop` with a pool of backends `clusters`. */
export function createApiManagement(client: ApiManagementClient, weights: Weights): Promise<void> {
  return createServiceOf(client, { group: "lab", name: "shop", endpoints: endpointsOf(weights) });
}

export async function openWorld(seed: number) {
  const world = await openVirtualWorld({ seed });
  const { azure, httpClient } = world;
  // For its resource group.
  await world.run(() => createPlatform(azure, { group: "lab", name: "prod", nodeCount: 1, httpClient }));
  return { world, options: { endpoint: azure.armUrl, httpClient } };
}

export function inject(world: VirtualWorld, kind: string, parameters: Record<string, unknown>): string {
  const { status, body } = world.azure.control("POST", "/_emulator/faults", { kind, parameters });
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return (body as { id: string }).id;
}

type Answering = () =>
  | { readonly answers: readonly { readonly endpoint: string; readonly weight: number }[] }
  | undefined;

function placeOf(world: VirtualWorld, addressOf: (name: string) => string, answering: Answering): SwitchPlace {
  return {
    world,
    connect: (name = "shop") => world.connectSwitcher({ address: addressOf(name), routes: { west: "aks://west" } }),
    shares: () => Object.fromEntries((answering()?.answers ?? []).map(({ endpoint, weight }) => [endpoint, weight])),
    inject: (kind, parameters) => inject(world, kind, { profile: "shop", ...parameters }),
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}
