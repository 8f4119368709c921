import { ApiManagementClient } from "@azure/arm-apimanagement";
import { expect, test } from "vitest";
import { openVirtualWorld, type VirtualWorld } from "../src/virtual/world.ts";
import { createApiManagement, openWorld } from "./switch-places.ts";

const shop = ["lab", "shop"] as const;

test("keeps services and backends as the official client writes them", async () => {
  using place = await open(1);
  const { client, world } = place;
  await world.run(async () => {
    const startMs = world.kernel.clock.now();
    await createApiManagement(client, { west: 90, north: 10 });
    expect(world.kernel.clock.now() - startMs).toBeGreaterThan(15 * 60_000);
    expect(await client.apiManagementService.get(...shop)).toMatchObject({
      name: "shop",
      type: "Microsoft.ApiManagement/service",
      location: "westeurope",
      sku: { name: "Standard", capacity: 1 },
      provisioningState: "Succeeded",
      gatewayUrl: "https://shop.azure-api.net",
    });
    const id = `/subscriptions/${world.azure.subscriptionId}/resourceGroups/lab/providers/Microsoft.ApiManagement/service/shop/backends`;
    expect(await client.backend.get(...shop, "west")).toMatchObject({
      id: `${id}/west`,
      type: "Microsoft.ApiManagement/service/backends",
      typePropertiesType: "Single",
      url: "https://west.shop.example/api",
      protocol: "http",
      eTag: expect.stringMatching(/^".{12}"$/) as unknown,
    });
    expect(await client.backend.get(...shop, "clusters")).toMatchObject({
      typePropertiesType: "Pool",
      pool: { services: [{ id: `${id}/west`, weight: 90, priority: 1 }, { weight: 10 }] },
    });
    expect(await names(client.backend.listByService(...shop))).toEqual(["west", "north", "clusters"]);
    expect(await names(client.apiManagementService.list())).toEqual(["shop"]);
    await expect(client.backend.delete(...shop, "west", "*")).rejects.toMatchObject({ code: "ValidationError" });
    await client.backend.delete(...shop, "clusters", "*");
    await client.backend.delete(...shop, "clusters", "*");
    await client.backend.delete(...shop, "west", "*");
    await expect(client.backend.get(...shop, "west")).rejects.toMatchObject({
      statusCode: 404,
      code: "ResourceNotFound",
    });
  });
});

test("takes a change only from who has seen what is there", async () => {
  using place = await open(2);
  const { client, world } = place;
  await world.run(async () => {
    await createApiManagement(client, { west: 90, north: 10 });
    const { eTag = "" } = await client.backend.get(...shop, "west");
    const changed = await client.backend.update(...shop, "west", eTag, { title: "West" });
    expect(changed).toMatchObject({ title: "West", url: "https://west.shop.example/api" });
    const late = client.backend.update(...shop, "west", eTag, { title: "East" });
    await expect(late).rejects.toMatchObject({ statusCode: 412, code: "PreconditionFailed" });
    await expect(client.backend.delete(...shop, "west", eTag)).rejects.toMatchObject({ statusCode: 412 });
  });
});

test("of two that move traffic at once one is refused", async () => {
  using place = await open(3);
  const { client, world } = place;
  await world.run(() => createApiManagement(client, { west: 90, north: 10 }));
  const address = `apim://${world.azure.subscriptionId}/lab/shop/clusters`;
  const one = await world.connectSwitcher({ address, routes: {} });
  await world.run(async () => {
    const both = await Promise.allSettled([
      one.switchTo({ west: 100 }).result(),
      one.switchTo({ north: 100 }).result(),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const refused = both.find(({ status }) => status === "rejected");
    expect(refused).toMatchObject({ reason: { code: "conflict" } });
  });
});

test("refuses what is out of range, nested pools and backends that are not there", async () => {
  using place = await open(4);
  const { client, world } = place;
  await world.run(async () => {
    await createApiManagement(client, { west: 90, north: 10 });
    const { pool: { services: [west] = [] } = {}, id: poolId = "" } = await client.backend.get(...shop, "clusters");
    const id = west?.id ?? "";
    const refused = async (pool: unknown, target: string) =>
      expect(await put(world, { type: "Pool", pool })).toMatchObject({
        status: 400,
        body: { error: { code: "ValidationError", details: [{ code: "ValidationError", target }] } },
      });
    await refused({ services: [{ id, weight: 101 }] }, "pool.services[0].weight");
    await refused({ services: [{ id, priority: -1 }] }, "pool.services[0].priority");
    await refused({ services: [{ id: `${id}-gone` }] }, "pool.services[0].id");
    await refused({ services: [{ id: poolId }] }, "pool.services[0].id");
    await refused({ services: [] }, "pool.services");
    expect(await put(world, { url: "west" })).toMatchObject({ body: { error: { details: [{ target: "url" }] } } });
    const orphan = client.backend.createOrUpdate("lab", "none", "west", { url: "https://west", protocol: "http" });
    await expect(orphan).rejects.toMatchObject({ code: "ParentResourceNotFound" });
  });
});

test("gateways divide by weight in the first priority, seconds after a change, also in a world that was kept", async () => {
  using place = await open(5);
  const { client, world } = place;
  await world.run(async () => {
    await createApiManagement(client, { west: 90, north: 10, spare: 0 });
    await world.wait(120_000);
    expect(world.azure.gateways("shop", "clusters")).toEqual({
      ttlSeconds: 0,
      answers: [
        { endpoint: "west", target: "west.shop.example", weight: 90, isReachable: true },
        { endpoint: "north", target: "north.shop.example", weight: 10, isReachable: true },
      ],
    });
    const { eTag = "", pool } = await client.backend.get(...shop, "clusters");
    const services = (pool?.services ?? []).map(({ id }) => ({ id }));
    await client.backend.update(...shop, "clusters", eTag, { pool: { services } });
    expect(world.azure.gateways("shop", "clusters")?.answers).toHaveLength(2);
    await world.wait(120_000);
    expect(world.azure.gateways("shop", "clusters")?.answers.map(({ weight }) => weight)).toEqual([1, 1, 1]);
    expect(world.azure.gateways("shop", "none")).toBeUndefined();
  });
  const text = world.azure.exportState();
  world[Symbol.dispose]();
  using later = await openVirtualWorld({ seed: 5 });
  await later.azure.importState(text);
  expect(later.azure.gateways("shop", "clusters")?.answers).toHaveLength(3);
});

test("a single backend is no switcher", async () => {
  using place = await open(6);
  const { client, world } = place;
  await world.run(() => createApiManagement(client, { west: 90, north: 10 }));
  const connect = (backend: string) =>
    world.connectSwitcher({ address: `apim://${world.azure.subscriptionId}/lab/shop/${backend}`, routes: {} });
  await expect(connect("west")).rejects.toMatchObject({ code: "target-invalid", path: "backend" });
  await expect(connect("a*b")).rejects.toMatchObject({ code: "target-invalid", path: "backend" });
});

interface Place extends Disposable {
  readonly world: VirtualWorld;
  readonly client: ApiManagementClient;
}

async function open(seed: number): Promise<Place> {
  const { world, options } = await openWorld(seed);
  const { azure } = world;
  const client = new ApiManagementClient(azure.credential, azure.subscriptionId, options);
  return { world, client, [Symbol.dispose]: () => world[Symbol.dispose]() };
}

/** As it goes over the wire: the client looks at ranges itself. */
async function put({ azure }: VirtualWorld, properties: Readonly<Record<string, unknown>>) {
  const service = `${azure.armUrl}/subscriptions/${azure.subscriptionId}/resourceGroups/lab/providers/Microsoft.ApiManagement/service/shop`;
  const { token } = await azure.credential.getToken();
  return azure.arm({
    method: "PUT",
    url: `${service}/backends/tried?api-version=2024-05-01`,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ properties })),
  });
}

async function names(resources: AsyncIterable<{ readonly name?: string }>): Promise<readonly (string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for await (const { name } of resources) all.push(name);
  return all;
}
