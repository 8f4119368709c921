import { describe, expect, it } from "vitest";
import { clusterBody, clusterPath, poolPath, startWithCluster, startWorld } from "./container-service-world.ts";

const at = (path: string, version: string) => `${path}?api-version=${version}`;

describe("what a version of the API shows", () => {
  const members: [string, string[], string[]][] = [
    [
      "2024-07-01",
      [],
      ["kind", "eTag", "nodeProvisioningProfile", "bootstrapProfile", "podLinkLocalAccess", "nodeResourceGroupProfile"],
    ],
    ["2025-01-01", ["eTag", "bootstrapProfile"], ["kind", "nodeProvisioningProfile", "sshAccess", "maxUnavailable"]],
    ["2025-10-01", ["kind", "nodeProvisioningProfile", "sshAccess"], ["podLinkLocalAccess", "enableCustomCATrust"]],
    ["2024-06-02-preview", ["podLinkLocalAccess"], ["defaultNodePools", "maxUnavailable"]],
    ["2025-07-02-preview", ["podLinkLocalAccess", "defaultNodePools"], []],
  ];

  it.each(members)("is of %s what it has, and nothing that came later or stayed in preview", (version, has, lacks) => {
    const { call } = startWithCluster();
    const [one, listed] = [call("GET", at(clusterPath, version)), call("GET", at(list, version))];
    expect(listed.body["value"]).toEqual([one.body]);
    const text = JSON.stringify(one.body);
    for (const member of has) expect(text).toContain(`"${member}"`);
    for (const member of lacks) expect(text).not.toContain(`"${member}"`);
    const pool = JSON.stringify(call("GET", at(poolPath("nodepool1"), version)).body);
    for (const member of lacks) expect(pool).not.toContain(`"${member}"`);
  });

  it("leaves what an older version cannot see as it is", () => {
    const { call, settle } = startWithCluster({ pool: { securityProfile: { sshAccess: "Disabled" } } });
    settle(call("PUT", at(poolPath("nodepool1"), "2025-07-01"), { properties: { count: 4 } }));
    const { properties } = call("GET", poolPath("nodepool1")).body;
    expect(properties).toMatchObject({ count: 4, securityProfile: { sshAccess: "Disabled" } });
  });

  it("leaves of drivers what an older version does not show", () => {
    const { call, settle } = startWithCluster();
    const storageProfile = { diskCSIDriver: { enabled: true } };
    const body = { location: "westeurope", properties: { storageProfile } };
    settle(call("PUT", at(clusterPath, "2025-07-01"), body));
    const shown = call("GET", at(clusterPath, "2025-07-02-preview")).body["properties"]["storageProfile"];
    expect(shown).toMatchObject({ diskCSIDriver: { enabled: true, version: "v1" }, fileCSIDriver: { enabled: true } });
  });

  it("tells more of machines in its previews", () => {
    const { call } = startWithCluster();
    const machines = (version: string) =>
      call("GET", at(`${poolPath("nodepool1")}/machines`, version)).body["value"][0];
    expect(Object.keys(machines("2025-10-01")?.["properties"] ?? {})).toEqual(["resourceId", "network"]);
    expect(machines("2025-10-02-preview")).toMatchObject({
      properties: {
        hardware: { vmSize: "Standard_D4s_v5" },
        kubernetes: { currentOrchestratorVersion: "1.34.2", kubeletDiskType: "OS", maxPods: 250 },
        mode: "System",
        priority: "Regular",
        provisioningState: "Succeeded",
      },
    });
  });
});

describe("what a version of the API takes", () => {
  const unknown: [string, string, string, unknown][] = [
    [
      "a property that came later",
      "2025-07-01",
      "sshAccess",
      { properties: { securityProfile: { sshAccess: "Disabled" } } },
    ],
    ["a property of previews", "2026-06-01", "upgradeStrategy", { properties: { upgradeStrategy: "BlueGreen" } }],
    [
      "a property of older previews",
      "2025-10-01",
      "enableCustomCATrust",
      { properties: { enableCustomCATrust: true } },
    ],
  ];

  it.each(unknown)("is not %s", (_, version, field, body) => {
    const { call } = startWithCluster();
    expect(call("PUT", at(poolPath("nodepool1"), version), body)).toMatchObject({
      status: 400,
      body: {
        code: "UnmarshalError",
        message: `UnmarshalEntity encountered error: json: unknown field "${field}" Check that the field is in the right location, is spelled correctly, and is supported in the API version. Visit aka.ms/aks/apiversions for more API version information..`,
        subcode: "",
      },
    });
  });

  it("is what older previews had, from a preview that comes after them", () => {
    const { call } = startWithCluster();
    const body = { properties: { enableCustomCATrust: true } };
    const answer = call("PUT", at(poolPath("nodepool1"), "2025-09-02-preview"), body);
    expect(answer).toMatchObject({ status: 200, body });
  });

  it("is a cluster without an identity: it gets one of its own", () => {
    const { call, settle } = startWorld();
    const made = call("PUT", clusterPath, { ...clusterBody(), identity: undefined });
    expect(made).toMatchObject({ status: 201, body: { identity: { type: "SystemAssigned" } } });
    expect(settle(made)).toMatchObject({ status: "Succeeded" });
  });
});

describe("what only previews have", () => {
  const preview = "2026-02-02-preview";
  const authenticator = {
    properties: {
      issuer: { url: "https://example.com", audiences: ["https://example.com/audience"] },
      claimMappings: { username: { expression: "'aks:jwt:' + claims.sub" } },
    },
  };
  const membership = { properties: { managedMeshID: "/subscriptions/s/providers/Microsoft.AppLink/applinks/a" } };
  const children: [string, object, object][] = [
    ["jwtAuthenticators", authenticator, { properties: { issuer: { url: "http://example.com" } } }],
    ["meshMemberships", membership, { properties: {} }],
  ];

  it.each(children)("are %s, written and read as other children", (kind, body, bad) => {
    const { call, settle } = startWithCluster();
    const path = at(`${clusterPath}/${kind}/one`, preview);
    const made = call("PUT", path, body);
    expect(made).toMatchObject({ status: 201, body: { name: "one", ...body } });
    settle(made);
    expect(call("GET", path)).toMatchObject({ status: 200, body });
    expect(call("GET", at(`${clusterPath}/${kind}`, preview)).body["value"]).toHaveLength(1);
    expect(call("PUT", at(`${clusterPath}/${kind}/two`, preview), bad)).toMatchObject({ status: 400 });
    expect(call("DELETE", path)).toMatchObject({ status: 202 });
    expect(call("DELETE", at(`${clusterPath}/${kind}/none`, preview))).toMatchObject({ status: 204 });
  });

  it("is the balancing of load balancers", () => {
    const { call, settle } = startWithCluster();
    const answer = call("POST", at(`${clusterPath}/rebalanceLoadBalancers`, preview), {
      loadBalancerNames: ["kubernetes"],
    });
    expect(answer.status).toBe(202);
    expect(settle(answer)).toMatchObject({ status: "Succeeded" });
  });
});

const list = clusterPath.slice(0, clusterPath.lastIndexOf("/"));
