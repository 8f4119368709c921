import { TrafficManagerManagementClient } from "@azure/arm-trafficmanager";
import { describe, expect, test } from "vitest";
import { openVirtualWorld, type VirtualWorld } from "../src/virtual/world.ts";
import { inject, openWorld } from "./switch-places.ts";

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

test("a profile that routes otherwise is no switcher", async () => {
  using place = await open(7);
  const { world, client } = place;
  await world.run(() =>
    client.profiles.createOrUpdate("lab", "shop", { ...described, trafficRoutingMethod: "Priority" }),
  );
  const address = `tm://${world.azure.subscriptionId}/lab/shop`;
  await expect(world.connectSwitcher({ address, routes: {} })).rejects.toMatchObject({ code: "target-invalid" });
});

interface Place extends Disposable {
  readonly world: VirtualWorld;
  readonly client: TrafficManagerManagementClient;
}

test("is answered with at once in a world that was kept", async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    using place = await open(seed);
    const { client, world } = place;
    await world.run(() => client.profiles.createOrUpdate("lab", "shop", described));
    const text = world.azure.exportState();
    world[Symbol.dispose]();
    using later = await openVirtualWorld({ seed });
    await later.azure.importState(text);
    expect(shares(later)).toEqual({ west: 90, north: 1 });
  }
});

async function open(seed: number): Promise<Place> {
  const { world, options } = await openWorld(seed);
  const { azure } = world;
  const client = new TrafficManagerManagementClient(azure.credential, azure.subscriptionId, options);
  return { world, client, [Symbol.dispose]: () => world[Symbol.dispose]() };
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

async function names(profiles: AsyncIterable<{ readonly name?: string }>): Promise<readonly (string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for await (const { name } of profiles) all.push(name);
  return all;
}
