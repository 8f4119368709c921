import { describe, expect, it } from "vitest";
import {
  clusterBody,
  clusterPath,
  group,
  like,
  poolPath,
  startWithCluster,
  startWorld,
  subscription,
} from "./container-service-world.ts";

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe("a cluster's PUT", () => {
  it("answers 201 with Creating and the operation's header, and shows the phases of a create", () => {
    const { kernel, call, settle } = startWorld();
    const created = call("PUT", clusterPath, clusterBody());
    expect(created.status).toBe(201);
    expect(created.headers["azure-asyncoperation"]).toMatch(
      /\/providers\/Microsoft\.ContainerService\/locations\/westeurope\/operations\/[0-9a-f-]{36}\?api-version=2016-03-30/,
    );
    expect(created.headers["location"]).toBeUndefined();
    expect(created.body).toMatchObject({
      id: `/subscriptions/${subscription}/resourcegroups/${group}/providers/Microsoft.ContainerService/managedClusters/main`,
      type: "Microsoft.ContainerService/ManagedClusters",
      location: "westeurope",
      properties: {
        provisioningState: "Creating",
        maxAgentPools: 100,
        agentPoolProfiles: [{ provisioningState: "Creating" }],
      },
    });
    expect(created.body["eTag"]).toBeUndefined();
    expect(created.body["properties"]["identityProfile"]).toBeUndefined();

    const phases = new Set<string>();
    const url = created.headers["azure-asyncoperation"] ?? "";
    for (let minute = 0; minute < 30; minute += 0.1) {
      phases.add(call("GET", url).body["status"]);
      kernel.runFor(6_000);
    }
    expect([...phases]).toEqual([
      "InProgress",
      "ProvisioningControlPlane",
      "ReconcilingDNS",
      "CreatingAgentPools: 0/3 nodes completed",
      "CreatingAgentPools: 1/3 nodes completed",
      "CreatingAgentPools: 2/3 nodes completed",
      "CreatingAgentPools: 3/3 nodes completed",
      "ReconcilingAddons",
      "Succeeded",
    ]);
    expect(settle(created)["endTime"]).toMatch(/Z$/);
  });

  it("ends with every default filled in, and without a single null", () => {
    const { call } = startWithCluster();
    const { body } = call("GET", clusterPath);
    expect(body).toMatchObject({
      kind: "Base",
      eTag: like(guid),
      sku: { name: "Base", tier: "Free" },
      identity: { type: "SystemAssigned", principalId: like(guid) },
      properties: {
        provisioningState: "Succeeded",
        powerState: { code: "Running" },
        kubernetesVersion: "1.34.2",
        currentKubernetesVersion: "1.34.2",
        fqdn: like(/^main-[a-z0-9]{8}\.hcp\.westeurope\.azmk8s\.io$/),
        azurePortalFQDN: like(/^main-[a-z0-9]{8}\.portal\.hcp\.westeurope\.azmk8s\.io$/),
        nodeResourceGroup: "MC_shop_main_westeurope",
        supportPlan: "KubernetesOfficial",
        networkProfile: { networkPlugin: "azure", networkPluginMode: "overlay", podCidr: "10.244.0.0/16" },
        identityProfile: { kubeletidentity: { clientId: like(guid) } },
      },
    });
    expect(body["properties"]["agentPoolProfiles"][0]).toMatchObject({
      name: "nodepool1",
      count: 3,
      type: "VirtualMachineScaleSets",
      maxPods: 250,
      osDiskType: "Managed",
      upgradeSettings: { maxSurge: "10%", maxUnavailable: "0" },
      currentOrchestratorVersion: "1.34.2",
      nodeImageVersion: like(/^AKSUbuntu-/),
    });
    expect(JSON.stringify(body)).not.toContain("null");
  });

  it("takes the default version, and the newest patch of a minor", () => {
    const { call, settle } = startWorld();
    const body = clusterBody({ kubernetesVersion: null });
    expect(call("PUT", clusterPath, body).body["properties"]["currentKubernetesVersion"]).toBe("1.35.3");
    const second = clusterPath.replace("/main", "/second");
    const byMinor = call("PUT", second, clusterBody({ kubernetesVersion: "1.36" }));
    expect(byMinor.body["properties"]).toMatchObject({ kubernetesVersion: "1.36", currentKubernetesVersion: "1.36.1" });
    settle(byMinor);
    const again = call("PUT", second, call("GET", second).body);
    expect(again.body["properties"]["provisioningState"]).toBe("Updating");
  });

  it("makes nodes named, labelled and spread as AKS does", () => {
    const { cluster } = startWithCluster({ pool: { availabilityZones: ["1", "2", "3"], nodeLabels: { team: "pay" } } });
    const nodes = cluster().store.list({ group: "", resource: "nodes" });
    for (const { metadata } of nodes) expect(metadata.name).toMatch(/^aks-nodepool1-\d{8}-vmss00000[012]$/);
    expect(nodes[0]?.metadata.labels).toMatchObject({
      agentpool: "nodepool1",
      "kubernetes.azure.com/agentpool": "nodepool1",
      "kubernetes.azure.com/mode": "system",
      "kubernetes.azure.com/node-image-version": like(/^AKSUbuntu-/),
      team: "pay",
    });
    const zones = nodes.map(({ metadata }) => metadata.labels?.["topology.kubernetes.io/zone"]);
    expect(new Set(zones)).toEqual(new Set(["westeurope-1", "westeurope-2", "westeurope-3"]));
  });

  const bad: [string, Record<string, unknown>, string, string][] = [
    ["no location", { ...clusterBody(), location: undefined }, "InvalidParameter", "location"],
    ["a region that does not exist", { ...clusterBody(), location: "moon" }, "InvalidParameter", "location"],
    [
      "neither an identity nor a service principal",
      { ...clusterBody(), identity: { type: "None" } },
      "InvalidParameter",
      "servicePrincipalProfile",
    ],
    ["no dnsPrefix", clusterBody({ dnsPrefix: undefined }), "InvalidParameter", "properties.dnsPrefix"],
    ["a dnsPrefix with dots", clusterBody({ dnsPrefix: "a.b" }), "InvalidParameter", "properties.dnsPrefix"],
    ["no pools", clusterBody({ agentPoolProfiles: [] }), "InvalidParameter", "agentPoolProfiles"],
    ["no system pool", clusterBody({}, { mode: "User" }), "InvalidParameter", "system pool"],
    ["a pool name in capitals", clusterBody({}, { name: "Pool" }), "InvalidParameter", "agentPoolProfiles[0].name"],
    ["count 0", clusterBody({}, { count: 0 }), "InvalidParameter", "agentPoolProfiles[0].count"],
    ["a count that is a text", clusterBody({}, { count: "3" }), "InvalidParameter", "agentPoolProfiles[0].count"],
    ["no such VM size", clusterBody({}, { vmSize: "Huge" }), "InvalidParameter", "agentPoolProfiles[0].vmSize"],
    ["an unknown version", clusterBody({ kubernetesVersion: "1.99.0" }), "K8sVersionNotSupported", "1.99.0"],
    [
      "a version out of community support",
      clusterBody({ kubernetesVersion: "1.32.6" }),
      "K8sVersionNotSupported",
      "1.32.6",
    ],
    [
      "a pool newer than its control plane",
      clusterBody({}, { orchestratorVersion: "1.35.1" }),
      "NodePoolMcVersionIncompatible",
      "1.35.1",
    ],
    [
      "maxSurge that is no number",
      clusterBody({}, { upgradeSettings: { maxSurge: "all" } }),
      "InvalidParameter",
      "upgradeSettings.maxSurge",
    ],
    [
      "maxSurge 0",
      clusterBody({}, { upgradeSettings: { maxSurge: "0" } }),
      "InvalidParameter",
      "upgradeSettings.maxSurge",
    ],
    [
      "a drain timeout of 4 minutes",
      clusterBody({}, { upgradeSettings: { drainTimeoutInMinutes: 4 } }),
      "InvalidParameter",
      "drainTimeoutInMinutes",
    ],
    [
      "a soak of 31 minutes",
      clusterBody({}, { upgradeSettings: { nodeSoakDurationInMinutes: 31 } }),
      "InvalidParameter",
      "nodeSoakDurationInMinutes",
    ],
    [
      "maxUnavailable on a system pool",
      clusterBody({}, { upgradeSettings: { maxUnavailable: "1" } }),
      "InvalidParameter",
      "maxUnavailable",
    ],
    ["the autoscaler without bounds", clusterBody({}, { enableAutoScaling: true }), "InvalidParameter", "minCount"],
  ];
  it.each(bad)("refuses %s, and then there is no cluster", (_, body, code, named) => {
    const { call } = startWorld();
    const { status, body: error } = call("PUT", clusterPath, body);
    expect([status, error["code"]]).toEqual([400, code]);
    expect(error["message"]).toContain(named);
    expect(call("GET", clusterPath).status).toBe(404);
  });

  it.each(["-main", "main.", "a".repeat(64)])("refuses the name %s", (name) => {
    const { call } = startWorld();
    expect(call("PUT", clusterPath.replace("/main", `/${name}`), clusterBody()).status).toBe(400);
  });
});

describe("what is not there", () => {
  it("answers as the front door does", () => {
    const { call } = startWorld();
    expect(call("GET", clusterPath)).toMatchObject({ status: 404, body: { error: { code: "ResourceNotFound" } } });
    const orphan = call("GET", poolPath("nodepool1"));
    expect(orphan).toMatchObject({ status: 404, body: { error: { code: "ParentResourceNotFound" } } });
    expect(call("DELETE", clusterPath).status).toBe(204);
    expect(call("PATCH", clusterPath, { tags: {} }).status).toBe(404);
  });

  it("answers with the provider's own code below a cluster that exists", () => {
    const { call } = startWithCluster();
    expect(call("GET", poolPath("nodepool9"))).toMatchObject({ status: 404, body: { code: "NotFound" } });
    expect(call("DELETE", poolPath("nodepool9")).status).toBe(204);
    expect(call("POST", `${clusterPath}/levitate`).status).toBe(404);
    expect(call("GET", `${clusterPath}/commandResults/none`)).toMatchObject({
      status: 404,
      body: { code: "NotFound" },
    });
    expect(call("PUT", `${clusterPath}/levitators/shop`, {}).status).toBe(404);
  });
});

describe("lists, tags and credentials", () => {
  it("lists clusters of the group and of the subscription, and pools", () => {
    const { call } = startWithCluster();
    const inSubscription = `/subscriptions/${subscription}/providers/Microsoft.ContainerService/managedClusters`;
    expect(call("GET", clusterPath.replace("/main", "")).body["value"]).toHaveLength(1);
    expect(call("GET", inSubscription).body["value"][0]["name"]).toBe("main");
    const [pool] = call("GET", `${clusterPath}/agentPools`).body["value"] as unknown as Record<string, unknown>[];
    expect(pool).toMatchObject({
      id: like(/\/resourcegroups\/shop\/.*\/managedClusters\/main\/agentPools\/nodepool1$/),
      type: "Microsoft.ContainerService/managedClusters/agentPools",
      properties: { count: 3 },
    });
  });

  it("changes tags", () => {
    const { call, settle } = startWithCluster();
    const patched = call("PATCH", clusterPath, { tags: { team: "pay" } });
    expect(patched.status).toBe(200);
    expect(settle(patched)["status"]).toBe("Succeeded");
    expect(call("GET", clusterPath).body["tags"]).toEqual({ team: "pay" });
  });

  it("gives kubeconfigs in base64, for both users", () => {
    const { call } = startWithCluster();
    const { body } = call("POST", `${clusterPath}/listClusterUserCredential`);
    expect(body["kubeconfigs"][0]["name"]).toBe("clusterUser");
    const text = Buffer.from(body["kubeconfigs"][0]["value"], "base64").toString();
    expect(text).toBe("kubeconfig of clusterUser in main");
    const admin = call("POST", `${clusterPath}/listClusterAdminCredential`).body;
    expect(admin["kubeconfigs"][0]["name"]).toBe("clusterAdmin");
  });

  it("gives no static credential when local accounts are disabled", () => {
    const { call } = startWithCluster({ properties: { disableLocalAccounts: true } });
    expect(call("POST", `${clusterPath}/listClusterAdminCredential`)).toMatchObject({
      status: 400,
      body: { code: "BadRequest" },
    });
  });
});

describe("ETags", () => {
  it("guard writes by the table of ARM", () => {
    const { call } = startWithCluster();
    const { eTag } = call("GET", clusterPath).body as { eTag: string };
    const put = (headers: Record<string, string>) =>
      call("PUT", clusterPath, { location: "westeurope" }, headers).status;
    expect(put({ "if-match": "stale" })).toBe(412);
    expect(put({ "if-none-match": "*" })).toBe(412);
    expect(put({ "if-match": eTag, "if-none-match": "*" })).toBe(400);
    expect(put({ "if-none-match": eTag })).toBe(400);
    const missing = clusterPath.replace("/main", "/other");
    expect(call("PATCH", missing, { tags: {} }, { "if-match": "*" }).status).toBe(404);
    expect(call("DELETE", missing, undefined, { "if-match": "any" }).status).toBe(204);
    expect(call("PATCH", clusterPath, { tags: {} }, { "if-match": "stale" })).toMatchObject({
      status: 412,
      body: { code: "PreconditionFailed", message: like(/stale/), subcode: "" },
    });
    expect(call("DELETE", clusterPath, undefined, { "if-match": "stale" }).status).toBe(412);
    expect(call("PUT", clusterPath.replace("/main", "/other"), clusterBody(), { "if-match": "*" }).status).toBe(412);
    expect(put({ "if-match": `"${eTag}"` })).toBe(200);
  });

  it("change with every write, those of the pools with writes on their cluster, too", () => {
    const { call, settle } = startWithCluster();
    const first = call("GET", poolPath("nodepool1")).body["properties"]["eTag"];
    settle(call("PUT", clusterPath, { location: "westeurope" }));
    expect(call("GET", poolPath("nodepool1")).body["properties"]["eTag"]).not.toBe(first);
    const before = call("GET", poolPath("nodepool1")).body["properties"]["eTag"];
    settle(call("PUT", poolPath("nodepool1"), { properties: { nodeLabels: { a: "b" } } }));
    expect(call("GET", poolPath("nodepool1")).body["properties"]["eTag"]).not.toBe(before);
    expect(call("PUT", poolPath("nodepool1"), {}, { "if-match": before }).status).toBe(412);
  });
});

describe("versions on offer", () => {
  it("of a region", () => {
    const { call } = startWorld();
    const path = `/subscriptions/${subscription}/providers/Microsoft.ContainerService/locations/westeurope/kubernetesVersions`;
    const { values } = call("GET", path).body as unknown as { values: Record<string, unknown>[] };
    expect(values.find(({ version }) => version === "1.35")).toMatchObject({
      isDefault: true,
      capabilities: { supportPlan: ["KubernetesOfficial", "AKSLongTermSupport"] },
      patchVersions: { "1.35.1": { upgrades: ["1.35.3", "1.36.0", "1.36.1"] } },
    });
    expect(values.find(({ version }) => version === "1.37")).toMatchObject({ isPreview: true });
  });

  it("of a cluster and of its pools", () => {
    const { call } = startWithCluster();
    const profile = call("GET", `${clusterPath}/upgradeProfiles/default`).body["properties"];
    expect(profile["controlPlaneProfile"]).toMatchObject({
      kubernetesVersion: "1.34.2",
      upgrades: ["1.34.4", "1.35.0", "1.35.1", "1.35.3"].map((kubernetesVersion) => ({ kubernetesVersion })),
    });
    const pool = call("GET", `${poolPath("nodepool1")}/upgradeProfiles/default`).body["properties"];
    expect(pool).toMatchObject({ kubernetesVersion: "1.34.2", osType: "Linux", upgrades: [] });
    expect(pool["latestNodeImageVersion"]).toMatch(/^AKSUbuntu-/);
    const available = call("GET", `${clusterPath}/availableAgentPoolVersions`).body["properties"]["agentPoolVersions"];
    const versions = (available as unknown as { kubernetesVersion: string }[]).map((item) => item.kubernetesVersion);
    expect(versions).toContain("1.32.6");
    expect(versions).not.toContain("1.34.4");
  });
});
