import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyText,
  clusterPath,
  including,
  kubelets,
  poolPath,
  pools,
  poolTo,
  startWithCluster,
  sundayEveningMs,
  type TestWorld,
  to135,
  withUserPool,
} from "./container-service-world.ts";

describe("the upgrade of a cluster", () => {
  it("takes the control plane first, then one pool after the other", () => {
    const world = withUserPool();
    const { call, settle, trace } = world;
    const accepted = call("PUT", clusterPath, to135);
    expect(accepted.status).toBe(200);
    expect(accepted.body["properties"]).toMatchObject({
      provisioningState: "Upgrading",
      kubernetesVersion: "1.35.1",
      currentKubernetesVersion: "1.34.2",
    });
    expect(settle(accepted)["status"]).toBe("Succeeded");
    const steps = trace("controlplane.upgrading", "controlplane.upgraded", "pool.upgrading", "pool.upgraded");
    expect(steps.map(({ kind, data }) => [kind, data["pool"]])).toEqual([
      ["controlplane.upgrading", undefined],
      ["controlplane.upgraded", undefined],
      ["pool.upgrading", "nodepool1"],
      ["pool.upgraded", "nodepool1"],
      ["pool.upgrading", "work"],
      ["pool.upgraded", "work"],
    ]);
    expect(kubelets(world)).toEqual(Array(6).fill("v1.35.1"));
    for (const pool of pools(world) as unknown as Record<string, unknown>[]) {
      expect(pool).toMatchObject({
        currentOrchestratorVersion: "1.35.1",
        nodeImageVersion: including("2404"),
        provisioningState: "Succeeded",
        count: 3,
      });
    }
  });

  it("moves the cluster's own pods from node to node within their budgets", () => {
    const world = startWithCluster({ systemPods: true, pool: { count: 1 } });
    const isRunning = (pod: { readonly [field: string]: unknown }) =>
      (pod["status"] as { phase?: string } | undefined)?.phase === "Running";
    const running = () => world.cluster().store.list({ group: "", resource: "pods" }, "kube-system").filter(isRunning);
    world.kernel.runFor(120_000);
    const before = running().length;
    expect(before).toBeGreaterThan(0);
    expect(world.settle(world.call("PUT", clusterPath, to135))["status"]).toBe("Succeeded");
    world.kernel.runFor(120_000);
    expect(running()).toHaveLength(before);
  });

  it("cuts the API server off for a while in the middle of the control plane's step", () => {
    const { kernel, call, cluster, trace } = startWithCluster();
    call("PUT", clusterPath, to135);
    const changes: [number, boolean][] = [];
    const startMs = kernel.clock.now();
    cluster().apiServer.onChange((available) => changes.push([kernel.clock.now() - startMs, available]));
    kernel.runFor(3_600_000);
    expect(changes.map(([, available]) => available)).toEqual([false, true]);
    const [gone = 0, back = 0] = changes.map(([timeMs]) => timeMs);
    const doneMs = (trace("controlplane.upgraded")[0]?.timeMs ?? 0) - startMs;
    expect(gone).toBeGreaterThan(0);
    expect(back - gone).toBeGreaterThan(1_000);
    expect(back).toBeLessThan(doneMs);
    expect(trace("controlplane.unreachable").at(-1)?.data["why"]).toBe("upgrade");
  });

  it("goes no further than the control plane when the pools' versions stay as they are", () => {
    const world = startWithCluster();
    const body = { ...to135.properties, agentPoolProfiles: [{ name: "nodepool1", orchestratorVersion: "1.34.2" }] };
    const accepted = world.call("PUT", clusterPath, { location: "westeurope", properties: body });
    expect(world.settle(accepted)["status"]).toBe("Succeeded");
    expect(world.call("GET", clusterPath).body["properties"]["currentKubernetesVersion"]).toBe("1.35.1");
    expect(pools(world)[0]?.["currentOrchestratorVersion"]).toBe("1.34.2");
    expect(world.trace("node.surging")).toEqual([]);
  });

  it.each([
    ["1.36.0", "OperationNotAllowed", "skipped"],
    ["1.34.1", "OperationNotAllowed", "Downgrading"],
    ["1.99.1", "K8sVersionNotSupported", "1.99.1"],
  ])("refuses to go to %s", (kubernetesVersion, code, why) => {
    const { call } = startWithCluster();
    const before = call("GET", clusterPath).body;
    const refused = call("PUT", clusterPath, { location: "westeurope", properties: { kubernetesVersion } });
    expect(refused).toMatchObject({ status: 400, body: { code, message: including(why) } });
    expect(call("GET", clusterPath).body).toEqual(before);
  });

  it("refuses versions for some pools only, and versions of their own", () => {
    const { call } = withUserPool();
    const put = (agentPoolProfiles: unknown[]) =>
      call("PUT", clusterPath, { location: "westeurope", properties: { ...to135.properties, agentPoolProfiles } });
    const refused = { status: 400, body: { code: "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged" } };
    expect(put([{ name: "nodepool1", orchestratorVersion: "1.35.1" }, { name: "work" }])).toMatchObject(refused);
    const own = [
      { name: "nodepool1", orchestratorVersion: "1.34.4" },
      { name: "work", orchestratorVersion: "1.34.2" },
    ];
    expect(put(own)).toMatchObject(refused);
  });

  it("refuses to go without its pools when it upgrades itself", () => {
    const { call } = startWithCluster({ properties: { autoUpgradeProfile: { upgradeChannel: "stable" } } });
    const agentPoolProfiles = [{ name: "nodepool1", orchestratorVersion: "1.34.2" }];
    const body = { location: "westeurope", properties: { ...to135.properties, agentPoolProfiles } };
    expect(call("PUT", clusterPath, body)).toMatchObject({
      status: 400,
      body: { code: "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged" },
    });
  });

  it("keeps what a PUT leaves out, and refuses what cannot change", () => {
    const { call, settle } = startWithCluster();
    const put = call("PUT", clusterPath, { location: "westeurope", properties: { disableLocalAccounts: true } });
    expect(put.body["properties"]).toMatchObject({
      provisioningState: "Updating",
      dnsPrefix: "main",
      disableLocalAccounts: true,
    });
    expect(put.body["properties"]["agentPoolProfiles"][0]["provisioningState"]).toBe("Updating");
    settle(put);
    for (const body of [
      { location: "eastus" },
      { properties: { dnsPrefix: "other" } },
      { properties: { agentPoolProfiles: [{ name: "nodepool1", vmSize: "Standard_D2s_v5" }] } },
    ]) {
      expect(call("PUT", clusterPath, body)).toMatchObject({ status: 400, body: { code: "PropertyChangeNotAllowed" } });
    }
  });
});

describe("the upgrade of a pool", () => {
  it("waits for the control plane", () => {
    const { call } = withUserPool();
    expect(call("PUT", poolPath("work"), poolTo("1.35.1"))).toMatchObject({
      status: 400,
      body: { code: "NodePoolMcVersionIncompatible" },
    });
    expect(call("PUT", poolPath("work"), poolTo("1.34.1"))).toMatchObject({
      status: 400,
      body: { code: "OperationNotAllowed", message: including("Downgrading") },
    });
  });

  it("goes surge node, drain, soak, reimage, and ends with the surge node's removal", () => {
    const world = withUserPool({ upgradeSettings: { maxSurge: "1", nodeSoakDurationInMinutes: 5 }, count: 2 });
    const { call, settle, trace } = world;
    const agentPoolProfiles = ["nodepool1", "work"].map((name) => ({ name, orchestratorVersion: "1.34.2" }));
    settle(
      call("PUT", clusterPath, { location: "westeurope", properties: { ...to135.properties, agentPoolProfiles } }),
    );
    const accepted = call("PUT", poolPath("work"), poolTo("1.35.1"));
    expect(accepted.body["properties"]["provisioningState"]).toBe("Upgrading");
    expect(settle(accepted)["status"]).toBe("Succeeded");
    const steps = trace(
      "node.surged",
      "node.cordoned",
      "node.drained",
      "node.soaking",
      "node.reimaged",
      "node.removed",
    );
    const instance = (node: unknown) => String(node).slice(-1);
    expect(steps.map(({ kind, data }) => `${kind} ${instance(data["node"])}`)).toEqual([
      "node.surged 2",
      ...["0", "1"].flatMap((node) =>
        ["node.cordoned", "node.drained", "node.soaking", "node.reimaged"].map((kind) => `${kind} ${node}`),
      ),
      "node.cordoned 2",
      "node.drained 2",
      "node.removed 2",
    ]);
    const soaking = trace("node.soaking")[0]?.timeMs ?? 0;
    const reimaging = trace("node.reimaging")[0]?.timeMs ?? 0;
    expect(reimaging - soaking).toBe(5 * 60_000);
    expect(kubelets(world).filter((version) => version === "v1.35.1")).toHaveLength(2);
  });

  it("never has more nodes at work, nor more extra nodes, than its settings say", () => {
    const percentOrNodes = fc.oneof(
      fc.integer({ min: 1, max: 4 }).map(String),
      fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
    );
    const settings = fc.oneof(
      percentOrNodes.map((maxSurge) => ({ maxSurge, maxUnavailable: "0" })),
      percentOrNodes.map((maxUnavailable) => ({ maxSurge: "0", maxUnavailable })),
    );
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 6 }), (upgradeSettings, count) => {
        const world = withUserPool({ upgradeSettings, count });
        expect(world.settle(world.call("PUT", clusterPath, to135))["status"]).toBe("Succeeded");
        const surges = upgradeSettings.maxSurge !== "0";
        const text = surges ? upgradeSettings.maxSurge : upgradeSettings.maxUnavailable;
        const wished = text.endsWith("%") ? Math.ceil((Number.parseInt(text, 10) * count) / 100) : Number(text);
        const allowed = Math.min(wished, count);
        const { atWork, extra } = mostAtOnce(world, "work");
        expect(atWork).toBe(allowed);
        expect(extra).toBe(surges ? allowed : 0);
        expect(kubelets(world)).toEqual(Array(3 + count).fill("v1.35.1"));
      }),
      { numRuns: 15 },
    );
  });

  it("moves to the node image of the week, without a new version", () => {
    const world = startWithCluster({ startMs: sundayEveningMs });
    const { kernel, call, settle, trace } = world;
    kernel.runFor(5 * 3_600_000);
    const accepted = call("POST", `${poolPath("nodepool1")}/upgradeNodeImageVersion`);
    expect(accepted.status).toBe(202);
    expect(accepted.headers).toMatchObject({
      location: anyText,
      "azure-asyncoperation": anyText,
    });
    expect(accepted.body["properties"]["provisioningState"]).toBe("UpgradingNodeImageVersion");
    expect(settle(accepted)["status"]).toBe("Succeeded");
    expect(trace("node.reimaged")).toHaveLength(3);
    expect(pools(world)[0]).toMatchObject({
      currentOrchestratorVersion: "1.34.2",
      nodeImageVersion: "AKSUbuntu-2204gen2containerd-202601.12.0",
    });
    const result = call("GET", accepted.headers["location"] ?? "");
    expect(result).toMatchObject({ status: 200, body: { name: "nodepool1" } });
  });
});

/** Nodes of a pool that were between cordon and return at the same time, and surge nodes. */
function mostAtOnce({ kernel }: TestWorld, pool: string): { atWork: number; extra: number } {
  const working = new Set<unknown>();
  const surge = new Set<unknown>();
  let [atWork, extra] = [0, 0];
  for (const { kind, data } of kernel.trace.records()) {
    if (data["pool"] !== pool) continue;
    const { node } = data;
    if (kind === "node.surging") surge.add(node);
    if (kind === "node.cordoned" && !surge.has(node)) working.add(node);
    if (kind === "node.reimaged") working.delete(node);
    if (kind === "node.removed") surge.delete(node);
    atWork = Math.max(atWork, working.size);
    extra = Math.max(extra, surge.size);
  }
  return { atWork, extra };
}
