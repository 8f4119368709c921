import { describe, expect, it } from "vitest";
import {
  anyText,
  clusterBody,
  clusterPath,
  like,
  poolPath,
  startWithCluster,
  startWorld,
} from "./container-service-world.ts";

const version = "api-version=2025-09-02-preview";
const at = (path: string) => `${path}?${version}`;

describe("a machine of its own", () => {
  const machine = at(`${poolPath("single")}/machines/first`);
  const body = { properties: { hardware: { vmSize: "Standard_D4s_v5" }, kubernetes: { nodeLabels: { a: "b" } } } };

  function withPool() {
    const world = startWithCluster();
    world.settle(world.call("PUT", at(poolPath("single")), { properties: { mode: "Machines", count: 3 } }));
    return world;
  }

  it("is made in a pool that has none by itself, changed, and shown with its node", () => {
    const { call, settle } = withPool();
    const pool = call("GET", at(poolPath("single"))).body;
    expect(Object.keys(pool["properties"]).toSorted()).toEqual(
      ["eTag", "mode", "powerState", "provisioningState", "type", "upgradeStrategy"].toSorted(),
    );
    expect(call("GET", machine)).toMatchObject({
      status: 404,
      body: { code: "NotFound", subcode: "GetMachine_NotFound_HCPServerError", message: "The entity was not found." },
    });
    const made = call("PUT", machine, body);
    expect(made).toMatchObject({ status: 201, body: { properties: { provisioningState: "Creating", status: {} } } });
    settle(made);
    expect(call("GET", machine).body).toMatchObject({
      name: "first",
      properties: {
        network: { ipAddresses: [{ family: "IPv4" }], enableNodePublicIP: false },
        resourceId: like(/virtualMachines\/aks-single-first-\d{8}-vm$/),
        hardware: { vmSize: "Standard_D4s_v5" },
        kubernetes: { nodeName: like(/^aks-single-first-\d{8}-vm$/), nodeLabels: { a: "b" } },
        provisioningState: "Succeeded",
        status: { driftAction: "Synced", vmState: "Running" },
      },
    });
    const changed = call("PUT", machine, { properties: { ...body.properties, tags: { c: "d" } } });
    expect(changed).toMatchObject({ status: 200, body: { properties: { provisioningState: "Updating" } } });
    settle(changed);
    expect(call("GET", machine).body["properties"]).toMatchObject({ tags: { c: "d" }, provisioningState: "Succeeded" });
    settle(call("POST", at(`${poolPath("single")}/deleteMachines`), { machineNames: ["first"] }));
    expect(call("GET", machine).status).toBe(404);
  });

  it("is refused in other pools, in stable versions, and without a size", () => {
    const { call } = withPool();
    expect(call("PUT", machine, { properties: {} })).toMatchObject({ status: 400, body: { code: "InvalidParameter" } });
    expect(call("PUT", machine.replace("2025-09-02-preview", "2025-10-01"), { properties: {} }).status).toBe(405);
    const elsewhere = at(`${poolPath("nodepool1")}/machines/first`);
    expect(call("PUT", elsewhere, body)).toMatchObject({ status: 400, body: { code: "OperationNotAllowed" } });
  });
});

describe("deployment safeguards", () => {
  const safeguards = `${clusterPath}/providers/Microsoft.ContainerService/deploymentSafeguards`;
  const only = `${safeguards}/default?api-version=2025-05-02-preview`;

  it("are an extension of the cluster that is put, listed and taken back", () => {
    const { call, settle, kernel } = startWithCluster();
    expect(call("GET", only)).toMatchObject({ status: 404, body: { error: { code: "ResourceNotFound" } } });
    const made = call("PUT", only, { properties: { level: "Warn" } });
    expect(made).toMatchObject({
      status: 201,
      body: {
        type: "Microsoft.ContainerService/deploymentSafeguards",
        id: like(/managedClusters\/main\/providers\/Microsoft\.ContainerService\/deploymentSafeguards\/default$/),
        properties: { level: "Warn", podSecurityStandardsLevel: "Privileged", provisioningState: "Creating" },
      },
    });
    settle(made);
    const changed = call("PUT", only, { properties: { level: "Enforce", excludedNamespaces: ["shop"] } });
    expect(changed).toMatchObject({ status: 200, body: { properties: { provisioningState: "Updating" } } });
    settle(changed);
    const { value } = call("GET", `${safeguards}?api-version=2025-05-02-preview`).body;
    expect(value).toMatchObject([{ properties: { level: "Enforce", excludedNamespaces: ["shop"] } }]);
    const quoted = only.replace(
      /^.*(?=\/providers\/[^/]*\/deploymentSafeguards)/,
      (scope) => `/${encodeURIComponent(scope)}`,
    );
    expect(call("GET", quoted)).toMatchObject({ status: 200, body: { properties: { level: "Enforce" } } });
    const gone = call("DELETE", only);
    expect(gone.status).toBe(202);
    kernel.runFor(600_000);
    expect(call("GET", only).status).toBe(404);
    expect(call("PUT", only, { properties: { level: "Loud" } }).status).toBe(400);
  });
});

describe("names that are resolved on the node", () => {
  const put = (localDNSProfile: unknown, mode = "User") => {
    const { call } = startWithCluster();
    return call("PUT", at(poolPath("work")), { properties: { mode, localDNSProfile } });
  };

  it("are told with the usual zones where none are given", () => {
    const { localDNSProfile } = put({ mode: "Required" }).body["properties"];
    const zones = { ".": {}, "cluster.local": { protocol: "ForceTCP" } };
    expect(localDNSProfile).toMatchObject({ state: "Enabled", vnetDNSOverrides: zones, kubeDNSOverrides: zones });
  });

  const zone = { protocol: "PreferUDP" };
  const both = { ".": zone, "cluster.local": zone };
  const wrong: [string, unknown][] = [
    [
      "mode is invalid. Error details: value Unspecified is not allowed. Only Preferred, Required and Disabled are allowed.",
      {},
    ],
    [
      "mode is invalid. Error details: value Invalid is not allowed. Only Preferred, Required and Disabled are allowed.",
      { mode: "x" },
    ],
    [
      `vnetDNSOverrides is invalid. Error details: VnetDNSOverrides must not be nil.`,
      { mode: "Required", kubeDNSOverrides: both },
    ],
    [
      `vnetDNSOverrides is invalid. Error details: zone '"."' is required in VnetDNSOverrides.`,
      { mode: "Required", vnetDNSOverrides: {} },
    ],
    [
      `kubeDNSOverrides is invalid. Error details: zone '"cluster.local"' is required in KubeDNSOverrides.`,
      { mode: "Required", vnetDNSOverrides: both, kubeDNSOverrides: { ".": zone } },
    ],
  ];

  it.each(wrong)("are refused: %s", (message, profile) => {
    const text = `The value of parameter localDNSProfile.${message}`;
    expect(put(profile)).toMatchObject({ status: 400, body: { code: "InvalidParameter", message: text } });
  });
});

describe("pools of other modes", () => {
  it("are one of ManagedSystem, and gateways", () => {
    const { call, settle } = startWithCluster();
    settle(call("PUT", at(poolPath("managed")), { properties: { mode: "ManagedSystem" } }));
    expect(call("PUT", at(poolPath("another")), { properties: { mode: "ManagedSystem" } })).toMatchObject({
      status: 400,
      body: { message: "'ManagedSystem' pool is limited to one per cluster", target: "agentPoolProfile.mode" },
    });
    const gateway = { properties: { mode: "Gateway", count: 2, gatewayProfile: { publicIPPrefixSize: 30 } } };
    expect(call("PUT", at(poolPath("egress")), gateway)).toMatchObject({ status: 201, body: gateway });
  });

  it("leave system pools without taints that the system does not know", () => {
    const { call } = startWithCluster();
    const put = (nodeTaints: string[]) => call("PUT", at(poolPath("nodepool1")), { properties: { nodeTaints } });
    expect(put(["a=b:NoSchedule"])).toMatchObject({ status: 400, body: { code: "SystemPoolHasRestrictedTaint" } });
    expect(put(["CriticalAddonsOnly=true:NoSchedule", "a=b:PreferNoSchedule"]).status).toBe(200);
  });

  it("can move to another Linux, whose image they get", () => {
    const { call, settle } = startWithCluster();
    const moved = call("PUT", poolPath("nodepool1"), { properties: { osSKU: "AzureLinux" } });
    expect(moved.status).toBe(200);
    settle(moved);
    const { osSKU, nodeImageVersion } = call("GET", poolPath("nodepool1")).body["properties"];
    expect([osSKU, nodeImageVersion]).toEqual(["AzureLinux", like(/^AKSAzureLinux/)]);
  });
});

describe("clusters as previews make them", () => {
  it("say of advanced networking what is not said as of the whole", () => {
    const { call, settle } = startWithCluster({ properties: { networkProfile: { networkDataplane: "cilium" } } });
    expect(call("GET", at(clusterPath)).body["properties"]["networkProfile"]).toMatchObject({
      networkPolicy: "cilium",
    });
    const put = (advancedNetworking: object) => {
      const changed = call("PUT", at(clusterPath), {
        location: "westeurope",
        properties: { networkProfile: { advancedNetworking } },
      });
      settle(changed);
      return changed.body["properties"]["networkProfile"]["advancedNetworking"];
    };
    expect(put({ enabled: true })).toEqual({
      enabled: true,
      observability: { enabled: true },
      security: { enabled: true, advancedNetworkPolicies: "FQDN", transitEncryption: { type: "None" } },
    });
    const off = { enabled: false };
    expect(put(off)).toEqual({ ...off, observability: off, security: off });
  });

  it("tell what goes around a proxy, and keep it when it is switched off", () => {
    const { call, settle } = startWithCluster({
      properties: { httpProxyConfig: { httpProxy: "http://a:1", noProxy: ["b"] } },
    });
    const proxy = () => call("GET", at(clusterPath)).body["properties"]["httpProxyConfig"];
    expect(proxy()).toMatchObject({ enabled: true, httpProxy: "http://a:1", noProxy: ["b"] });
    for (const one of ["b", "168.63.129.16", "10.0.0.0/16"]) expect(proxy()["effectiveNoProxy"]).toContain(one);
    settle(
      call("PUT", at(clusterPath), { location: "westeurope", properties: { httpProxyConfig: { enabled: false } } }),
    );
    expect(proxy()).toMatchObject({ enabled: false, httpProxy: "http://a:1" });
  });

  it("have an identity for application routing, and a channel with long-term support", () => {
    const { call, settle } = startWorld();
    const made = call("PUT", clusterPath, {
      ...clusterBody({ ingressProfile: { webAppRouting: { enabled: true } }, supportPlan: "AKSLongTermSupport" }),
      sku: { name: "Base", tier: "Premium" },
    });
    settle(made);
    expect(call("GET", clusterPath).body["properties"]).toMatchObject({
      autoUpgradeProfile: { upgradeChannel: "patch" },
      ingressProfile: { webAppRouting: { enabled: true, identity: { resourceId: like(/webapprouting-main$/) } } },
    });
    const disabled = { ingressProfile: { webAppRouting: { enabled: false } } };
    settle(call("PUT", clusterPath, { location: "westeurope", properties: disabled }));
    expect(call("GET", clusterPath).body["properties"]["ingressProfile"]).toMatchObject({
      webAppRouting: { identity: {} },
    });
  });

  it("can have Windows nodes when their network plugin was named", () => {
    const { call, settle } = startWorld();
    const made = call("PUT", clusterPath, clusterBody({ networkProfile: { networkPlugin: "azure" } }));
    const windowsProfile = { adminUsername: "azureuser", enableCSIProxy: true };
    expect(made.body["properties"]).toMatchObject({ windowsProfile });
    settle(made);
    const changed = call("PUT", clusterPath, { location: "westeurope", tags: { a: "b" } });
    expect(changed.body["properties"]).toMatchObject({ windowsProfile });
  });

  it("need no pool of their own when AKS hosts their system", () => {
    const { call, settle } = startWorld();
    const sku = { name: "Automatic", tier: "Standard" };
    const properties = { dnsPrefix: "shop", hostedSystemProfile: { enabled: true } };
    const made = call("PUT", at(clusterPath), { location: "westeurope", sku, properties });
    expect(made).toMatchObject({ status: 201, body: { kind: "Automatic", sku } });
    expect(made.body["properties"]).toMatchObject({
      autoUpgradeProfile: { upgradeChannel: "stable", nodeOSUpgradeChannel: "NodeImage" },
      networkProfile: { networkDataplane: "cilium", outboundType: "managedNATGateway" },
      oidcIssuerProfile: { enabled: true, issuerURL: anyText },
      workloadAutoScalerProfile: { keda: { enabled: true } },
    });
    expect(settle(made)["status"]).toBe("Succeeded");
    const without = { location: "westeurope", properties: { dnsPrefix: "shop" } };
    expect(call("PUT", at(`${clusterPath}2`), without).status).toBe(400);
  });

  it("speak the Gateway API only with something that understands it", () => {
    const { call } = startWorld();
    const ingressProfile = { gatewayAPI: { installation: "Standard" } };
    const refused = call("PUT", at(clusterPath), clusterBody({ ingressProfile }));
    expect(refused).toMatchObject({ status: 400, body: { code: "BadRequest" } });
    const mesh = clusterBody({ ingressProfile, serviceMeshProfile: { mode: "Istio" } });
    expect(call("PUT", at(clusterPath), mesh).status).toBe(201);
  });

  it("keep their system on the disk of the machine, where it has one", () => {
    const { call, settle } = startWithCluster();
    const put = (name: string, properties: object) => {
      const made = call("PUT", poolPath(name), { properties });
      settle(made);
      return made.body["properties"];
    };
    expect(put("local", { vmSize: "Standard_D4ds_v5" })).toMatchObject({ osDiskType: "Ephemeral", osDiskSizeGB: 150 });
    expect(put("remote", { vmSize: "Standard_D4s_v5" })).toMatchObject({ osDiskType: "Managed", osDiskSizeGB: 128 });
    expect(put("large", { vmSize: "Standard_D4ds_v5", osDiskSizeGB: 512 })).toMatchObject({ osDiskType: "Managed" });
  });
});
