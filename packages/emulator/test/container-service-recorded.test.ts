import { describe, expect, it } from "vitest";
import {
  clusterBody,
  clusterPath,
  like,
  poolPath,
  startWithCluster,
  startWorld,
  type TestWorld,
} from "./container-service-world.ts";
import { recordedIn } from "./recorded.ts";

const missing = recordedIn("container-service.json");

const cluster = "managedClusters/{cluster}";
const pool = `${cluster}/agentPools/{pool}`;
/** With what the recorded client always sent. */
const userPool = { properties: { count: 1, vmSize: "Standard_D4s_v5", mode: "User", enableCustomCATrust: false } };
/** What `az aks create` always sends. */
const linuxProfile = { adminUsername: "azureuser", ssh: { publicKeys: [{ keyData: "ssh-rsa AAAA" }] } };

/** The recorded client asked in a preview version. */
function previewed(world: TestWorld): Pick<TestWorld, "call" | "settle"> {
  const { call, settle } = world;
  return {
    settle,
    call: (method, path, ...rest) =>
      call(method, path.includes("?") ? path : `${path}?api-version=2025-07-02-preview`, ...rest),
  };
}

describe("beside exchanges that were recorded from real Azure", () => {
  it("nothing is missing from the life of a cluster", () => {
    const { call, settle } = previewed(startWorld());
    const created = call("PUT", clusterPath, clusterBody({ linuxProfile }));
    expect(missing(created, "PUT", cluster)).toEqual([]);
    expect(missing(call("GET", created.headers["azure-asyncoperation"] ?? ""), "GET", operation)).toEqual([]);
    settle(created);
    expect(missing(call("GET", clusterPath), "GET", cluster)).toEqual([]);
    const updated = call("PUT", clusterPath, call("GET", clusterPath).body);
    expect(missing(updated, "PUT", cluster)).toEqual([]);
    settle(updated);
    for (const [action, then] of [
      ["stop", "start"],
      ["start", "stop"],
    ]) {
      const answer = call("POST", `${clusterPath}/${action}`);
      expect(missing(answer, "POST", `${cluster}/${action}`), then).toEqual([]);
      expect(settle(answer)["status"]).toBe("Succeeded");
      expect(missing(call("GET", answer.headers["location"] ?? ""), "GET", result)).toEqual([]);
    }
    const deleted = call("DELETE", clusterPath);
    expect(missing(deleted, "DELETE", cluster)).toEqual([]);
    settle(deleted);
    expect(missing(call("GET", clusterPath), "GET", cluster)).toEqual([]);
  });

  it("nothing is missing from the life of a pool", () => {
    const { call, settle } = previewed(startWithCluster());
    settle(call("PUT", poolPath("nodepool1"), { properties: { enableCustomCATrust: false } }));
    const created = call("PUT", poolPath("work"), userPool);
    expect(missing(created, "PUT", pool)).toEqual([]);
    settle(created);
    expect(missing(call("GET", poolPath("work")), "GET", pool)).toEqual([]);
    expect(missing(call("GET", `${clusterPath}/agentPools`), "GET", `${cluster}/agentPools`)).toEqual([]);
    const updated = call("PUT", poolPath("work"), { properties: { ...userPool.properties, count: 2 } });
    expect(missing(updated, "PUT", pool)).toEqual([]);
    settle(updated);
    const image = call("POST", `${poolPath("work")}/upgradeNodeImageVersion`);
    expect(missing(image, "POST", `${pool}/upgradeNodeImageVersion`)).toEqual([]);
    settle(image);
    const profile = call("GET", `${poolPath("work")}/upgradeProfiles/default`);
    expect(missing(profile, "GET", `${pool}/upgradeProfiles/{name}`)).toEqual([]);
    expect(missing(call("DELETE", poolPath("work")), "DELETE", pool)).toEqual([]);
  });

  it("nothing is missing from versions, credentials and maintenance", () => {
    const { call } = startWithCluster();
    const versions = call("GET", clusterPath.replace(/resourceGroups.*/, locations("kubernetesVersions")));
    expect(missing(versions, "GET", "locations/{location}/kubernetesVersions")).toEqual([]);
    const profile = call("GET", `${clusterPath}/upgradeProfiles/default`);
    expect(missing(profile, "GET", `${cluster}/upgradeProfiles/{name}`)).toEqual([]);
    const credentials = call("POST", `${clusterPath}/listClusterUserCredential`);
    expect(missing(credentials, "POST", `${cluster}/listClusterUserCredential`)).toEqual([]);
    const path = `${clusterPath}/maintenanceConfigurations/aksManagedAutoUpgradeSchedule`;
    const all = `${cluster}/maintenanceConfigurations`;
    const schedule = { absoluteMonthly: { dayOfMonth: 1, intervalMonths: 3 } };
    const notAllowedDates = [{ start: "2026-12-23", end: "2027-01-05" }];
    const maintenanceWindow = { durationHours: 4, startTime: "09:00", schedule, notAllowedDates };
    const put = call("PUT", path, { properties: { maintenanceWindow } });
    expect(missing(put, "PUT", `${all}/{config}`)).toEqual([]);
    expect(missing(call("GET", path), "GET", `${all}/{config}`)).toEqual([]);
    expect(missing(call("GET", `${clusterPath}/maintenanceConfigurations`), "GET", all)).toEqual([]);
    expect(missing(call("DELETE", path), "DELETE", `${all}/{config}`)).toEqual([]);
    expect(call("DELETE", path).status).toBe(204);
  });

  it("nothing is missing from bindings that go and from snapshots of clusters", () => {
    const { call, settle } = startWithCluster();
    const binding = `${clusterPath}/identityBindings/shop`;
    const resourceId = "/subscriptions/a/resourceGroups/b/providers/Microsoft.ManagedIdentity/userAssignedIdentities/c";
    settle(call("PUT", binding, { properties: { managedIdentity: { resourceId } } }));
    expect(missing(call("DELETE", binding), "DELETE", `${cluster}/identityBindings/{name}`)).toEqual([]);
    const snapshots = clusterPath.replace(/managedClusters.*/, "managedClusterSnapshots");
    const creationData = { sourceResourceId: clusterPath };
    const body = { location: "westeurope", properties: { creationData, snapshotType: "ManagedCluster" } };
    expect(missing(call("PUT", `${snapshots}/s`, body), "PUT", "managedClusterSnapshots/{name}")).toEqual([]);
    expect(missing(call("GET", snapshots), "GET", "managedClusterSnapshots")).toEqual([]);
    expect(call("PATCH", `${snapshots}/s`, { tags: { a: "b" } }).body).toMatchObject({ tags: { a: "b" } });
    expect([call("DELETE", `${snapshots}/s`).status, call("DELETE", `${snapshots}/s`).status]).toEqual([200, 204]);
    expect(call("GET", `${snapshots}/s`).body).toMatchObject({ error: { code: "ResourceNotFound" } });
    const elsewhere = { ...body, properties: { creationData: { sourceResourceId: `${clusterPath}x` } } };
    expect(call("PUT", `${snapshots}/t`, elsewhere).status).toBe(404);
  });

  it("shows the issuer, the identities of add-ons and pools of single machines as Azure does", () => {
    const world = startWorld();
    const addonProfiles = { azurepolicy: { enabled: true }, omsagent: { enabled: false } };
    const body = clusterBody({
      oidcIssuerProfile: { enabled: true },
      addonProfiles,
      serviceMeshProfile: { mode: "Istio" },
    });
    world.settle(world.call("PUT", clusterPath, body));
    const { properties } = world.call("GET", clusterPath).body as unknown as { properties: Record<string, unknown> };
    expect(properties).toMatchObject({
      oidcIssuerProfile: {
        enabled: true,
        issuerURL: like(/^https:\/\/westeurope\.oic\.prod-aks\.azure\.com\/[0-9a-f-]{36}\/[0-9a-f-]{36}\/$/),
      },
      addonProfiles: {
        azurepolicy: {
          enabled: true,
          config: null,
          identity: { resourceId: like(/userAssignedIdentities\/azurepolicy-main$/) },
        },
        omsagent: { enabled: false, config: null },
      },
      serviceMeshProfile: { istio: { components: {} } },
    });
    const virtualMachinesProfile = { scale: { manual: [{ size: "Standard_D2s_v5", count: 2 }] } };
    const machines = { type: "VirtualMachines", mode: "User", virtualMachinesProfile, nodeTaints: [] };
    world.settle(world.call("PUT", poolPath("vms"), { properties: machines }));
    const pool = world.call("GET", poolPath("vms")).body["properties"];
    expect(pool).toMatchObject({
      type: "VirtualMachines",
      virtualMachineNodesStatus: [{ size: "Standard_D2s_v5", count: 2 }],
      securityProfile: { sshAccess: "LocalUser", enableVTPM: false, enableSecureBoot: false },
    });
    for (const field of ["nodeTaints", "vmSize", "count"]) expect(pool).not.toHaveProperty(field);
    const balancer = `${clusterPath}/loadBalancers/second`;
    const refused = world.call("PUT", balancer, { properties: { primaryAgentPoolName: "none" } });
    expect(refused).toMatchObject({ status: 400, body: { code: "InvalidParameter" } });
    const made = world.call("PUT", balancer, { properties: { primaryAgentPoolName: "vms" } });
    expect(made).toMatchObject({ status: 201, body: { properties: { allowServicePlacement: true } } });
  });
});

const operation = "locations/{location}/operations/{operationId}";
const result = "locations/{location}/operationresults/{operationId}";
const locations = (type: string): string => `providers/Microsoft.ContainerService/locations/westeurope/${type}`;
