import { describe, expect, it } from "vitest";
import { prepare, startServer } from "./container-apps-server.ts";
import {
  appBody,
  appPath,
  at,
  deploy,
  environmentPath,
  itemsOf,
  type Json,
  startWorld,
  subscription,
  type TestWorld,
  textOf,
} from "./container-apps-world.ts";

const provider = `/subscriptions/${subscription}/providers/Microsoft.App`;

function codeOf({ status, body }: { status: number; body: Json }): readonly unknown[] {
  return [status, at(body, "error.code"), at(body, "error.message")];
}

function domain(world: TestWorld): string {
  return textOf(at(world.call("GET", environmentPath).body, "properties.defaultDomain"));
}

describe("a Dapr component", () => {
  const path = `${environmentPath}/daprComponents/orders`;
  const properties = {
    componentType: "pubsub.azure.servicebus.topics",
    version: "v1",
    metadata: [
      { name: "namespaceName", value: "ns1", secretRef: null },
      { name: "connectionString", secretRef: "bus" },
    ],
    secrets: [{ name: "bus", value: "Endpoint=sb://ns1", keyVaultUrl: null }],
    scopes: ["shop", "settle"],
    initTimeout: null,
  };

  it("is written at once, shown without its secrets' values and without nulls, and deleted with 204", () => {
    const world = startWorld();
    const made = world.call("PUT", path, { properties });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({
      id: path,
      name: "orders",
      type: "Microsoft.App/managedEnvironments/daprComponents",
      systemData: { createdByType: "User" },
    });
    expect(at(made.body, "properties")).toEqual({
      componentType: properties.componentType,
      version: "v1",
      ignoreErrors: false,
      metadata: [
        { name: "namespaceName", value: "ns1" },
        { name: "connectionString", secretRef: "bus" },
      ],
      secrets: [{ name: "bus" }],
      scopes: properties.scopes,
    });
    expect(world.call("POST", `${path}/listSecrets`).body).toEqual({
      value: [{ name: "bus", value: "Endpoint=sb://ns1" }],
    });
    expect(itemsOf(world.call("GET", `${environmentPath}/daprComponents`))).toHaveLength(1);
    expect([world.call("DELETE", path).status, world.call("DELETE", path).status]).toEqual([204, 204]);
    expect(codeOf(world.call("GET", path))).toEqual([
      404,
      "DaprComponentNotFound",
      "Dapr Component with name 'orders' was not found.",
    ]);
  });

  it("has resiliency policies of its own, which go with it", () => {
    const world = startWorld();
    const policies = `${path}/resiliencyPolicies`;
    expect(codeOf(world.call("GET", policies))[1]).toBe("DaprComponentNotFound");
    world.call("PUT", path, { properties });
    const policy = { inboundPolicy: { timeoutPolicy: { responseTimeoutInSeconds: 15 } } };
    expect(world.call("PUT", `${policies}/slow`, { properties: policy })).toMatchObject({
      status: 200,
      body: { name: "slow", properties: policy },
    });
    expect(codeOf(world.call("GET", `${policies}/other`))[1]).toBe("DaprComponentResiliencyNotFound");
    world.call("DELETE", path);
    world.call("PUT", path, { properties });
    expect(itemsOf(world.call("GET", policies))).toEqual([]);
  });

  it("is refused without a type, and with a secret that it does not have", () => {
    const world = startWorld();
    const put = (changes: Record<string, unknown>): readonly unknown[] =>
      codeOf(world.call("PUT", path, { properties: { ...properties, ...changes } })).slice(0, 2);
    expect(put({ componentType: null })).toEqual([400, "InvalidParameterValueInContainerTemplate"]);
    expect(put({ secrets: [] })).toEqual([400, "DaprComponentSecretRefNotFound"]);
    expect(put({ metadata: "none" })).toEqual([400, "ContainerAppInvalidSchema"]);
  });
});

describe("storages, certificates and maintenance windows", () => {
  it("answer with 200 when written and deleted, and hide keys", () => {
    const world = startWorld();
    const storage = `${environmentPath}/storages/files`;
    const azureFile = { accountName: "acct", accountKey: "hidden", shareName: "data", accessMode: "ReadWrite" };
    const made = world.call("PUT", storage, { properties: { azureFile } });
    expect([made.status, at(made.body, "properties")]).toEqual([
      200,
      { azureFile: { accountName: "acct", shareName: "data", accessMode: "ReadWrite" } },
    ]);
    expect(world.call("DELETE", storage).status).toBe(200);
    expect(codeOf(world.call("GET", storage))).toEqual([
      404,
      "ManagedEnvironmentStorageNotFound",
      "ManagedEnvironment Storage 'files' was not found.",
    ]);
    const certificate = `${environmentPath}/certificates/shop`;
    const uploaded = world.call("PUT", certificate, {
      location: "westeurope",
      properties: { value: "UEZY", password: "hidden" },
    });
    expect(uploaded).toMatchObject({
      status: 200,
      body: { location: "westeurope", properties: { provisioningState: "Succeeded", valid: true } },
    });
    expect(JSON.stringify(uploaded.body)).not.toMatch(/UEZY|hidden/);
    expect(world.call("DELETE", certificate).status).toBe(200);
    const window = `${environmentPath}/maintenanceConfigurations/default`;
    expect(codeOf(world.call("GET", window))).toEqual([
      404,
      "MaintenanceConfigurationNotFound",
      "Maintenance Configuration not found for environment default",
    ]);
    const scheduledEntries = [{ weekDay: "Sunday", startHourUtc: 2, durationHours: 8 }];
    expect(world.call("PUT", window, { properties: { scheduledEntries } })).toMatchObject({
      status: 200,
      body: { name: "default", properties: { scheduledEntries } },
    });
    const short = [{ weekDay: "Sunday", startHourUtc: 2, durationHours: 7 }];
    expect(world.call("PUT", window, { properties: { scheduledEntries: short } }).status).toBe(400);
    expect(world.call("PUT", `${environmentPath}/maintenanceConfigurations/x`, { properties: {} }).status).toBe(400);
  });

  it("are gone with their environment", () => {
    const world = startWorld();
    const path = `${environmentPath}/storages/files`;
    const properties = { nfsAzureFile: { server: "a.file.core.windows.net", shareName: "/a/data" } };
    world.call("PUT", path, { properties });
    world.settle(world.call("DELETE", environmentPath));
    expect(world.call("GET", path).status).toBe(404);
    world.settle(world.call("PUT", environmentPath, { location: "westeurope", properties: {} }));
    expect(itemsOf(world.call("GET", `${environmentPath}/storages`))).toEqual([]);
  });
});

describe("an HTTP route config", () => {
  const path = `${environmentPath}/httpRouteConfigs/edge`;
  const rule = (target: Record<string, unknown>, match: Record<string, unknown>, prefixRewrite?: string) => ({
    description: "api",
    targets: [target],
    routes: [{ match, ...(prefixRewrite === undefined ? {} : { action: { prefixRewrite } }) }],
  });

  it("gets a host of its own whose paths lead to apps, and tells of targets that are not there", () => {
    const world = startWorld();
    deploy(world);
    const rules = [
      rule({ ContainerApp: "web" }, { prefix: "/api" }, "/"),
      rule({ containerApp: "gone" }, { prefix: "/" }),
    ];
    const made = world.call("PUT", path, { properties: { rules } });
    expect(made.status).toBe(200);
    expect(at(made.body, "properties")).toMatchObject({
      provisioningState: "SucceededWithErrors",
      provisioningErrors: [{ message: expect.stringContaining("gone") as unknown }],
      fqdn: `edge.${domain(world)}`,
      customDomains: [],
      rules: [
        {
          description: "api",
          targets: [{ containerApp: "web" }],
          routes: [{ match: { prefix: "/api", caseSensitive: true }, action: { prefixRewrite: "/" } }],
        },
        {},
      ],
    });
    expect(world.dataPlane.route(`edge.${domain(world)}`)?.rules).toEqual([
      { kind: "prefix", path: "/api", caseSensitive: true, prefixRewrite: "/", host: `web.${domain(world)}` },
    ]);
    const patched = world.call("PATCH", path, { properties: { rules: rules.slice(0, 1) } });
    expect([patched.status, at(patched.body, "properties.provisioningState")]).toEqual([200, "Succeeded"]);
    expect(world.call("DELETE", path).status).toBe(204);
    expect(world.dataPlane.hosts()).not.toContain(`edge.${domain(world)}`);
  });

  it("follows its app: a label's host, and nothing when the app is gone", () => {
    const world = startWorld();
    world.call("PUT", path, { properties: { rules: [rule({ containerApp: "web", label: "blue" }, { path: "/v1" })] } });
    expect(world.dataPlane.route(`edge.${domain(world)}`)?.rules).toEqual([]);
    deploy(world);
    const hosts = (): readonly unknown[] =>
      (world.dataPlane.route(`edge.${domain(world)}`)?.rules ?? []).map(({ host }) => host);
    expect(hosts()).toEqual([`web---blue.${domain(world)}`]);
    world.settle(world.call("DELETE", appPath));
    expect(hosts()).toEqual([]);
  });

  it("is refused without a target, with two matches, and with a name that is no host", () => {
    const world = startWorld();
    const put = (name: string, rules: unknown): number =>
      world.call("PUT", path.replace("edge", name), { properties: { rules } }).status;
    expect(put("edge", [{ routes: [], targets: [] }])).toBe(400);
    expect(put("edge", [rule({ containerApp: "web" }, { prefix: "/", path: "/" })])).toBe(400);
    expect(put("Edge-1", [])).toBe(400);
  });
});

describe("what an environment and a region have", () => {
  it("lists profiles, their states, meters and usages", () => {
    const world = startWorld();
    const types = itemsOf(
      world.call("GET", `${provider}/locations/westeurope/availableManagedEnvironmentsWorkloadProfileTypes`),
    );
    expect(types.find(({ name }) => (name as unknown) === "D4")).toMatchObject({
      type: "Microsoft.App/availableManagedEnvironmentsWorkloadProfileTypes",
      location: "westeurope",
      properties: { category: "GeneralPurpose", cores: 4, memoryGiB: 16, displayName: "Dedicated-D4" },
    });
    const meters = itemsOf(world.call("GET", `${provider}/locations/West Europe/billingMeters`.replace(" ", "%20")));
    expect(meters[0]).toMatchObject({ name: "GeneralPurposeDseriesCPU", properties: { meterType: "CPU" } });
    const [usage] = itemsOf(world.call("GET", `${provider}/locations/westeurope/usages`));
    expect(usage).toMatchObject({ name: { value: "ManagedEnvironmentCount" }, currentValue: 1, limit: 15 });
    const workloadProfiles = [
      { name: "Consumption", workloadProfileType: "Consumption" },
      { name: "big", workloadProfileType: "D8", minimumCount: 1, maximumCount: 3 },
    ];
    world.settle(world.call("PATCH", environmentPath, { properties: { workloadProfiles } }));
    expect(at(world.call("GET", environmentPath).body, "properties.workloadProfiles.1")).toEqual({
      name: "big",
      workloadProfileType: "D8",
      enableFips: false,
      minimumCount: 1,
      maximumCount: 3,
    });
    const states = itemsOf(world.call("GET", `${environmentPath}/workloadProfileStates`));
    expect(states.map((state) => at(state, "properties"))).toEqual([
      { name: "Consumption", workloadProfileType: "Consumption", enableFips: false },
      { name: "big", workloadProfileType: "D8", enableFips: false, minimumCount: 1, currentCount: 1, maximumCount: 3 },
    ]);
    const bad = world.call("PATCH", environmentPath, { properties: { workloadProfiles: [{ name: "x" }] } });
    expect(bad.status).toBe(400);
    expect(world.call("GET", `${provider}/locations/nowhere/usages`).status).toBe(400);
  });

  it("gives a token, a verification id, and says which names are taken", () => {
    const world = startWorld();
    const token = world.call("POST", `${environmentPath}/getAuthtoken`);
    expect(token).toMatchObject({
      status: 200,
      body: {
        name: "main",
        type: "Microsoft.App/managedEnvironments/accesstoken",
        properties: { token: expect.any(String) as unknown },
      },
    });
    expect(world.call("POST", `${provider}/getCustomDomainVerificationId`).body).toMatch(/^[0-9A-F]{64}$/);
    const check = (name: unknown, type: string): Json =>
      world.call("POST", `${environmentPath}/checkNameAvailability`, { name, type }).body;
    expect(check("web", "Microsoft.App/containerApps")).toEqual({ nameAvailable: true, reason: "None", message: "" });
    deploy(world);
    expect(check("web", "Microsoft.App/containerApps")).toMatchObject({
      nameAvailable: false,
      reason: "AlreadyExists",
    });
    expect(check("web", "Microsoft.App/managedEnvironments/certificates")).toMatchObject({ nameAvailable: true });
    expect(world.call("POST", `${environmentPath}/checkNameAvailability`).status).toBe(400);
  });
});

describe("the ingress of an app", () => {
  it("hands its rules to the data plane, but not for the short name inside", () => {
    const world = startWorld();
    const corsPolicy = { allowedOrigins: ["https://shop.test"], maxAge: 60 };
    const ipSecurityRestrictions = [{ name: "office", ipAddressRange: "10.0.0.0/8", action: "Allow" }];
    deploy(world, { ingress: { corsPolicy, ipSecurityRestrictions } });
    expect(world.dataPlane.route(`web.${domain(world)}`)?.policy).toMatchObject({
      sources: { action: "allow", blocks: ["10.0.0.0/8"] },
      cors: { allowedOrigins: ["https://shop.test"], maxAgeSeconds: 60, allowCredentials: false },
    });
    expect(world.dataPlane.route("web.main")?.policy).toBeUndefined();
  });

  it("is refused with rules of both kinds, an address that is none, and external TCP without a network", () => {
    const world = startWorld();
    const put = (ingress: Record<string, unknown>): readonly unknown[] =>
      codeOf(world.call("PUT", appPath, appBody({ ingress }))).slice(0, 2);
    const rule = (action: string, ipAddressRange: string) => ({ name: action, action, ipAddressRange });
    const invalid = [400, "InvalidParameterValueInContainerTemplate"];
    expect(put({ ipSecurityRestrictions: [rule("Allow", "10.0.0.1"), rule("Deny", "10.0.0.2")] })).toEqual(invalid);
    expect(put({ ipSecurityRestrictions: [rule("Allow", "10.0.0.1/40")] })).toEqual(invalid);
    expect(put({ corsPolicy: { allowedOrigins: ["https://a\r\nx: y"] } })).toEqual(invalid);
    expect(put({ additionalPortMappings: [{ external: true }] })).toEqual(invalid);
    expect(put({ transport: "tcp", exposedPort: 5432 })).toEqual([400, "ContainerAppTcpRequiresVnet"]);
  });
});

describe("@azure/arm-appcontainers with what is below an environment", () => {
  it("writes, reads and deletes it", async () => {
    await using server = await startServer();
    await prepare(server);
    const { daprComponents, managedEnvironmentsStorages, httpRouteConfig, maintenanceConfigurations } = server.client;
    const component = { componentType: "state.redis", version: "v1", metadata: [{ name: "host", value: "redis" }] };
    expect(await daprComponents.createOrUpdate("shop", "main", "state", component)).toMatchObject(component);
    expect(await daprComponents.listSecrets("shop", "main", "state")).toEqual({ value: [] });
    await daprComponents.delete("shop", "main", "state");
    const storage = { properties: { azureFile: { accountName: "a", shareName: "s", accessMode: "ReadOnly" } } };
    await managedEnvironmentsStorages.createOrUpdate("shop", "main", "files", storage);
    expect((await managedEnvironmentsStorages.list("shop", "main")).value).toHaveLength(1);
    await managedEnvironmentsStorages.delete("shop", "main", "files");
    const rules = [{ targets: [{ containerApp: "web" }], routes: [{ match: { prefix: "/" } }] }];
    const route = await httpRouteConfig.createOrUpdate("shop", "main", "edge", {
      httpRouteConfigEnvelope: { properties: { rules } },
    });
    expect(route.properties?.fqdn).toMatch(/^edge\./);
    await httpRouteConfig.delete("shop", "main", "edge");
    const scheduledEntries = [{ weekDay: "Monday" as const, startHourUtc: 3, durationHours: 8 }];
    await maintenanceConfigurations.createOrUpdate("shop", "main", "default", { scheduledEntries });
    await maintenanceConfigurations.delete("shop", "main", "default");
    await expect(maintenanceConfigurations.get("shop", "main", "default")).rejects.toMatchObject({ statusCode: 404 });
  });
});
