import { describe, expect, it } from "vitest";
import {
  anyText,
  clusterPath,
  kubelets,
  like,
  poolPath,
  pools,
  poolTo,
  startWithCluster,
  type TestWorld,
  to135,
  withUserPool,
} from "./container-service-world.ts";

describe("one operation at a time", () => {
  it("refuses a second write on the cluster and on its pools, and says what runs", () => {
    const { call, kernel } = startWithCluster();
    call("PUT", clusterPath, to135);
    kernel.runFor(65_000);
    for (const refused of [
      call("PUT", clusterPath, to135),
      call("PUT", poolPath("nodepool1"), poolTo("1.34.2")),
      call("PUT", poolPath("extra"), { properties: { count: 1, vmSize: "Standard_D4s_v5" } }),
      call("PATCH", clusterPath, { tags: {} }),
    ]) {
      expect(refused).toMatchObject({
        status: 409,
        body: {
          code: "OperationNotAllowed",
          message: like(/upgrade managed cluster.*65 seconds ago/),
        },
      });
    }
  });

  it("lets pools go side by side, and the cluster wait for them", () => {
    const { call, settle } = withUserPool();
    const [first, second] = ["nodepool1", "work"].map((pool) =>
      call("PUT", poolPath(pool), { properties: { count: 4 } }),
    );
    expect([first?.status, second?.status]).toEqual([200, 200]);
    expect(call("PUT", poolPath("work"), { properties: { count: 5 } }).status).toBe(409);
    expect(call("PUT", clusterPath, to135).status).toBe(409);
    if (first && second)
      expect([settle(first)["status"], settle(second)["status"]]).toEqual(["Succeeded", "Succeeded"]);
    expect(call("PUT", clusterPath, to135).status).toBe(200);
  });
});

describe("scaling", () => {
  it("adds nodes, and removes the newest", () => {
    const world = startWithCluster();
    const { call, settle, cluster } = world;
    const out = call("PUT", poolPath("nodepool1"), { properties: { count: 5 } });
    expect(out.body["properties"]).toMatchObject({ provisioningState: "Scaling", count: 5 });
    settle(out);
    const names = () =>
      cluster()
        .store.list({ group: "", resource: "nodes" })
        .map(({ metadata }) => metadata.name.slice(-1));
    expect(names().toSorted()).toEqual(["0", "1", "2", "3", "4"]);
    settle(call("PUT", poolPath("nodepool1"), { properties: { count: 2 } }));
    expect(names().toSorted()).toEqual(["0", "1"]);
  });

  it("creates and deletes pools, but not the last system pool", () => {
    const world = withUserPool();
    const { call, settle } = world;
    expect(pools(world)).toHaveLength(2);
    const last = call("DELETE", poolPath("nodepool1"));
    expect(last).toMatchObject({ status: 400, body: { code: "OperationNotAllowed" } });
    const deleted = call("DELETE", poolPath("work"));
    expect(deleted.status).toBe(202);
    expect(call("GET", poolPath("work")).body["properties"]["provisioningState"]).toBe("Deleting");
    expect(settle(deleted)["status"]).toBe("Succeeded");
    expect(call("GET", poolPath("work")).status).toBe(404);
    expect(kubelets(world)).toHaveLength(3);
  });
});

describe("quota", () => {
  it("refuses what it has no vCPUs for", () => {
    const vcpuQuota = () => 16;
    const { call } = startWithCluster({ vcpuQuota });
    expect(call("PUT", poolPath("nodepool1"), { properties: { count: 5 } })).toMatchObject({
      status: 400,
      body: {
        code: "ErrCode_InsufficientVCPUQuota",
        message:
          "Insufficient vcpu quota requested 8, remaining 4 for family standardDSv5Family for region westeurope.",
      },
    });
  });

  it("stops an upgrade whose surge it has no vCPUs for, before it starts", () => {
    const { call, trace } = startWithCluster({ vcpuQuota: () => 12 });
    expect(call("PUT", clusterPath, to135)).toMatchObject({
      status: 400,
      body: { code: "ErrCode_InsufficientVCPUQuota" },
    });
    expect(trace("controlplane.upgrading")).toEqual([]);
  });

  it("leaves a surge of one to Kubernetes 1.35 and later", () => {
    const world = startWithCluster({ vcpuQuota: () => 16, pool: { upgradeSettings: { maxSurge: "3" } } });
    expect(world.settle(world.call("PUT", clusterPath, to135))["status"]).toBe("Succeeded");
    expect(world.trace("node.surging")).toHaveLength(1);
    const older = startWithCluster({ vcpuQuota: () => 16, pool: { upgradeSettings: { maxSurge: "3" } } });
    const to1344 = { location: "westeurope", properties: { kubernetesVersion: "1.34.4" } };
    expect(older.call("PUT", clusterPath, to1344).body["code"]).toBe("ErrCode_InsufficientVCPUQuota");
  });

  it("that runs out in the middle leaves the cluster half upgraded, and a later PUT goes on", () => {
    let quota = 100;
    const world = withQuota(() => quota);
    const { call, settle, trace } = world;
    const accepted = call("PUT", clusterPath, to135);
    quota = 24;
    expect(settle(accepted)).toMatchObject({ status: "Failed", error: { code: "QuotaExceeded" } });
    const { properties } = call("GET", clusterPath).body as unknown as { properties: Record<string, unknown> };
    expect(properties).toMatchObject({ provisioningState: "Failed", currentKubernetesVersion: "1.35.1" });
    expect(pools(world)[0]).toMatchObject({
      provisioningState: "Failed",
      orchestratorVersion: "1.35.1",
      currentOrchestratorVersion: "1.34.2",
    });
    quota = 100;
    expect(settle(call("PUT", clusterPath, { location: "westeurope" }))["status"]).toBe("Succeeded");
    expect(trace("node.reimaged")).toHaveLength(6);
    expect(call("GET", clusterPath).body["properties"]["provisioningState"]).toBe("Succeeded");
  });

  function withQuota(vcpuQuota: () => number): TestWorld {
    const world = startWithCluster({ vcpuQuota });
    const properties = { count: 3, vmSize: "Standard_D4s_v5", mode: "User" };
    world.settle(world.call("PUT", poolPath("work"), { properties }));
    return world;
  }
});

describe("an abort", () => {
  it("stops where it is, rolls nothing back, and a later PUT goes on", () => {
    const world = startWithCluster();
    const { call, settle, kernel, trace } = world;
    const upgrade = call("PUT", clusterPath, to135);
    while (trace("node.reimaged").length === 0) kernel.step();
    kernel.runFor(10_000);
    const abort = call("POST", `${clusterPath}/abort`);
    expect(abort.status).toBe(202);
    expect(call("GET", clusterPath).body["properties"]["provisioningState"]).toBe("Canceling");
    expect(settle(abort)["status"]).toBe("Succeeded");
    expect(settle(upgrade)).toMatchObject({ status: "Canceled", error: { code: "OperationCanceled" } });
    expect(call("GET", clusterPath).body["properties"]["provisioningState"]).toBe("Canceled");
    expect(pools(world)[0]?.["provisioningState"]).toBe("Canceled");
    kernel.runFor(3_600_000);
    expect(trace("node.reimaged")).toHaveLength(1);
    expect(new Set(kubelets(world))).toEqual(new Set(["v1.34.2", "v1.35.1"]));

    expect(settle(call("PUT", clusterPath, { location: "westeurope" }))["status"]).toBe("Succeeded");
    expect(kubelets(world)).toEqual(Array(3).fill("v1.35.1"));
    expect(trace("node.surging")).toHaveLength(1);
  });

  it("while nothing is under way is refused", () => {
    const { call } = startWithCluster();
    expect(call("POST", `${clusterPath}/abort`)).toMatchObject({ status: 409, body: { code: "OperationNotAllowed" } });
    expect(call("POST", `${poolPath("nodepool1")}/abort`).status).toBe(409);
  });

  it.each([
    { work: "an upgrade", method: "PUT", path: clusterPath, body: to135 },
    { work: "a rotation of certificates", method: "POST", path: `${clusterPath}/rotateClusterCertificates`, body: {} },
  ])("brings the API server back when it comes in its absence, by $work", ({ method, path, body }) => {
    const { call, settle, kernel, cluster } = startWithCluster();
    call(method, path, body);
    while (cluster().apiServer.available) kernel.step();
    settle(call("POST", `${clusterPath}/abort`));
    expect(cluster().apiServer.available).toBe(true);
  });

  it("of one pool leaves the others alone", () => {
    const world = withUserPool();
    const scaled = world.call("PUT", poolPath("work"), { properties: { count: 5 } });
    const other = world.call("PUT", poolPath("nodepool1"), { properties: { count: 4 } });
    world.kernel.runFor(1_000);
    world.settle(world.call("POST", `${poolPath("work")}/abort`));
    expect(world.settle(scaled)["status"]).toBe("Canceled");
    expect(world.settle(other)["status"]).toBe("Succeeded");
    expect(pools(world)).toMatchObject([{ provisioningState: "Succeeded" }, { provisioningState: "Canceled" }]);
  });
});

describe("a delete", () => {
  it("stops what is under way, and the cluster is gone in the end", () => {
    const { call, settle, kernel } = startWithCluster();
    const upgrade = call("PUT", clusterPath, to135);
    kernel.runFor(60_000);
    const deleted = call("DELETE", clusterPath);
    expect(deleted.status).toBe(202);
    expect(deleted.headers).toMatchObject({ location: anyText, "azure-asyncoperation": anyText });
    expect(settle(upgrade)).toMatchObject({ status: "Canceled", error: { code: "AKSOperationPreemptedByDelete" } });
    expect(call("GET", clusterPath).body["properties"]["provisioningState"]).toBe("Deleting");
    expect(call("DELETE", clusterPath).headers["azure-asyncoperation"]).toBe(deleted.headers["azure-asyncoperation"]);
    expect(settle(deleted)["status"]).toBe("Succeeded");
    expect(call("GET", clusterPath).status).toBe(404);
  });
});

describe("a node that never joins", () => {
  const nodeJoinFailed = (pool: string) => ({ kind: "node-join-failed", parameters: { cluster: "main", pool } });

  it("fails an upgrade after its time, and a later PUT goes on", () => {
    const world = startWithCluster();
    world.faults.inject(nodeJoinFailed("nodepool1"));
    const end = world.settle(world.call("PUT", clusterPath, to135));
    expect(end).toMatchObject({ status: "Failed", error: { code: "VMExtensionProvisioningTimeout" } });
    expect(world.cluster().store.list({ group: "", resource: "nodes" })).toHaveLength(3);
    expect(world.settle(world.call("PUT", clusterPath, { location: "westeurope" }))["status"]).toBe("Succeeded");
    expect(kubelets(world)).toEqual(Array(3).fill("v1.35.1"));
  });

  it("that was reimaged leaves its pool a node short, and is reimaged again by a later PUT", () => {
    const world = startWithCluster();
    const upgrade = world.call("PUT", clusterPath, to135);
    while (world.trace("node.surged").length === 0) world.kernel.step();
    world.faults.inject(nodeJoinFailed("nodepool1"));
    expect(world.settle(upgrade)).toMatchObject({
      status: "Failed",
      error: { code: "VMExtensionProvisioningTimeout" },
    });
    expect(world.trace("node.reimaged")).toHaveLength(0);
    expect(world.settle(world.call("PUT", clusterPath, { location: "westeurope" }))["status"]).toBe("Succeeded");
    expect(kubelets(world)).toEqual(Array(3).fill("v1.35.1"));
  });
});

describe("machines of a pool", () => {
  it("are listed, and deleted by name with the count going down", () => {
    const { call, settle, cluster } = startWithCluster({ pool: { availabilityZones: ["1"] } });
    const [first] = call("GET", `${poolPath("nodepool1")}/machines`).body["value"] as unknown as Record<
      string,
      unknown
    >[];
    expect(first).toMatchObject({ name: like(/^aks-nodepool1-\d{8}-vmss000000$/), zones: ["1"] });
    const name = String(first?.["name"]);
    expect(call("GET", `${poolPath("nodepool1")}/machines/${name}`).body).toEqual(first);
    const path = `${poolPath("nodepool1")}/deleteMachines`;
    expect(call("POST", path, {}).status).toBe(400);
    expect(call("POST", path, { machineNames: ["nobody"] }).status).toBe(404);
    const deleted = call("POST", path, { machineNames: [name] });
    expect(deleted.status).toBe(202);
    expect(settle(deleted)["status"]).toBe("Succeeded");
    expect(call("GET", poolPath("nodepool1")).body["properties"]["count"]).toBe(2);
    const nodes = cluster().store.list({ group: "", resource: "nodes" });
    expect(nodes.map(({ metadata }) => metadata.name)).not.toContain(name);
  });
});

describe("calls in quick succession", () => {
  it("are throttled for one cluster or pool, until the bucket has filled again", () => {
    const { call, kernel } = startWithCluster();
    const put = () => call("PUT", poolPath("nodepool1"), { properties: { count: 0 } });
    const statuses = Array.from({ length: 25 }, () => put().status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    expect(put()).toMatchObject({
      headers: { "retry-after": "60" },
      body: { error: { code: "Throttled", message: like(/PutAgentPool.*11111111-/) } },
    });
    expect(call("GET", clusterPath).status).toBe(200);
    kernel.runFor(60_000);
    expect([put().status, put().status]).toEqual([400, 429]);
  });
});

describe("addresses of operations", () => {
  it("answer for a day after the end, and then are not found", () => {
    const { call, settle, kernel } = startWithCluster();
    const answer = call("PUT", poolPath("nodepool1"), { properties: { count: 4 } });
    const { "azure-asyncoperation": address = "" } = answer.headers;
    expect(settle(answer)).toMatchObject({ status: "Succeeded" });
    kernel.runFor(23 * 3_600_000);
    expect(call("GET", address)).toMatchObject({ status: 200, body: { status: "Succeeded" } });
    kernel.runFor(2 * 3_600_000);
    expect(call("GET", address)).toMatchObject({ status: 404, body: { error: { code: "OperationNotFound" } } });
  });
});

describe("what was done with a cluster and its pools", () => {
  it("is listed, newest first, and the latest can be asked for", () => {
    const { call, settle } = startWithCluster();
    const update = call("PUT", poolPath("nodepool1"), { properties: { count: 4, vmSize: "Standard_D4s_v5" } });
    const running = call("GET", `${poolPath("nodepool1")}/operations/latest`);
    expect(running).toMatchObject({ status: 200, body: { status: "InProgress", percentComplete: 0 } });
    settle(update);
    const list = call("GET", `${clusterPath}/operations`).body["value"] as unknown as Record<string, unknown>[];
    expect(list.map(({ status }) => status)).toEqual(["Succeeded", "Succeeded"]);
    expect(list[0]).toMatchObject({ resourceId: expect.stringMatching(/\/agentPools\/nodepool1$/) as unknown });
    const name = String(running.body["name"]);
    const one = call("GET", `${poolPath("nodepool1")}/operations/${name}`);
    expect(one).toMatchObject({
      status: 200,
      body: { name, status: "Succeeded", endTime: expect.any(String) as unknown },
    });
    expect(call("GET", `${clusterPath}/operations/none`)).toMatchObject({ status: 404, body: { code: "NotFound" } });
    const versions = clusterPath.replace(
      /resourceGroups.*/,
      "providers/Microsoft.ContainerService/locations/westeurope",
    );
    expect(call("GET", `${versions}/safeguardsVersions/v1.0.0`).status).toBe(200);
    expect(call("GET", `${versions}/guardrailsVersions`).body["value"]).toHaveLength(1);
  });
});
