import { CdnManagementClient } from "@azure/arm-cdn";
import { expect, test } from "vitest";
import { openVirtualWorld, type VirtualWorld } from "../src/virtual/world.ts";
import { createFrontDoor, openFrontDoor, openWorld } from "./switch-places.ts";

const shop = ["lab", "shop"] as const;
const clusters = [...shop, "clusters"] as const;

test("keeps profiles, endpoints, routes, origin groups and origins as the official client writes them", async () => {
  using place = await open(1);
  const { client, world } = place;
  const id = `/subscriptions/${world.azure.subscriptionId}/resourcegroups/lab/providers/Microsoft.Cdn/profiles/shop`;
  await world.run(async () => {
    const host = await createFrontDoor(client, { west: 90, north: 10 });
    expect(await client.profiles.get(...shop)).toMatchObject({
      id,
      name: "shop",
      type: "Microsoft.Cdn/profiles",
      location: "Global",
      kind: "frontdoor",
      tags: {},
      sku: { name: "Standard_AzureFrontDoor" },
      originResponseTimeoutSeconds: 30,
      resourceState: "Active",
      provisioningState: "Succeeded",
    });
    expect(await client.afdOriginGroups.get(...clusters)).toMatchObject({
      id: `${id}/origingroups/clusters`,
      type: "Microsoft.Cdn/profiles/origingroups",
      loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 1_000 },
      healthProbeSettings: { probeRequestType: "HEAD", probeProtocol: "Https", probeIntervalInSeconds: 30 },
      sessionAffinityState: "Disabled",
    });
    expect(await client.afdOrigins.get(...clusters, "WEST")).toMatchObject({
      id: `${id}/origingroups/clusters/origins/west`,
      originGroupName: "clusters",
      hostName: "west.shop.example",
      httpPort: 80,
      httpsPort: 443,
      priority: 1,
      weight: 90,
      enabledState: "Enabled",
      enforceCertificateNameCheck: true,
      provisioningState: "Succeeded",
      deploymentStatus: "NotStarted",
    });
    expect(host).toMatch(/^shop-[0-9a-f]{16}\.z01\.azurefd\.net$/);
    expect(await client.routes.get(...shop, "shop", "all")).toMatchObject({
      patternsToMatch: ["/*"],
      supportedProtocols: ["Http", "Https"],
      forwardingProtocol: "MatchRequest",
      linkToDefaultDomain: "Enabled",
    });
    const changed = await client.afdOrigins.beginUpdateAndWait(...clusters, "north", { weight: 20 });
    expect(changed).toMatchObject({ weight: 20, hostName: "north.shop.example", enabledState: "Enabled" });
    expect(await names(client.afdOrigins.listByOriginGroup(...clusters))).toEqual(["west", "north"]);
    expect(await names(client.profiles.list())).toEqual(["shop"]);
    expect(await names(client.profiles.listByResourceGroup("lab"))).toEqual(["shop"]);
    await client.afdOrigins.beginDeleteAndWait(...clusters, "north");
    await client.afdOrigins.beginDeleteAndWait(...clusters, "north");
    expect(await names(client.afdOrigins.listByOriginGroup(...clusters))).toEqual(["west"]);
    await client.profiles.beginDeleteAndWait(...shop);
    await expect(client.afdOrigins.get(...clusters, "west")).rejects.toMatchObject({ statusCode: 404 });
  });
});

test("tells what it is at, and takes no second change meanwhile", async () => {
  using place = await open(2);
  const { client, world } = place;
  await world.run(async () => {
    await createFrontDoor(client, { west: 90, north: 10 });
    const path = "/profiles/shop/originGroups/clusters/origins/north";
    const accepted = await call(world, "PATCH", path, { properties: { weight: 20 } });
    expect(accepted).toMatchObject({
      status: 202,
      body: { properties: { weight: 20, provisioningState: "Updating" } },
    });
    expect(await call(world, "PATCH", path, { properties: { weight: 30 } })).toMatchObject({
      status: 409,
      body: { error: { code: "Conflict" } },
    });
    const { "azure-asyncoperation": status = "", location = "" } = accepted.headers ?? {};
    expect(await call(world, "GET", status)).toMatchObject({
      status: 200,
      body: { status: "InProgress", error: { code: "None", message: null } },
    });
    expect((await call(world, "GET", location)).status).toBe(202);
    await world.wait(120_000);
    expect(await call(world, "GET", status)).toMatchObject({ body: { status: "Succeeded" } });
    expect(await call(world, "GET", location)).toMatchObject({ status: 200, body: { name: "north" } });
  });
});

test("refuses what is out of range, and what has no parent", async () => {
  using place = await open(3);
  const { client, world } = place;
  await world.run(async () => {
    await createFrontDoor(client, { west: 90 });
    const origins = "/profiles/shop/originGroups/clusters/origins";
    const wrong = [
      [`${origins}/west`, { hostName: "west", weight: 0 }],
      [`${origins}/west`, { hostName: "west", weight: 1_001 }],
      [`${origins}/west`, { hostName: "https://west", weight: 1 }],
      [`${origins}/west`, { weight: 1 }],
      [`${origins}/west`, { hostName: "west", priority: 6 }],
      [`${origins}/west`, { hostName: "west", enabledState: "On" }],
      ["/profiles/shop/originGroups/clusters", {}],
      ["/profiles/shop/originGroups/clusters", { loadBalancingSettings: { additionalLatencyInMilliseconds: 1_001 } }],
      ["/profiles/shop/afdEndpoints/shop/routes/all", {}],
    ] as const;
    for (const [path, properties] of wrong) {
      expect(await call(world, "PUT", path, { properties }), JSON.stringify(properties)).toMatchObject({
        status: 400,
        body: { error: { code: "BadRequest" } },
      });
    }
    const elsewhere = { location: "westeurope", sku: { name: "Standard_AzureFrontDoor" } };
    expect(await call(world, "PUT", "/profiles/other", elsewhere)).toMatchObject({
      body: { error: { code: "LocationNotAvailableForResourceType" } },
    });
    const orphan = client.afdOrigins.beginCreateAndWait(...shop, "none", "west", { hostName: "west" });
    await expect(orphan).rejects.toMatchObject({ statusCode: 404, code: "ParentResourceNotFound" });
  });
});

test.for([1, 2, 3, 4])(
  "a movement to an origin that was made just before ends when edges follow, also when it was interrupted (seed %i)",
  async (seed) => {
    using place = await openFrontDoor(seed);
    const switcher = await place.connect();
    await place.world.run(async () => {
      await switcher.addRoute("south", "south.shop.example").result();
      await switcher.switchTo({ south: 50, north: 50 }).result();
    });
    expect(place.shares()).toEqual({ south: 50, north: 50 });
    await place.world.run(async () => {
      const first = switcher.switchTo({ south: 10, north: 90 });
      await place.world.wait(1_000);
      first.cancel();
      await first.result().catch(() => undefined);
      await switcher.switchTo({ south: 10, north: 90 }).result();
    });
    expect(place.shares()).toEqual({ south: 10, north: 90 });
  },
);

test("edges follow minutes after a change, and the next change after that", async () => {
  using place = await open(4);
  const { client, world } = place;
  await world.run(async () => {
    const host = await createFrontDoor(client, { west: 90, north: 10 });
    const shares = () =>
      Object.fromEntries((world.azure.edges(host)?.answers ?? []).map(({ endpoint, weight }) => [endpoint, weight]));
    await world.wait(3_600_000);
    expect(world.azure.edges(host)?.ttlSeconds).toBe(0);
    expect(shares()).toEqual({ west: 90, north: 10 });
    await client.afdOrigins.beginUpdateAndWait(...clusters, "north", { weight: 50 });
    await client.afdOrigins.beginUpdateAndWait(...clusters, "west", { weight: 50 });
    expect(shares()).toEqual({ west: 90, north: 10 });
    const seen = new Set<string>();
    for (let minute = 0; minute < 90; minute += 1) {
      seen.add(JSON.stringify(shares()));
      await world.wait(60_000);
    }
    expect([...seen].map((one) => JSON.parse(one) as unknown)).toEqual([
      { west: 90, north: 10 },
      { west: 90, north: 50 },
      { west: 50, north: 50 },
    ]);
    await client.afdEndpoints.beginUpdateAndWait(...shop, "shop", { enabledState: "Disabled" });
    await world.wait(3_600_000);
    expect(shares()).toEqual({});
    expect(world.azure.edges("none.azurefd.net")).toBeUndefined();
  });
});

test("is there again in a world that was kept", async () => {
  using place = await open(5);
  const { client, world } = place;
  const host = await world.run(() => createFrontDoor(client, { west: 90, north: 10 }));
  const text = world.azure.exportState();
  world[Symbol.dispose]();
  using later = await openVirtualWorld({ seed: 5 });
  await later.azure.importState(text);
  expect(later.azure.edges(host)?.answers).toMatchObject([{ weight: 90 }, { weight: 10 }]);
});

test("an origin group whose weights do not decide is no switcher", async () => {
  using place = await open(6);
  const { client, world } = place;
  await world.run(() => createFrontDoor(client, { west: 90, north: 10 }));
  const address = `afd://${world.azure.subscriptionId}/lab/shop/clusters`;
  const connect = () => world.connectSwitcher({ address, routes: {} });
  await connect();
  await world.run(() => client.afdOrigins.beginUpdateAndWait(...clusters, "north", { priority: 2 }));
  await expect(connect()).rejects.toMatchObject({ code: "target-invalid", path: "priority" });
  const toFastest = { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 0 };
  await world.run(async () => {
    await client.afdOrigins.beginUpdateAndWait(...clusters, "north", { priority: 1 });
    await client.afdOriginGroups.beginUpdateAndWait(...clusters, { loadBalancingSettings: toFastest });
  });
  await expect(connect()).rejects.toMatchObject({
    code: "target-invalid",
    path: "loadBalancingSettings.additionalLatencyInMilliseconds",
  });
});

interface Place extends Disposable {
  readonly world: VirtualWorld;
  readonly client: CdnManagementClient;
}

async function open(seed: number): Promise<Place> {
  const { world, options } = await openWorld(seed);
  const { azure } = world;
  const client = new CdnManagementClient(azure.credential, azure.subscriptionId, options);
  return { world, client, [Symbol.dispose]: () => world[Symbol.dispose]() };
}

/** As it goes over the wire; `path` below Microsoft.Cdn, or a whole address. */
async function call({ azure }: VirtualWorld, method: string, path: string, body?: unknown) {
  const base = `${azure.armUrl}/subscriptions/${azure.subscriptionId}/resourceGroups/lab/providers/Microsoft.Cdn`;
  const { token } = (await azure.credential.getToken()) ?? {};
  const answer = azure.arm({
    method,
    url: path.startsWith("https://") ? path : `${base}${path}?api-version=2024-02-01`,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
  });
  return { ...answer, headers: answer.headers ?? {} };
}

async function names(resources: AsyncIterable<{ readonly name?: string }>): Promise<readonly (string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for await (const { name } of resources) all.push(name);
  return all;
}
