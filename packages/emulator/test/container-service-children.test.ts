import { describe, expect, it } from "vitest";
import {
  anyText,
  clusterBody,
  clusterPath,
  group,
  including,
  like,
  poolPath,
  startWithCluster,
  startWorld,
  subscription,
  sundayEveningMs,
} from "./container-service-world.ts";

const provider = `/subscriptions/${subscription}/providers/Microsoft.ContainerService`;
const inGroup = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ContainerService`;
const snapshotPath = `${inGroup}/snapshots/week1`;
const ofPool = (pool: string) => ({ creationData: { sourceResourceId: poolPath(pool) } });
const workspace = `/subscriptions/${subscription}/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/w`;
const identity = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app`;

describe("snapshots of pools", () => {
  it("keep version and image, and make pools of them", () => {
    const { call, settle, kernel } = startWithCluster({
      startMs: sundayEveningMs,
      properties: { kubernetesVersion: "1.34.1" },
    });
    const made = call("PUT", snapshotPath, { location: "westeurope", properties: ofPool("nodepool1") });
    expect(made).toMatchObject({
      status: 200,
      body: {
        type: "Microsoft.ContainerService/Snapshots",
        systemData: { createdByType: "Application" },
        properties: { snapshotType: "NodePool", kubernetesVersion: "1.34.1", osSku: "Ubuntu", enableFIPS: false },
      },
    });
    const image = made.body["properties"]["nodeImageVersion"];
    kernel.runFor(8 * 3_600_000);
    const properties = { count: 1, creationData: { sourceResourceId: snapshotPath } };
    const pool = call("PUT", poolPath("again"), { properties });
    expect(pool).toMatchObject({
      status: 201,
      body: { properties: { orchestratorVersion: "1.34.1", nodeImageVersion: image, vmSize: "Standard_D4s_v5" } },
    });
    expect(settle(pool)).toMatchObject({ status: "Succeeded" });
    const other = call("PUT", poolPath("fresh"), { properties: { count: 1 } });
    expect(other.body["properties"]["nodeImageVersion"]).not.toBe(image);
  });

  it("bring a pool to what they have kept", () => {
    const { call, settle, kernel } = startWithCluster({ startMs: sundayEveningMs });
    kernel.runFor(8 * 3_600_000);
    settle(call("PUT", poolPath("fresh"), { properties: { count: 1 } }));
    const { nodeImageVersion } = call("PUT", snapshotPath, { location: "westeurope", properties: ofPool("fresh") })
      .body["properties"];
    const creationData = { sourceResourceId: snapshotPath };
    const answer = call("PUT", poolPath("nodepool1"), { properties: { creationData } });
    expect(answer.body).toMatchObject({ properties: { provisioningState: "UpgradingNodeImageVersion" } });
    settle(answer);
    expect(call("GET", poolPath("nodepool1")).body).toMatchObject({ properties: { nodeImageVersion, creationData } });
  });

  it("are listed, tagged and deleted, and not found", () => {
    const { call } = startWithCluster();
    expect(call("GET", snapshotPath)).toMatchObject({ status: 404, body: { error: { code: "ResourceNotFound" } } });
    call("PUT", snapshotPath, { location: "westeurope", tags: { a: "1" }, properties: ofPool("nodepool1") });
    expect(call("PATCH", snapshotPath, { tags: { b: "2" } }).body["tags"]).toEqual({ a: "1", b: "2" });
    expect(call("GET", `${provider}/snapshots`).body["value"]).toHaveLength(1);
    expect(call("GET", `${inGroup}/snapshots`).body["value"]).toHaveLength(1);
    expect(call("DELETE", snapshotPath).status).toBe(200);
    expect(call("DELETE", snapshotPath).status).toBe(204);
    const gone = call("PUT", poolPath("again"), { properties: { creationData: { sourceResourceId: snapshotPath } } });
    expect(gone).toMatchObject({ status: 404, body: { error: { code: "ResourceNotFound" } } });
    const noPool = call("PUT", snapshotPath, { location: "westeurope", properties: ofPool("nobody") });
    expect(noPool.status).toBe(404);
  });
});

describe("a private cluster", () => {
  const apiServerAccessProfile = { enablePrivateCluster: true, enablePrivateClusterPublicFQDN: false };

  it("shows its private name, its link and the connection of its nodes", () => {
    const { call } = startWithCluster({ properties: { apiServerAccessProfile } });
    const { properties } = call("GET", clusterPath).body;
    expect(properties).toMatchObject({
      privateFQDN: like(/^main-\w{8}\.[0-9a-f-]{36}\.privatelink\.westeurope\.azmk8s\.io$/),
      azurePortalFQDN: like(/^[0-9a-f]{32}-priv\.portal\.hcp\.westeurope\.azmk8s\.io$/),
      apiServerAccessProfile: { privateDNSZone: "system" },
      privateLinkResources: [{ groupId: "management", requiredMembers: ["management"] }],
    });
    expect(properties["fqdn"]).toBeUndefined();
    const resource = call("GET", `${clusterPath}/privateLinkResources`).body["value"][0];
    expect(resource).toMatchObject({ name: "management", privateLinkServiceID: including("/privateLinkServices/") });
    expect(call("POST", `${clusterPath}/resolvePrivateLinkServiceId`, { name: "management" })).toMatchObject({
      status: 200,
      body: { privateLinkServiceID: resource?.["privateLinkServiceID"] },
    });
    const own = call("GET", `${clusterPath}/privateEndpointConnections`).body["value"][0];
    expect(own).toMatchObject({ properties: { privateLinkServiceConnectionState: { status: "Approved" } } });
    const path = `${clusterPath}/privateEndpointConnections/mine`;
    const approved = { properties: { privateLinkServiceConnectionState: { status: "approved" } } };
    expect(call("PUT", path, approved)).toMatchObject({
      status: 200,
      body: { properties: { provisioningState: "Succeeded" } },
    });
    expect(call("PUT", path, approved).status).toBe(200);
    expect([call("DELETE", path).status, call("DELETE", path).status]).toEqual([200, 204]);
  });

  it("is not what other clusters are", () => {
    const { call } = startWithCluster();
    expect(call("GET", `${clusterPath}/privateLinkResources`).body).toEqual({ value: [] });
    expect(call("GET", `${clusterPath}/privateEndpointConnections`).body).toEqual({ value: [] });
    expect(call("POST", `${clusterPath}/resolvePrivateLinkServiceId`, { name: "management" }).status).toBe(404);
    const state = { properties: { privateLinkServiceConnectionState: { status: "Approved" } } };
    expect(call("PUT", `${clusterPath}/privateEndpointConnections/mine`, state)).toMatchObject({ status: 400 });
  });
});

describe("below a cluster", () => {
  it("trusted access is bound by roles and source", () => {
    const { call, settle } = startWithCluster();
    const path = `${clusterPath}/trustedAccessRoleBindings/ml`;
    const properties = {
      sourceResourceId: workspace,
      roles: ["Microsoft.MachineLearningServices/workspaces/mlworkload"],
    };
    const put = call("PUT", path, { properties });
    expect(put).toMatchObject({ status: 201, body: { properties: { ...properties, provisioningState: "Updating" } } });
    expect(settle(put)).toMatchObject({ status: "Succeeded" });
    expect(call("GET", path).body).toMatchObject({ name: "ml", properties: { provisioningState: "Succeeded" } });
    expect(call("PUT", path, { properties: { roles: [] } })).toMatchObject({ status: 400 });
    const deleted = call("DELETE", path);
    expect(deleted).toMatchObject({ status: 202, headers: { location: including("/operationresults/") } });
    const roles = call("GET", `${provider}/locations/westeurope/trustedAccessRoles`).body["value"];
    expect(roles[0]).toMatchObject({ name: anyText, rules: [{ nonResourceURLs: [], resourceNames: [] }] });
  });

  it("identity bindings name the identity that they look up", () => {
    const { call, settle } = startWithCluster();
    const path = `${clusterPath}/identityBindings/app`;
    const put = call("PUT", path, { properties: { managedIdentity: { resourceId: identity } } });
    expect(put).toMatchObject({
      status: 201,
      headers: { "azure-asyncoperation": anyText },
      body: {
        eTag: anyText,
        properties: {
          managedIdentity: { clientId: anyText, objectId: anyText, tenantId: anyText },
          provisioningState: "Creating",
        },
      },
    });
    settle(put);
    const { clientId } = call("GET", path).body["properties"]["managedIdentity"];
    expect(put.body["properties"]["managedIdentity"]["clientId"]).toBe(clientId);
    expect(call("GET", `${clusterPath}/identityBindings/nobody`)).toMatchObject({
      status: 404,
      body: { code: "NotFound" },
    });
  });

  it("a managed namespace is one in the cluster, with its quota and policy", () => {
    const world = startWithCluster();
    const { call, settle, cluster, kernel } = world;
    const path = `${clusterPath}/managedNamespaces/team`;
    const properties = {
      labels: { team: "blue" },
      defaultResourceQuota: { cpuRequest: "2", memoryLimit: "5Gi" },
      defaultNetworkPolicy: { ingress: "AllowSameNamespace", egress: "AllowAll" },
      deletePolicy: "Delete",
    };
    const put = call("PUT", path, { tags: { a: "1" }, properties });
    expect(put).toMatchObject({
      status: 201,
      body: { location: "westeurope", properties: { adoptionPolicy: "Never" } },
    });
    settle(put);
    const { store } = cluster();
    expect(store.get({ group: "", resource: "namespaces" }, undefined, "team")?.metadata.labels).toMatchObject({
      team: "blue",
      "kubernetes.azure.com/managedByArm": "true",
    });
    const quota = store.list({ group: "", resource: "resourcequotas" }, "team")[0];
    expect(quota?.["spec"]).toEqual({ hard: { "requests.cpu": "2", "limits.memory": "5Gi" } });
    expect(store.list({ group: "networking.k8s.io", resource: "networkpolicies" }, "team")).toHaveLength(1);
    expect(call("PATCH", path, { tags: { b: "2" } }).body["tags"]).toEqual({ b: "2" });
    expect(call("POST", `${path}/listCredential`).body["kubeconfigs"]).toHaveLength(1);
    expect(call("DELETE", path)).toMatchObject({ status: 202, headers: { location: including("/operationresults/") } });
    kernel.runFor(60_000);
    expect(call("GET", path).status).toBe(404);
    expect(store.get({ group: "", resource: "namespaces" }, undefined, "team")?.["status"]).toEqual({
      phase: "Terminating",
    });
  });

  it("a namespace that exists is adopted only when the policy says so", () => {
    const { call, cluster } = startWithCluster();
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "team", labels: { a: "1" } } };
    cluster().store.create({ group: "", resource: "namespaces" }, object);
    const put = (properties: object) => call("PUT", `${clusterPath}/managedNamespaces/team`, { properties });
    expect(put({})).toMatchObject({ status: 409, body: { code: "NamespaceAlreadyExists" } });
    expect(put({ adoptionPolicy: "IfIdentical", labels: { a: "2" } }).status).toBe(409);
    expect(put({ adoptionPolicy: "IfIdentical", labels: { a: "1" } }).status).toBe(201);
  });

  it("the mesh has revisions, and upgrades where it is on", () => {
    const { call } = startWithCluster({ properties: { serviceMeshProfile: { mode: "Istio" } } });
    const profile = call("GET", `${provider}/locations/westeurope/meshRevisionProfiles`).body["value"][0];
    expect(profile).toMatchObject({
      name: "istio",
      properties: { meshRevisions: [{ compatibleWith: [{ name: "kubernetes" }] }, {}, {}] },
    });
    const revision = call("GET", clusterPath).body["properties"]["serviceMeshProfile"]["istio"]["revisions"][0];
    expect(call("GET", `${clusterPath}/meshUpgradeProfiles/istio`).body).toMatchObject({
      properties: { revision, upgrades: [anyText] },
    });
    expect(call("GET", `${provider}/locations/westeurope/meshRevisionProfiles/linkerd`).status).toBe(404);
  });

  it("a command says that it runs, under an id that the Azure CLI can read out of the address", () => {
    const { call, kernel } = startWithCluster({ runCommand: (_, done) => done({ exitCode: 0, logs: "hello" }) });
    const { location = "" } = call("POST", `${clusterPath}/runCommand`, { command: "echo hello" }).headers;
    expect(location).toMatch(/\/commandResults\/\w+\?/);
    expect(call("GET", location)).toMatchObject({
      status: 202,
      body: { properties: { provisioningState: "Running" } },
    });
    kernel.runFor(600_000);
    expect(call("GET", location)).toMatchObject({
      status: 200,
      body: { properties: { provisioningState: "Succeeded", startedAt: like(/T\d\d:\d\d:\d\dZ$/), logs: "hello" } },
    });
  });

  it("says where its nodes have to get to, and what can be allowed to somebody", () => {
    const { call } = startWithCluster();
    const { value } = call("GET", `${clusterPath}/outboundNetworkDependenciesEndpoints`).body;
    expect(value[0]).toMatchObject({
      category: anyText,
      endpoints: [{ domainName: anyText, endpointDetails: [{ port: 443 }] }, {}],
    });
    const operations = call("GET", "/providers/Microsoft.ContainerService/operations").body["value"];
    expect(operations).toContainEqual({
      name: "Microsoft.ContainerService/managedClusters/read",
      origin: "user,system",
      display: { provider: anyText, resource: "Managed Cluster", operation: anyText, description: anyText },
    });
  });
});

describe("requests as the examples of the API have them", () => {
  it("leave versions and sizes empty, and write the SKU as it was called before", () => {
    const { call } = startWorld();
    const sent = clusterBody({ kubernetesVersion: "" }, { vmSize: "", orchestratorVersion: "" });
    expect(call("PUT", clusterPath, { ...sent, sku: { name: "Basic", tier: "Paid" } })).toMatchObject({
      status: 201,
      body: {
        sku: { name: "Base", tier: "Standard" },
        properties: { kubernetesVersion: "1.35", currentKubernetesVersion: "1.35.3" },
      },
    });
  });

  it("name a private cluster by its subdomain alone", () => {
    const { call } = startWorld();
    const zone = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Network/privateDnsZones/shop.privatelink.westeurope.azmk8s.io`;
    const apiServerAccessProfile = { enablePrivateCluster: true, privateDNSZone: zone };
    const sent = clusterBody({ dnsPrefix: undefined, fqdnSubdomain: "blue", apiServerAccessProfile });
    expect(call("PUT", clusterPath, sent)).toMatchObject({
      status: 201,
      body: { properties: { privateFQDN: "blue.shop.privatelink.westeurope.azmk8s.io" } },
    });
  });

  it("bring their own identity, whose principal is looked up", () => {
    const { call, settle } = startWorld();
    const userAssignedIdentities = { [identity]: {} };
    const answer = call("PUT", clusterPath, {
      ...clusterBody(),
      identity: { type: "UserAssigned", userAssignedIdentities },
    });
    expect(answer.body["identity"]).toEqual({ type: "UserAssigned", userAssignedIdentities });
    settle(answer);
    expect(call("GET", clusterPath).body["identity"]["userAssignedIdentities"][identity]).toEqual({
      clientId: anyText,
      principalId: anyText,
    });
  });

  it("choose a way out of the cluster, and see its addresses", () => {
    const gateway = startWithCluster({ properties: { networkProfile: { outboundType: "managedNATGateway" } } });
    const { networkProfile } = gateway.call("GET", clusterPath).body["properties"];
    expect(networkProfile).toMatchObject({
      natGatewayProfile: {
        idleTimeoutInMinutes: 4,
        managedOutboundIPProfile: { count: 1 },
        effectiveOutboundIPs: [{ id: anyText }],
      },
    });
    expect(networkProfile["loadBalancerProfile"]).toBeUndefined();
    const dual = startWithCluster({ properties: { networkProfile: { ipFamilies: ["IPv4", "IPv6"] } } });
    expect(dual.call("GET", clusterPath).body["properties"]["networkProfile"]).toMatchObject({
      podCidrs: ["10.244.0.0/16", like(/::\/64$/)],
      serviceCidrs: ["10.0.0.0/16", like(/::\/108$/)],
      loadBalancerProfile: { managedOutboundIPs: { count: 1, countIPv6: 1 }, effectiveOutboundIPs: [{}, {}] },
    });
  });

  it("add pools of Windows nodes", () => {
    const { call, settle, cluster } = startWithCluster();
    const properties = { count: 1, osType: "Windows", vmSize: "Standard_D4s_v5" };
    const put = call("PUT", poolPath("npwin"), { properties });
    expect(put.body).toMatchObject({
      properties: { osSKU: "Windows2022", nodeImageVersion: like(/^AKSWindows-2022-containerd-/) },
    });
    expect(settle(put)).toMatchObject({ status: "Succeeded" });
    const [node] = cluster().store.list({ group: "", resource: "nodes" }).slice(-1);
    expect(node?.metadata).toMatchObject({ name: "aksnpwin000000", labels: { "kubernetes.io/os": "windows" } });
    expect(call("PUT", poolPath("toolongname"), { properties })).toMatchObject({ status: 400 });
    const system = { ...properties, mode: "System" };
    expect(call("PUT", poolPath("win2"), { properties: system })).toMatchObject({
      status: 400,
      body: { target: "properties.mode" },
    });
  });
});
