import { describe, expect, test } from "vitest";
import { openApiManagement, openFrontDoor, openTrafficManager, switchPlaces } from "./switch-places.ts";

const noon = 12 * 3_600_000;

describe.each(Object.entries(switchPlaces))("the switcher of %s", (_, open) => {
  test("gives percent, moves them, and ends when callers follow", async () => {
    using place = await open(1);
    const { world } = place;
    const switcher = await place.connect();
    await world.run(async () => {
      expect(await switcher.weights()).toEqual({ "aks://west": 90, north: 10 });
      await switcher.switchTo({ north: 100 }).result();
      expect(Object.keys(place.shares())).toEqual(["north"]);
      expect(await switcher.weights()).toEqual({ "aks://west": 0, north: 100 });
      await switcher.switchTo({ "aks://west": 99, north: 1 }).result();
      expect(place.shares()["north"]).toBeLessThan((place.shares()["west"] ?? 0) / 50);
      expect(await switcher.weights()).toEqual({ "aks://west": 99, north: 1 });
    });
  });

  test("leaves callers at no moment without anybody who takes them", async () => {
    using place = await open(2);
    const { world } = place;
    const switcher = await place.connect();
    await world.run(async () => {
      await switcher.switchTo({ "aks://west": 100 }).result();
      let isOver = false;
      const moved = switcher
        .switchTo({ north: 100 })
        .result()
        .finally(() => {
          isOver = true;
        });
      while (!isOver) {
        expect(Object.values(place.shares()).reduce((sum, weight) => sum + weight, 0)).toBeGreaterThan(0);
        await world.wait(5_000);
      }
      await moved;
      expect(Object.keys(place.shares())).toEqual(["north"]);
    });
  });

  test("writes nothing when it is so already, and waits all the same", async () => {
    using place = await open(3);
    const { world } = place;
    const switcher = await place.connect();
    const written = () => world.kernel.trace.records().filter(({ kind }) => kind.endsWith(".written")).length;
    await world.run(async () => {
      const before = written();
      const startMs = world.kernel.clock.now();
      await switcher.switchTo({ "aks://west": 90, north: 10 }).result();
      expect(written()).toBe(before);
      expect(world.kernel.clock.now() - startMs).toBe(switcher.traits.convergenceMs);
    });
  });

  test("refuses weights that are none, routes that are not there, and what is not there itself", async () => {
    using place = await open(4);
    const switcher = await place.connect();
    const refused = async (weights: Record<string, number>, code: string) =>
      await expect(place.world.run(() => switcher.switchTo(weights).result())).rejects.toMatchObject({ code });
    await refused({ north: 90 }, "traffic-invalid");
    await refused({ north: 50.5, "aks://west": 49.5 }, "traffic-invalid");
    await refused({ south: 100 }, "revision-not-found");
    await expect(place.connect("none")).rejects.toMatchObject({ code: "target-not-found" });
  });

  test("adds a route without traffic, and takes it away when it has none", async () => {
    using place = await open(5);
    const { world } = place;
    const switcher = await place.connect();
    await world.run(async () => {
      const added = "aks://sub/group/south";
      await switcher.addRoute(added, "south.shop.example").result();
      await switcher.addRoute(added, "south.shop.example").result();
      expect(await switcher.weights()).toEqual({ "aks://west": 90, north: 10, south: 0 });
      await switcher.removeRoute("south").result();
      await switcher.removeRoute("south").result();
      expect(await switcher.weights()).toEqual({ "aks://west": 90, north: 10 });
      await expect(switcher.removeRoute("north").result()).rejects.toMatchObject({ code: "conflict" });
    });
  });

  test("switch-refused: the switch fails, and traffic stays", async () => {
    using place = await open(6);
    const { world } = place;
    const switcher = await place.connect();
    place.inject("switch-refused", {});
    await expect(world.run(() => switcher.switchTo({ north: 100 }).result())).rejects.toMatchObject({
      code: "platform",
      message: expect.stringMatching(/shop.* in resource group lab/) as unknown,
    });
    expect(await world.run(() => switcher.weights())).toEqual({ "aks://west": 90, north: 10 });
  });

  test("switch-lag: the change is shown long before anybody follows it", async () => {
    using place = await open(7);
    const { world } = place;
    const switcher = await place.connect();
    place.inject("switch-lag", { lagSeconds: noon / 1_000 });
    await world.run(async () => {
      await switcher.switchTo({ north: 100 }).result();
      expect(await switcher.weights()).toEqual({ "aks://west": 0, north: 100 });
      expect(place.shares()).toEqual({ west: 90, north: 10 });
      await world.wait(noon);
      expect(Object.keys(place.shares())).toEqual(["north"]);
    });
  });

  test("endpoint-unreachable: who cannot be reached is left out a while later, and taken in again", async () => {
    using place = await open(8);
    const { world } = place;
    await world.run(async () => {
      const fault = place.inject("endpoint-unreachable", { endpoint: "west" });
      expect(Object.keys(place.shares())).toEqual(["west", "north"]);
      await world.wait(10 * 60_000);
      expect(Object.keys(place.shares())).toEqual(["north"]);
      world.azure.control("DELETE", `/_emulator/faults/${fault}`);
      await world.wait(10 * 60_000);
      expect(Object.keys(place.shares())).toEqual(["west", "north"]);
    });
    expect(() => place.inject("endpoint-unreachable", { endpoint: "south" })).toThrow("400");
  });
});

test("a switcher says what it is", async () => {
  using dns = await openTrafficManager(9);
  expect((await dns.connect()).traits).toEqual({
    decidesPer: "dns-answer",
    smallestStep: 1,
    convergenceMs: 90_000,
    affinity: "dns-cache",
  });
  using edge = await openFrontDoor(9);
  expect((await edge.connect()).traits).toEqual({
    decidesPer: "request",
    smallestStep: 1,
    convergenceMs: 40 * 60_000,
    affinity: "none",
  });
  using gateway = await openApiManagement(9);
  expect((await gateway.connect()).traits).toEqual({
    decidesPer: "request",
    smallestStep: 1,
    convergenceMs: 60_000,
    affinity: "none",
  });
});
