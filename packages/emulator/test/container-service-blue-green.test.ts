import { describe, expect, it } from "vitest";
import {
  clusterPath,
  including,
  type Json,
  kubelets,
  poolPath,
  poolTo,
  startWithCluster,
  type TestWorld,
} from "./container-service-world.ts";

const minuteMs = 60_000;
const [old, green] = ["v1.34.2", "v1.35.1"];
const settings = {
  drainBatchSize: "50%",
  drainTimeoutInMinutes: 10,
  batchSoakDurationInMinutes: 15,
  finalSoakDurationInMinutes: 60,
};
const blueGreen = { upgradeStrategy: "BlueGreen", upgradeSettingsBlueGreen: settings };

/** Blue-green upgrades are in previews of the API alone. */
const workPath = `${poolPath("nodepool1")}?api-version=2026-03-02-preview`;

/** The control plane on 1.35.1, its pool still on 1.34.2. */
function ready(options: Parameters<typeof startWithCluster>[0] = {}): TestWorld {
  const world = startWithCluster(options);
  const agentPoolProfiles = [{ name: "nodepool1", orchestratorVersion: "1.34.2" }];
  const properties = { kubernetesVersion: "1.35.1", agentPoolProfiles };
  world.settle(world.call("PUT", clusterPath, { location: "westeurope", properties }));
  return world;
}

const pool = ({ call }: TestWorld): Json => call("GET", workPath).body["properties"];

const cordoned = ({ cluster }: TestWorld): number =>
  cluster()
    .store.list({ group: "", resource: "nodes" })
    .filter((node) => (node["spec"] as { unschedulable?: boolean }).unschedulable === true).length;

describe("a blue-green upgrade of a pool", () => {
  it("adds as many green nodes, drains the blue ones in batches with soaks, and deletes them at the end", () => {
    const world = ready();
    const begun = world.kernel.clock.now();
    const put = world.call("PUT", workPath, poolTo("1.35.1", blueGreen));
    expect(put.body["properties"]).toMatchObject({ provisioningState: "Upgrading", ...blueGreen });
    world.kernel.runFor(15 * minuteMs);
    expect(kubelets(world)).toEqual([old, old, old, green, green, green]);
    expect(cordoned(world)).toBe(3);
    const drained = world.trace("node.drained").length;
    expect(drained).toBe(2);
    expect(world.settle(put)["status"]).toBe("Succeeded");
    // Two batches with a soak of 15 minutes each, and an hour at the end.
    expect(world.kernel.clock.now() - begun).toBeGreaterThan(90 * minuteMs);
    expect(kubelets(world)).toEqual(Array(3).fill("v1.35.1"));
    expect(cordoned(world)).toBe(0);
    expect(pool(world)).toMatchObject({ count: 3, currentOrchestratorVersion: "1.35.1" });
  });

  it("leaves the blue nodes as they were when green ones do not come", () => {
    let joins = true;
    const world = ready({ machineJoins: () => joins });
    joins = false;
    const put = world.call("PUT", workPath, poolTo("1.35.1", blueGreen));
    expect(world.settle(put)).toMatchObject({ status: "Failed", error: { code: "VMExtensionProvisioningTimeout" } });
    expect(kubelets(world)).toEqual(Array(3).fill("v1.34.2"));
    expect(cordoned(world)).toBe(0);
  });

  it("pauses when it is aborted, and goes on at the next PUT", () => {
    const world = ready();
    const put = world.call("PUT", workPath, poolTo("1.35.1", blueGreen));
    world.kernel.runFor(15 * minuteMs);
    world.settle(world.call("POST", `${poolPath("nodepool1")}/abort`));
    expect(world.settle(put)["status"]).toBe("Canceled");
    expect(kubelets(world)).toHaveLength(6);
    expect(world.settle(world.call("PUT", workPath, poolTo("1.35.1")))["status"]).toBe("Succeeded");
    expect(kubelets(world)).toEqual(Array(3).fill("v1.35.1"));
  });

  it("goes back to its blue nodes from the last soak, and from nowhere else", () => {
    const world = ready();
    const back = () => world.call("PUT", workPath, poolTo("1.34.2"));
    const abort = () => world.settle(world.call("POST", `${poolPath("nodepool1")}/abort`));
    world.call("PUT", workPath, poolTo("1.35.1", blueGreen));
    world.kernel.runFor(15 * minuteMs);
    abort();
    expect(back()).toMatchObject({ status: 400, body: { message: including("Downgrading") } });
    world.call("PUT", workPath, poolTo("1.35.1"));
    while (!world.provider.clusters.named("main")?.pools.get("nodepool1")?.inFinalSoak) world.kernel.runFor(minuteMs);
    abort();
    expect(world.settle(back())["status"]).toBe("Succeeded");
    expect(kubelets(world)).toEqual(Array(3).fill("v1.34.2"));
    expect(cordoned(world)).toBe(0);
    expect(pool(world)).toMatchObject({ currentOrchestratorVersion: "1.34.2", provisioningState: "Succeeded" });
  });

  it("ends its last soak when a client completes it", () => {
    const world = ready();
    const complete = () =>
      world.call("POST", `${poolPath("nodepool1")}/completeUpgrade?api-version=2026-03-02-preview`);
    const put = world.call("PUT", workPath, poolTo("1.35.1", blueGreen));
    expect(complete()).toMatchObject({ status: 409, body: { code: "OperationNotAllowed" } });
    while (!world.provider.clusters.named("main")?.pools.get("nodepool1")?.inFinalSoak) world.kernel.runFor(minuteMs);
    expect(kubelets(world)).toHaveLength(6);
    expect(complete().status).toBe(202);
    const begun = world.kernel.clock.now();
    expect(world.settle(put)["status"]).toBe("Succeeded");
    expect(world.kernel.clock.now() - begun).toBeLessThan(30 * minuteMs);
    expect(kubelets(world)).toEqual(Array(3).fill("v1.35.1"));
  });

  it("needs quota for twice the nodes, and good settings", () => {
    const world = ready({ vcpuQuota: () => 23 });
    const put = (properties: Record<string, unknown>) => world.call("PUT", workPath, poolTo("1.35.1", properties));
    expect(put(blueGreen)).toMatchObject({ status: 400, body: { code: "ErrCode_InsufficientVCPUQuota" } });
    const bad = { upgradeStrategy: "BlueGreen", upgradeSettingsBlueGreen: { drainBatchSize: "0%" } };
    expect(put(bad)).toMatchObject({ status: 400, body: { message: including("drainBatchSize") } });
  });
});
