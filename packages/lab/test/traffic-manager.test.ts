import { TrafficManagerManagementClient } from "@azure/arm-trafficmanager";
import type { Switcher } from "@fairway/sdk";
import { describe, expect, test } from "vitest";
import { createPlatform } from "../src/live/platform.ts";
import { openVirtualWorld, type VirtualWorld } from "../src/virtual/world.ts";

describe("Traffic Manager, through the official client", () => {
  test("keeps profiles as the official client writes them", async () => {
    using place = await open(1);
    const { client, world } = place;
    await world.run(async () => {
      const created = await client.profiles.createOrUpdate("lab", "shop", { ...described, tags: { team: "pay" } });
      expect(created).toEqual({
        id: `/subscriptions/${world.azure.subscriptionId}/resourceGroups/lab/providers/Microsoft.Network/trafficManagerProfiles/shop`,
        name: "shop",
        type: "Microsoft.Network/trafficManagerProfiles",
        location: "global",
        tags: { team: "pay" },
        profileStatus: "Enabled",
        trafficRoutingMethod: "Weighted",
        dnsConfig: { relativeName: "shop", fqdn: "shop.trafficmanager.net", ttl: 30 },
        monitorConfig: {
          profileMonitorStatus: "CheckingEndpoints",
          protocol: "HTTP",
          port: 80,
          path: "/",
          intervalInSeconds: 30,
          timeoutInSeconds: 10,
          toleratedNumberOfFailures: 3,
        },
        endpoints: [
          expect.objectContaining({ name: "west", weight: 90, priority: 1, endpointMonitorStatus: "CheckingEndpoint" }),
          expect.objectContaining({ name: "north", weight: 1, priority: 2, alwaysServe: "Disabled" }),
        ],
        trafficViewEnrollmentStatus: "Disabled",
        maxReturn: null,
      });
      await world.wait(60_000);
      expect(await client.profiles.get("lab", "SHOP")).toMatchObject({
        monitorConfig: { profileMonitorStatus: "Online" },
        endpoints: [{ endpointMonitorStatus: "Online" }, { endpointMonitorStatus: "Online" }],
      });
      const updated = await client.profiles.update("lab", "shop", { dnsConfig: { ttl: 60 } });
      expect(updated).toMatchObject({ tags: { team: "pay" }, dnsConfig: { relativeName: "shop", ttl: 60 } });
      expect(await names(client.profiles.listByResourceGroup("lab"))).toEqual(["shop"]);
      expect(await names(client.profiles.listBySubscription())).toEqual(["shop"]);
      await client.profiles.delete("lab", "shop");
      await client.profiles.delete("lab", "shop");
      await expect(client.profiles.get("lab", "shop")).rejects.toMatchObject({
        statusCode: 404,
        code: "ResourceNotFound",
      });
    });
  });

  test("keeps endpoints one by one", async () => {
    using place = await open(2);
    const { client, world } = place;
    await world.run(async () => {
      await client.profiles.createOrUpdate("lab", "shop", described);
      const east = { target: "east.shop.example", weight: 5 };
      const made = await client.endpoints.createOrUpdate("lab", "shop", "ExternalEndpoints", "east", east);
      expect(made).toMatchObject({ name: "east", endpointStatus: "Enabled", weight: 5, priority: 3 });
      await client.endpoints.update("lab", "shop", "ExternalEndpoints", "east", { endpointStatus: "Disabled" });
      expect(await client.endpoints.get("lab", "shop", "ExternalEndpoints", "east")).toMatchObject({
        endpointStatus: "Disabled",
        endpointMonitorStatus: "Disabled",
        target: "east.shop.example",
      });
      await client.endpoints.delete("lab", "shop", "ExternalEndpoints", "east");
      await expect(client.endpoints.get("lab", "shop", "ExternalEndpoints", "east")).rejects.toMatchObject({
        statusCode: 404,
      });
      await expect(client.endpoints.get("lab", "none", "ExternalEndpoints", "east")).rejects.toMatchObject({
        code: "ParentResourceNotFound",
      });
    });
  });

  test("refuses what is out of range, and names that others have", async () => {
    using place = await open(3);
    const { client, world } = place;
    const [west] = described.endpoints;
    await world.run(async () => {
      const wrong = [
        { ...described, trafficRoutingMethod: "Random" },
        { ...described, dnsConfig: { relativeName: "shop", ttl: -1 } },
        { ...described, monitorConfig: { ...described.monitorConfig, intervalInSeconds: 20 } },
        { ...described, endpoints: [{ ...west, weight: 1001 }] },
        { ...described, endpoints: [{ ...west, weight: 0 }] },
        { ...described, endpoints: [west, west].flatMap((one) => one ?? []) },
        {
          ...described,
          endpoints: [{ name: "west", type: "Microsoft.Network/trafficManagerProfiles/externalEndpoints" }],
        },
      ];
      for (const profile of wrong) {
        await expect(client.profiles.createOrUpdate("lab", "shop", profile)).rejects.toMatchObject({
          statusCode: 400,
          code: "BadRequest",
        });
      }
      const elsewhere = client.profiles.createOrUpdate("lab", "shop", { ...described, location: "westeurope" });
      await expect(elsewhere).rejects.toMatchObject({ code: "LocationNotAvailableForResourceType" });
      await client.profiles.createOrUpdate("lab", "shop", described);
      await expect(client.profiles.createOrUpdate("lab", "other", described)).rejects.toMatchObject({
        statusCode: 409,
        code: "Conflict",
      });
      const asked = { name: "shop", type: "microsoft.network/trafficmanagerprofiles" };
      expect(await client.profiles.checkTrafficManagerNameAvailabilityV2(asked)).toMatchObject({
        nameAvailable: false,
        reason: "AlreadyExists",
      });
    });
  });

  test("answers by weight, later than the profile says", async () => {
    using place = await open(4);
    const { client, world } = place;
    await world.run(async () => {
      await client.profiles.createOrUpdate("lab", "shop", described);
      await world.wait(120_000);
      expect(shares(world)).toEqual({ west: 90, north: 1 });
      const [west, north] = described.endpoints;
      const moved = [
        { ...west, endpointStatus: "Disabled" },
        { ...north, weight: 100 },
      ];
      await client.profiles.createOrUpdate("lab", "shop", { ...described, endpoints: moved });
      expect(shares(world)).toEqual({ west: 90, north: 1 });
      await world.wait(120_000);
      expect(shares(world)).toEqual({ north: 100 });
      expect(world.azure.nameServers("shop")).toEqual({
        ttlSeconds: 30,
        answers: [{ endpoint: "north", target: "north.shop.example", weight: 100, isReachable: true }],
      });
      expect(world.azure.nameServers("none")).toBeUndefined();
    });
  });

  test("leaves out an endpoint whose probes fail, and takes it in again", async () => {
    using place = await open(5);
    const { client, world } = place;
    const cutOff = (endpoint: string) => inject(world, "endpoint-unreachable", { profile: "shop", endpoint });
    await world.run(async () => {
      await client.profiles.createOrUpdate("lab", "shop", described);
      await world.wait(120_000);
      const fault = cutOff("west");
      await world.wait(100_000);
      expect(world.azure.nameServers("shop")?.answers).toContainEqual(
        expect.objectContaining({ endpoint: "west", isReachable: false }),
      );
      await world.wait(30_000);
      expect(shares(world)).toEqual({ north: 1 });
      expect(await client.profiles.get("lab", "shop")).toMatchObject({
        monitorConfig: { profileMonitorStatus: "Degraded" },
        endpoints: [{ endpointMonitorStatus: "Degraded" }, { endpointMonitorStatus: "Online" }],
      });
      const other = cutOff("north");
      await world.wait(130_000);
      expect(shares(world)).toEqual({ west: 90, north: 1 });
      for (const id of [fault, other]) world.azure.control("DELETE", `/_emulator/faults/${id}`);
      await world.wait(40_000);
      expect(await client.profiles.get("lab", "shop")).toMatchObject({
        monitorConfig: { profileMonitorStatus: "Online" },
      });
    });
    expect(() => cutOff("south")).toThrow("400");
  });
});

describe("the switcher of Traffic Manager", () => {
  test("gives percent, moves them, and ends when callers follow", async () => {
    using place = await open(6);
    const { world } = place;
    const switcher = await place.switcher();
    await world.run(async () => {
      expect(switcher.traits).toEqual({
        decidesPer: "dns-answer",
        smallestStep: 1,
        convergenceMs: 90_000,
        affinity: "dns-cache",
      });
      expect(await switcher.weights()).toEqual({ "aks://west": 99, north: 1 });
      const startMs = world.kernel.clock.now();
      await switcher.switchTo({ north: 100 }).result();
      expect(world.kernel.clock.now() - startMs).toBe(90_000);
      expect(shares(world)).toEqual({ north: 100 });
      expect(await switcher.weights()).toEqual({ "aks://west": 0, north: 100 });
      await switcher.switchTo({ "aks://west": 90, north: 10 }).result();
      expect(shares(world)).toEqual({ west: 90, north: 10 });
      const written = () => world.kernel.trace.records().filter(({ kind }) => kind === "trafficManager.written").length;
      const before = written();
      await switcher.switchTo({ "aks://west": 90, north: 10 }).result();
      expect(written()).toBe(before);
    });
  });

  test("refuses weights that are none, routes that are not there, and profiles that route otherwise", async () => {
    using place = await open(7);
    const { world, client } = place;
    const switcher = await place.switcher();
    const refused = async (weights: Record<string, number>, code: string) =>
      await expect(world.run(() => switcher.switchTo(weights).result())).rejects.toMatchObject({ code });
    await refused({ north: 90 }, "traffic-invalid");
    await refused({ north: 50.5, "aks://west": 49.5 }, "traffic-invalid");
    await refused({ south: 100 }, "revision-not-found");
    await world.run(() => client.profiles.update("lab", "shop", { trafficRoutingMethod: "Priority" }));
    await expect(place.switcher()).rejects.toMatchObject({ code: "target-invalid" });
    await world.run(() => client.profiles.delete("lab", "shop"));
    await expect(place.switcher()).rejects.toMatchObject({ code: "target-not-found" });
  });

  test("switch-refused: the switch fails, and traffic stays", async () => {
    using place = await open(8);
    const { world } = place;
    const switcher = await place.switcher();
    inject(world, "switch-refused", { profile: "shop" });
    await expect(world.run(() => switcher.switchTo({ north: 100 }).result())).rejects.toMatchObject({
      code: "platform",
      message: expect.stringContaining("Traffic Manager profile shop in resource group lab") as unknown,
    });
    expect(await world.run(() => switcher.weights())).toEqual({ "aks://west": 99, north: 1 });
  });

  test("switch-lag: the profile shows the change long before anybody follows it", async () => {
    using place = await open(9);
    const { world } = place;
    const switcher = await place.switcher();
    inject(world, "switch-lag", { profile: "shop", lagSeconds: 600 });
    await world.run(async () => {
      await switcher.switchTo({ north: 100 }).result();
      expect(await switcher.weights()).toEqual({ "aks://west": 0, north: 100 });
      expect(shares(world)).toEqual({ west: 90, north: 1 });
      await world.wait(600_000);
      expect(shares(world)).toEqual({ north: 100 });
    });
  });
});

interface Place extends Disposable {
  readonly world: VirtualWorld;
  readonly client: TrafficManagerManagementClient;
  /** Of the profile `shop`, which is made when it is not there. */
  switcher(): Promise<Switcher>;
}

async function open(seed: number): Promise<Place> {
  const world = await openVirtualWorld({ seed });
  const { azure, httpClient } = world;
  // For its resource group.
  await world.run(() => createPlatform(azure, { group: "lab", name: "prod", nodeCount: 1, httpClient }));
  const options = { endpoint: azure.armUrl, httpClient };
  const client = new TrafficManagerManagementClient(azure.credential, azure.subscriptionId, options);
  let isMade = false;
  return {
    world,
    client,
    async switcher() {
      if (!isMade) {
        isMade = true;
        await world.run(async () => {
          await client.profiles.createOrUpdate("lab", "shop", described);
          await world.wait(120_000);
        });
      }
      const reference = { address: `tm://${azure.subscriptionId}/lab/shop`, routes: { west: "aks://west" } };
      return await world.connectSwitcher(reference);
    },
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}

const described = {
  location: "global",
  trafficRoutingMethod: "Weighted",
  dnsConfig: { relativeName: "shop", ttl: 30 },
  monitorConfig: { protocol: "HTTP", port: 80, path: "/" },
  endpoints: [
    {
      name: "west",
      type: "Microsoft.Network/trafficManagerProfiles/externalEndpoints",
      target: "west.shop.example",
      weight: 90,
    },
    {
      name: "north",
      type: "Microsoft.Network/trafficManagerProfiles/externalEndpoints",
      target: "north.shop.example",
    },
  ],
};

/** What name servers answer now. */
function shares(world: VirtualWorld): Record<string, number> {
  const { answers = [] } = world.azure.nameServers("shop") ?? {};
  return Object.fromEntries(answers.map(({ endpoint, weight }) => [endpoint, weight]));
}

function inject(world: VirtualWorld, kind: string, parameters: Record<string, unknown>): string {
  const { status, body } = world.azure.control("POST", "/_emulator/faults", { kind, parameters });
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return (body as { id: string }).id;
}

async function names(profiles: AsyncIterable<{ readonly name?: string }>): Promise<readonly (string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for await (const { name } of profiles) all.push(name);
  return all;
}
