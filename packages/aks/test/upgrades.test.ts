import { describe, expect, test } from "vitest";
import { armClient, cluster, like, messages, resourceGroup, shop, startCluster } from "./azure.ts";

describe.concurrent("upgrades", () => {
  test("are told as they can be reached, newest last", async () => {
    await using world = await startCluster();
    const upgrades = world.target.capability("upgrades");
    const versions = (await upgrades.available()).map(({ version }) => version);
    expect(versions).toContain("1.35.1");
    expect(versions.map(comparable)).toEqual(versions.map(comparable).toSorted());
    expect(await upgrades.status()).toMatchObject({
      version: "1.34.2",
      provisioningState: "Succeeded",
      pools: [{ name: "pool1", version: "1.34.2", count: 3 }],
      nodes: Array.from({ length: 3 }, () => ({ pool: "pool1", version: "1.34.2", ready: true, schedulable: true })),
    });
  });

  test("leave the nodes alone when nobody wants to hear of them", async ({ expect: expectHere }) => {
    await using world = await startCluster({ timeScale: 300 });
    const operation = world.target.capability("upgrades").start("1.35.1", { tellsNodes: false });
    const { nodes } = await operation.result();
    expectHere(nodes.map(({ version }) => version)).toEqual(["1.35.1", "1.35.1", "1.35.1"]);
    expectHere(await messages(operation)).toEqual([
      "Upgrading main to 1.35.1: control plane, then pool1",
      "The cluster is at 1.35.1",
    ]);
  });

  test("go through control plane and nodes and are followed node by node", async ({ expect: expectHere }) => {
    await using world = await startCluster({ timeScale: 300 });
    const upgrades = world.target.capability("upgrades");
    await world.target.apply(shop({ scale: { min: 2, max: 2 } })).result();
    const operation = upgrades.start("1.35.1");
    const status = await operation.result();
    expect(status).toMatchObject({ version: "1.35.1", pools: [{ version: "1.35.1", count: 3 }] });
    expect(status.nodes.map(({ version }) => version)).toEqual(["1.35.1", "1.35.1", "1.35.1"]);
    const said = await messages(operation);
    expect(said[0]).toBe("Upgrading main to 1.35.1: control plane, then pool1");
    expect(said).toContainEqual("Control plane is at 1.34.2, going to 1.35.1");
    expect(said).toContainEqual("Control plane is at 1.35.1");
    expect(said).toContainEqual(like(/^pool1: [12] of 3 nodes at 1\.35\.1, draining aks-pool1-/));
    expect(said.at(-1)).toBe("The cluster is at 1.35.1");
    await expectHere.poll(async () => (await world.target.status("shop")).health, { timeout: 10_000 }).toBe("healthy");
  });

  test("of the control plane alone leave the pools, which follow one by one", async () => {
    await using world = await startCluster();
    const upgrades = world.target.capability("upgrades");
    const controlPlane = await upgrades.start("1.35.1", { pools: [] }).result();
    expect(controlPlane).toMatchObject({ version: "1.35.1", pools: [{ name: "pool1", version: "1.34.2" }] });
    const pool = await upgrades.start("1.35.1", { pools: ["pool1"], controlPlane: false }).result();
    expect(pool).toMatchObject({ version: "1.35.1", pools: [{ name: "pool1", version: "1.35.1" }] });
  });

  test("that a disruption budget forbids are refused with its name", async () => {
    await using world = await startCluster();
    const { name } = await world.target
      .apply(shop({ scale: { min: 2, max: 2 }, availability: { maxUnavailable: 0 } }))
      .result();
    const upgrades = world.target.capability("upgrades");
    await expect(upgrades.start("1.35.1").result()).rejects.toMatchObject({
      code: "upgrade-failed",
      message: like(new RegExp(`payments/${name}`)),
      hint: like(new RegExp(`payments/${name} \\(2 healthy, 2 wanted\\)`)),
    });
    expect(await upgrades.status()).toMatchObject({ version: "1.34.2", provisioningState: "Succeeded" });
  });

  test("that somebody's old API keeps from starting are refused with what to do about it", async () => {
    await using world = await startCluster();
    const parameters = { cluster: "main", api: "policy/v1beta1" };
    world.azure.control("POST", "/_emulator/faults", { kind: "removed-api", parameters });
    await expect(world.target.capability("upgrades").start("1.35.1").result()).rejects.toMatchObject({
      code: "upgrade-failed",
      message: like(/policy\/v1beta1/),
      hint: like(/newer API/),
    });
  });

  test("that cannot drain a node fail with the reason inside of Azure's answer", async () => {
    // A drain may take 30 minutes, which are 3 seconds here; a new replica takes longer until it is ready.
    await using world = await startCluster({ timeScale: 600 });
    const app = shop({
      scale: { min: 2, max: 2 },
      probes: { readiness: { initialDelaySeconds: 8, periodSeconds: 1 } },
    });
    const { name } = await world.target.apply(app).result();
    const upgrades = world.target.capability("upgrades");
    await expect(upgrades.start("1.35.1").result()).rejects.toMatchObject({
      code: "upgrade-failed",
      message: like(new RegExp(name)),
      hint: like(/start the upgrade again/),
    });
    expect(await upgrades.status()).toMatchObject({ provisioningState: "Failed" });
  });

  test("that are cancelled stop where they are", async () => {
    await using world = await startCluster({ timeScale: 120 });
    const upgrades = world.target.capability("upgrades");
    const operation = upgrades.start("1.35.1");
    for await (const { message } of operation.events()) if (message.startsWith("pool1")) break;
    operation.cancel();
    await expect(operation.result()).rejects.toMatchObject({ code: "operation-cancelled" });
    const status = await upgrades.status();
    expect(status.provisioningState).toMatch(/^Cancel(ing|ed)$/);
  });

  test("can be aborted by somebody else", async () => {
    await using world = await startCluster({ timeScale: 120 });
    const operation = world.target.capability("upgrades").start("1.35.1");
    for await (const { message } of operation.events()) if (message.startsWith("pool1")) break;
    const other = await world.connect();
    expect(await other.capability("upgrades").abort().result()).toMatchObject({ provisioningState: "Canceled" });
    await expect(operation.result()).rejects.toMatchObject({ code: "upgrade-failed" });
  });

  test("to what is no version, or of a pool that is not there, are refused", async () => {
    await using world = await startCluster();
    const upgrades = world.target.capability("upgrades");
    await expect(upgrades.start("newest").result()).rejects.toMatchObject({ code: "upgrade-invalid", path: "version" });
    await expect(upgrades.start("1.35.1", { pools: ["gpu"] }).result()).rejects.toMatchObject({
      code: "upgrade-invalid",
      message: like(/gpu/),
      hint: like(/pool1/),
    });
  });

  test.for(["1.99.0", "1.36.1", "1.34.1"])("to %s are refused, with the versions to go to", async (version) => {
    await using world = await startCluster();
    const upgrades = world.target.capability("upgrades");
    const operation = upgrades.start(version);
    await expect(operation.result()).rejects.toMatchObject({
      code: "upgrade-invalid",
      path: "version",
      message: like(new RegExp(version.replaceAll(".", "\\."))),
      hint: like(/^The cluster is at 1\.34\.2 and can go to (1\.34\.4, )?1\.35\.0, 1\.35\.1/),
    });
    expect(await messages(operation)).toEqual([]);
    expect(await upgrades.status()).toMatchObject({ version: "1.34.2", provisioningState: "Succeeded" });
  });

  test("cannot be aborted when none runs, which the hint says", async () => {
    await using world = await startCluster();
    await expect(world.target.capability("upgrades").abort().result()).rejects.toMatchObject({
      code: "conflict",
      hint: like(/nothing to abort: the cluster is Succeeded/),
    });
  });

  test("while another operation runs are refused", async () => {
    await using world = await startCluster({ timeScale: 120 });
    const upgrades = world.target.capability("upgrades");
    const client = armClient(world.azure);
    const current = await client.managedClusters.get(resourceGroup, cluster);
    await client.managedClusters
      .createOrUpdate(resourceGroup, cluster, { ...current, tags: { team: "shop" } })
      .submitted();
    await expect(upgrades.start("1.35.1").result()).rejects.toMatchObject({ code: "operation-in-progress" });
  });
});

function comparable(version: string): string {
  return version
    .split(".")
    .map((part) => part.padStart(4, "0"))
    .join(".");
}
