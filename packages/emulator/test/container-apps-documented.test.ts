import { describe, expect, it } from "vitest";
import { appPath, at, environmentPath, startWorld, textOf } from "./container-apps-world.ts";

/** Requests with every member that the REST API documents, in its shapes. */
const network = `/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/apps`;

const environment = {
  location: "West Europe",
  properties: {
    daprAIConnectionString: "InstrumentationKey=hidden-key",
    appLogsConfiguration: { logAnalyticsConfiguration: { customerId: "workspace", sharedKey: "hidden-key" } },
    zoneRedundant: true,
    vnetConfiguration: { infrastructureSubnetId: network },
    customDomainConfiguration: {
      dnsSuffix: "shop.test",
      certificateValue: "aGlkZGVu",
      certificatePassword: "hidden-key",
    },
    workloadProfiles: [
      { name: "big", workloadProfileType: "D8", minimumCount: 3, maximumCount: 12 },
      { name: "small", workloadProfileType: "Consumption" },
    ],
    peerAuthentication: { mtls: { enabled: true } },
  },
};

const ingress = {
  external: true,
  targetPort: 3000,
  customDomains: [
    { name: "www.shop.test", bindingType: "SniEnabled", certificateId: `${environmentPath}/certificates/c` },
  ],
  traffic: [{ weight: 100, revisionName: "web-ab1234", label: "production" }],
  ipSecurityRestrictions: [{ name: "office", description: "ours", ipAddressRange: "192.168.1.1/8", action: "Allow" }],
  stickySessions: { affinity: "sticky" },
  clientCertificateMode: "accept",
  corsPolicy: { allowedOrigins: ["https://a.test"], allowedMethods: ["GET"], maxAge: 1234, allowCredentials: true },
  additionalPortMappings: [
    { external: true, targetPort: 1234 },
    { external: false, targetPort: 2345, exposedPort: 3456 },
  ],
};

const probe = {
  type: "Liveness",
  httpGet: { path: "/health", port: 8080, httpHeaders: [{ name: "Custom-Header", value: "Awesome" }] },
  initialDelaySeconds: 3,
  periodSeconds: 3,
};

const app = {
  location: "West Europe",
  identity: { type: "SystemAssigned,UserAssigned", userAssignedIdentities: { "/subscriptions/s/id": {} } },
  properties: {
    environmentId: environmentPath,
    workloadProfileName: "big",
    configuration: {
      ingress,
      dapr: { enabled: true, appPort: 3000, appProtocol: "http", httpReadBufferSize: 30, logLevel: "debug" },
      maxInactiveRevisions: 10,
      service: { type: "redis" },
      runtime: { java: { enableMetrics: true } },
      identitySettings: [{ identity: "system", lifecycle: "Init" }],
    },
    template: {
      containers: [{ image: "shop/web:v1", name: "web", resources: { cpu: 6, memory: "20Gi" }, probes: [probe] }],
      initContainers: [
        { image: "shop/web:v4", name: "initWeb0", resources: { cpu: 0.2, memory: "100Mi" }, command: ["/bin/sh"] },
      ],
      scale: {
        minReplicas: 1,
        maxReplicas: 5,
        rules: [
          { name: "http", custom: { type: "http", metadata: { concurrentRequests: "50" } } },
          { name: "queue", azureQueue: { accountName: "a", queueName: "q", queueLength: 1, identity: "system" } },
        ],
      },
      volumes: [{ name: "files", storageType: "AzureFile", storageName: "storage" }],
      serviceBinds: [{ serviceId: appPath.replace("web", "redis"), name: "redis" }],
    },
  },
};

describe("requests with everything that the documentation has", () => {
  it("make an environment that shows what was sent, filled in, and none of its secrets", () => {
    const world = startWorld();
    const made = world.call("PUT", environmentPath, environment);
    expect(made.status).toBe(201);
    expect(JSON.stringify(made.body)).not.toMatch(/hidden|aGlkZGVu/);
    expect(at(made.body, "properties")).toMatchObject({
      zoneRedundant: true,
      vnetConfiguration: { infrastructureSubnetId: network, internal: false, platformReservedCidr: null },
      customDomainConfiguration: {
        dnsSuffix: "shop.test",
        customDomainVerificationId: expect.stringMatching(/^[0-9A-F]{64}$/) as unknown,
        certificateValue: null,
        certificatePassword: null,
      },
      peerAuthentication: { mtls: { enabled: true } },
      peerTrafficConfiguration: { encryption: { enabled: false } },
    });
  });

  it("make an app that shows all of it again, and take it as a PATCH", () => {
    const world = startWorld();
    world.settle(world.call("PUT", environmentPath, environment));
    const made = world.call("PUT", appPath, app);
    expect([made.status, at(made.body, "properties.provisioningState")]).toEqual([201, "InProgress"]);
    expect(textOf(world.settle(made).body["status"])).toBe("Succeeded");
    const { body } = world.call("GET", appPath);
    const { traffic: _traffic, ...rest } = ingress;
    expect(at(body, "properties.configuration.ingress")).toMatchObject(rest);
    expect(at(body, "properties.configuration")).toMatchObject({
      service: { type: "redis" },
      runtime: { java: { enableMetrics: true } },
      dapr: { enabled: true, appPort: 3000, logLevel: "debug" },
      maxInactiveRevisions: 10,
    });
    expect(at(body, "properties.template.containers.0.probes")).toEqual([probe]);
    const [{ custom: http = { metadata: undefined } } = {}, queue] = app.properties.template.scale.rules;
    expect(at(body, "properties.template")).toMatchObject({
      volumes: app.properties.template.volumes,
      serviceBinds: app.properties.template.serviceBinds,
      // A custom rule of type http is the rule of that name.
      scale: { rules: [{ name: "http", http: { metadata: http.metadata } }, queue] },
    });
    expect(at(body, "properties.workloadProfileName")).toBe("big");
    const patched = world.call("PATCH", appPath, { ...app, tags: { tag1: "value1" } });
    expect(patched.status).toBe(202);
    expect(world.settle(patched).body).toMatchObject({ status: "Succeeded" });
  });

  it("take a TCP app where there is a network of one's own", () => {
    const world = startWorld();
    const tcp = { external: true, targetPort: 3000, exposedPort: 4000, transport: "tcp" };
    const { template } = app.properties;
    const rules = [{ name: "tcp", tcp: { metadata: { concurrentConnections: "50" } } }];
    const body = {
      location: "West Europe",
      properties: {
        environmentId: environmentPath,
        configuration: { ingress: tcp },
        template: { containers: [{ name: "web", image: "shop/web:v1" }], scale: { ...template.scale, rules } },
      },
    };
    expect(at(world.call("PUT", appPath, body).body, "error.code")).toBe("ContainerAppTcpRequiresVnet");
    world.settle(world.call("PUT", environmentPath, environment));
    const made = world.call("PUT", appPath, body);
    expect(made.status).toBe(201);
    world.settle(made);
    expect(at(world.call("GET", appPath).body, "properties.configuration.ingress")).toMatchObject({
      exposedPort: 4000,
      transport: "Tcp",
    });
  });
});
