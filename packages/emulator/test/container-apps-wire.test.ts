import { describe, expect, it } from "vitest";
import {
  appBody,
  appPath,
  at,
  deploy,
  environmentPath,
  startWorld,
  subscription,
  textOf,
} from "./container-apps-world.ts";

const operations = new RegExp(
  `^https://arm\\.test/subscriptions/${subscription}/providers/Microsoft\\.App/locations/westeurope/`,
);

describe("a PUT of an app", () => {
  it("answers 201 with an echo, for a new app and for one that exists, and fills in the rest at the end", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    const body = appBody();
    const { template } = body.properties;
    const bare = { ...body, properties: { ...body.properties, template: { containers: template.containers } } };
    const accepted = world.call("PUT", appPath, bare);
    expect(accepted.status).toBe(201);
    expect(accepted.headers).toMatchObject({
      "azure-asyncoperation": expect.stringMatching(
        /\/containerappOperationStatuses\/[0-9a-f-]{36}\?api-version=2025-10-02-preview&azureAsyncOperation=true&t=\d+&c=\S+&s=\S+&h=\S+$/,
      ) as unknown,
      "x-ms-async-operation-timeout": "PT15M",
      "x-ms-ratelimit-remaining-subscription-resource-requests": expect.stringMatching(/^\d+$/) as unknown,
      "api-supported-versions": expect.stringContaining("2025-07-01") as unknown,
    });
    expect(accepted.headers["azure-asyncoperation"]).toMatch(operations);
    expect(accepted.headers["location"]).toBeUndefined();
    const echo = at(accepted.body, "properties");
    expect(at(echo, "provisioningState")).toBe("InProgress");
    expect(at(echo, "configuration.ingress")).toMatchObject({
      fqdn: null,
      traffic: null,
      transport: null,
      exposedPort: null,
    });
    expect(at(echo, "template")).toMatchObject({
      scale: null,
      revisionSuffix: null,
      containers: [{ imageType: "CloudBuild" }],
    });
    expect(echo).toMatchObject({ latestRevisionName: "", latestReadyRevisionName: "", latestRevisionFqdn: "" });

    expect(world.settle(accepted).body).toEqual({
      id: expect.stringMatching(/\/containerappOperationStatuses\/[0-9a-f-]{36}$/) as unknown,
      name: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      status: "Succeeded",
      startTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$/) as unknown,
    });
    const { body: app } = world.call("GET", appPath);
    expect(at(app, "id")).toBe(appPath.replace("containerApps", "containerapps"));
    expect(app).toMatchObject({
      type: "Microsoft.App/containerApps",
      location: "West Europe",
      identity: { type: "None" },
    });
    const settled = at(app, "properties");
    expect(at(settled, "configuration")).toMatchObject({
      activeRevisionsMode: "Multiple",
      targetLabel: "",
      secrets: null,
      registries: null,
      dapr: null,
      maxInactiveRevisions: 100,
      identitySettings: [],
    });
    const { defaultDomain } = at(world.call("GET", environmentPath).body, "properties");
    expect(defaultDomain).toMatch(/^[a-z]+-[0-9a-f]{8}\.westeurope\.azurecontainerapps\.io$/);
    expect(at(settled, "configuration.ingress")).toMatchObject({
      fqdn: `web.${textOf(defaultDomain)}`,
      transport: "Auto",
      exposedPort: 0,
      traffic: [{ weight: 100, latestRevision: true }],
      stickySessions: null,
    });
    expect(at(settled, "template")).toMatchObject({
      revisionSuffix: "",
      initContainers: null,
      volumes: null,
      containers: [{ imageType: "ContainerImage", resources: { cpu: 0.5, memory: "1Gi", ephemeralStorage: "2Gi" } }],
      scale: { minReplicas: null, maxReplicas: 10, cooldownPeriod: 300, pollingInterval: 30, rules: null },
    });
    expect(at(settled, "template.containers.0")).not.toHaveProperty("env");

    const again = world.call("PUT", appPath, bare);
    expect(again.status).toBe(201);
    expect(at(again.body, "properties.provisioningState")).toBe("InProgress");
  });

  it("shows an internal app under the internal domain, and takes weights as text and modes in any case", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    const app = deploy(world, {
      configuration: { activeRevisionsMode: "multiple" },
      ingress: { external: false, transport: "http", traffic: [{ latestRevision: true, weight: "100" }] },
    });
    const { configuration } = at(app, "properties");
    const { defaultDomain } = at(world.call("GET", environmentPath).body, "properties");
    expect(at(configuration, "activeRevisionsMode")).toBe("Multiple");
    expect(at(configuration, "ingress")).toMatchObject({
      fqdn: `web.internal.${textOf(defaultDomain)}`,
      transport: "Http",
      traffic: [{ latestRevision: true, weight: 100 }],
    });
    expect(world.dataPlane.hosts()).toContain(`web.internal.${textOf(defaultDomain)}`);
  });
});

describe("a PATCH of an app", () => {
  it("answers 202 without a body and with both headers; the result URL gives the app", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    deploy(world);
    const patched = world.call("PATCH", appPath, {
      tags: { a: "b" },
      properties: { configuration: { ingress: { transport: "http2" } } },
    });
    expect([patched.status, patched.body]).toEqual([202, null]);
    expect(patched.headers["azure-asyncoperation"]).toMatch(operations);
    const location = patched.headers["location"] ?? "";
    expect(location).toMatch(/\/containerappOperationResults\/[0-9a-f-]{36}\?api-version=2025-10-02-preview&t=/);
    const running = world.call("GET", location);
    expect([running.status, running.body]).toEqual([202, null]);
    expect(running.headers).toMatchObject({ location, "retry-after": "15" });
    world.settle(patched);
    const { status, body } = world.call("GET", location);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      tags: { a: "b" },
      properties: { configuration: { ingress: { transport: "Http2", targetPort: 8080 } } },
    });
  });

  it("replaces arrays whole and takes null as removal", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    deploy(world, {
      container: {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      },
    });
    const { containers } = appBody({ container: { env: [{ name: "C", value: "3" }] } }).properties.template;
    world.settle(
      world.call("PATCH", appPath, { properties: { template: { containers }, configuration: { ingress: null } } }),
    );
    const { template, configuration } = at(world.call("GET", appPath).body, "properties");
    expect(at(template, "containers.0.env")).toEqual([{ name: "C", value: "3" }]);
    expect(at(template, "scale.minReplicas")).toBe(2);
    expect(at(configuration, "ingress")).toBeNull();
  });
});

describe("an environment", () => {
  it("that is asked for what it is already answers at once", () => {
    const world = startWorld();
    const body = { location: "West Europe", tags: null, properties: { vnetConfiguration: null, zoneRedundant: null } };
    expect(world.call("PUT", environmentPath, body)).toMatchObject({
      status: 200,
      body: { properties: { provisioningState: "Succeeded" } },
    });
    const logs = { destination: null, logAnalyticsConfiguration: null };
    const patched = world.call("PATCH", environmentPath, { properties: { appLogsConfiguration: logs } });
    expect([patched.status, patched.headers["location"]]).toEqual([200, undefined]);
    expect(world.call("PATCH", environmentPath, { tags: { a: "b" } }).status).toBe(202);
  });

  it("shows where telemetry goes, and no keys", () => {
    const world = startWorld();
    const openTelemetryConfiguration = {
      destinationsConfiguration: { dataDogConfiguration: { site: "here", key: "secret" } },
      tracesConfiguration: { destinations: ["dataDog"] },
      logsConfiguration: { destinations: [] },
    };
    world.settle(world.call("PATCH", environmentPath, { properties: { openTelemetryConfiguration } }));
    expect(at(world.call("GET", environmentPath).body, "properties.openTelemetryConfiguration")).toEqual({
      destinationsConfiguration: { dataDogConfiguration: { site: "here", key: null }, otlpConfigurations: null },
      tracesConfiguration: { includeDapr: false, destinations: ["dataDog"] },
      logsConfiguration: null,
      metricsConfiguration: null,
    });
  });

  it("can be in a region whose name has more than letters", () => {
    const world = startWorld();
    const path = environmentPath.replace(/main$/, "stage");
    const made = world.call("PUT", path, { location: "North Central US (Stage)", properties: {} });
    expect(made.body).toMatchObject({ location: "North Central US (Stage)" });
    expect(made.headers["azure-asyncoperation"]).toContain("/locations/northcentralusstage/");
  });

  it("is Waiting when made, Updating when put again, and PATCH and DELETE give a location only", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    const path = environmentPath.replace(/main$/, "other");
    const made = world.call("PUT", path, {
      location: "westeurope",
      properties: {
        appLogsConfiguration: {
          destination: "log-analytics",
          logAnalyticsConfiguration: { customerId: "id", sharedKey: "secret" },
        },
      },
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      location: "West Europe",
      properties: { provisioningState: "Waiting", vnetConfiguration: null },
    });
    expect(JSON.stringify(made.body)).not.toContain("secret");
    expect(made.headers["azure-asyncoperation"]).toContain("/managedEnvironmentOperationStatuses/");
    world.settle(made);
    const again = world.call("PUT", path, { location: "westeurope", properties: {} });
    expect([again.status, at(again.body, "properties.provisioningState")]).toEqual([201, "Updating"]);
    world.settle(again);
    const patched = world.call("PATCH", path, { tags: { a: "b" } });
    expect([patched.status, patched.body, patched.headers["azure-asyncoperation"]]).toEqual([202, null, undefined]);
    expect(world.settle(patched)).toMatchObject({ status: 200, body: { tags: { a: "b" } } });
    const deleted = world.call("DELETE", path);
    expect([deleted.status, deleted.headers["azure-asyncoperation"]]).toEqual([202, undefined]);
    expect(at(world.call("GET", path).body, "properties.provisioningState")).toBe("ScheduledForDelete");
    expect(world.settle(deleted).status).toBe(204);
  });
});
