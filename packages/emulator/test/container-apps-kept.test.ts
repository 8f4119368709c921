import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCertificates } from "../src/http/tls.ts";
import {
  appBody,
  appPath,
  at,
  deploy,
  environmentPath,
  groupPath,
  itemsOf,
  startWorld,
  subscription,
  type TestWorld,
  textOf,
} from "./container-apps-world.ts";

const provider = `${groupPath}/providers/Microsoft.App`;
const connected = `${provider}/connectedEnvironments/edge`;
const customLocation = {
  name: `${groupPath}/providers/Microsoft.ExtendedLocation/customLocations/here`,
  type: "CustomLocation",
};

/** Writes and waits; gives the state at the answer and at the end. */
function write(world: TestWorld, path: string, body: unknown): readonly unknown[] {
  const answer = world.call("PUT", path, body);
  const accepted = at(answer.body, "properties.provisioningState");
  if (answer.status === 201) world.settle(answer);
  const url = path.includes("?") ? path : `${path}?api-version=2026-07-01`;
  return [answer.status, accepted, at(world.call("GET", url).body, "properties.provisioningState")];
}

describe("a connected environment", () => {
  it("is Waiting when made, shows where it is, and goes with what is below it", () => {
    const world = startWorld();
    const body = { location: "westeurope", extendedLocation: customLocation, properties: {} };
    expect(write(world, connected, body)).toEqual([201, "Waiting", "Succeeded"]);
    expect(world.call("GET", connected).body).toMatchObject({
      type: "Microsoft.App/connectedEnvironments",
      location: "westeurope",
      extendedLocation: customLocation,
      properties: { defaultDomain: expect.stringMatching(/^edge-[a-z0-9]{7}\.westeurope\.k4apps\.io$/) as unknown },
    });
    const file = { accountName: "a", accountKey: "hidden", shareName: "s", accessMode: "ReadOnly" };
    const storage = { properties: { azureFile: file } };
    expect(write(world, `${connected}/storages/files`, storage)).toEqual([201, "InProgress", "Succeeded"]);
    expect(JSON.stringify(world.call("GET", `${connected}/storages`).body)).not.toContain("hidden");
    const certificate = { location: "westeurope", properties: { value: "aGlkZGVu", password: "hidden" } };
    expect(write(world, `${connected}/certificates/c`, certificate)).toEqual([201, "Pending", "Succeeded"]);
    const gone = world.call("DELETE", connected);
    expect(gone.headers["location"]).toMatch(/\/connectedOperationResults\/[\w=]+\?/);
    expect(world.settle(gone).status).toBe(204);
    expect(world.call("GET", `${connected}/storages/files`)).toMatchObject({
      status: 404,
      body: { error: { code: "ParentResourceNotFound" } },
    });
    expect(world.call("DELETE", connected).status).toBe(204);
  });

  it("answers its children at once in the API versions in which they were written so", () => {
    const world = startWorld();
    world.settle(world.call("PUT", connected, { location: "westeurope", properties: {} }));
    const body = { properties: { componentType: "state.redis", version: "v1", secrets: [{ name: "k", value: "v" }] } };
    const path = `${connected}/daprComponents/store`;
    expect(world.call("PUT", `${path}?api-version=2024-03-01`, body).status).toBe(200);
    expect(itemsOf(world.call("POST", `${path}/listSecrets`))).toEqual([{ name: "k", value: "v" }]);
    expect(world.call("DELETE", `${path}?api-version=2024-03-01`).status).toBe(200);
  });
});

describe("apps and jobs in a connected environment", () => {
  const extendedLocation = customLocation;

  it("are made there, without a profile or addresses of their own, and keep it from being deleted", () => {
    const world = startWorld({ apiVersion: "2025-02-02-preview" });
    world.settle(world.call("PUT", connected, { location: "westeurope", extendedLocation, properties: {} }));
    const body = appBody();
    const properties = { ...body.properties, environmentId: connected };
    const made = world.call("PUT", appPath, { ...body, extendedLocation, properties });
    expect([made.status, at(made.body, "properties.managedEnvironmentId")]).toEqual([201, null]);
    world.settle(made);
    world.kernel.runFor(120_000);
    const { defaultDomain } = at(world.call("GET", connected).body, "properties");
    expect(world.call("GET", appPath).body).toMatchObject({
      extendedLocation,
      properties: {
        environmentId: connected,
        workloadProfileName: null,
        outboundIpAddresses: null,
        latestReadyRevisionName: expect.stringMatching(/^web--/) as unknown,
        configuration: { ingress: { fqdn: `web.${textOf(defaultDomain)}` } },
      },
    });
    expect(world.call("DELETE", connected)).toMatchObject({ status: 409, body: { error: { code: "100026" } } });
    world.settle(world.call("DELETE", appPath));
    expect(world.call("DELETE", connected).status).toBe(202);
  });

  it("are refused when there is no such environment", () => {
    const world = startWorld();
    const body = appBody();
    const refused = world.call("PUT", appPath, {
      ...body,
      properties: { ...body.properties, environmentId: connected },
    });
    expect(refused).toMatchObject({ status: 404, body: { error: { code: "ManagedEnvironmentNotFound" } } });
  });
});

describe("a logic app", () => {
  const logic = `${appPath}/providers/Microsoft.App/logicApps/web`;

  it("has the workflows that were deployed to it, until they are deleted", () => {
    const world = startWorld({ apiVersion: "2025-07-01" });
    expect(world.call("PUT", logic, {})).toMatchObject({
      status: 404,
      body: { error: { code: "ParentResourceNotFound" } },
    });
    deploy(world);
    expect(world.call("PUT", logic, {})).toMatchObject({ status: 200, body: { type: "Microsoft.App/logicApps" } });
    expect(itemsOf(world.call("GET", `${logic}/workflows`))).toEqual([]);
    const files = { "orders/workflow.json": { kind: "Stateless" }, "connections.json": { managedApiConnections: {} } };
    expect(world.call("POST", `${logic}/deployWorkflowArtifacts`, { files }).status).toBe(200);
    expect(itemsOf(world.call("GET", `${logic}/workflows`))).toMatchObject([{ name: "web/orders", kind: "Stateless" }]);
    expect(world.call("GET", `${logic}/workflows/orders`).body).toMatchObject({
      id: expect.stringMatching(/\/logicApps\/web\/workflows\/orders$/) as unknown,
      properties: { flowState: "Enabled", files: { "connections.json": { managedApiConnections: {} } } },
    });
    expect(world.call("POST", `${logic}/listWorkflowsConnections`).body).toMatchObject({ name: "web/connections" });
    world.call("POST", `${logic}/deployWorkflowArtifacts`, { filesToDelete: ["orders/"] });
    expect(world.call("GET", `${logic}/workflows/orders`).status).toBe(404);
    expect([world.call("DELETE", logic).status, world.call("DELETE", logic).status]).toEqual([200, 204]);
  });

  it("is no more where its app is not, and an app has no patches or builds", () => {
    const world = startWorld({ apiVersion: "2025-02-02-preview" });
    deploy(world);
    for (const kind of ["patches", "builds"]) {
      expect(itemsOf(world.call("GET", `${appPath}/${kind}`))).toEqual([]);
      expect(world.call("GET", `${appPath}/${kind}/one`).status).toBe(404);
      expect(world.call("DELETE", `${appPath}/${kind}/one`).status).toBe(204);
    }
    expect(world.call("GET", `${appPath}/labelHistory`).status).toBe(200);
    expect(world.call("GET", logic).status).toBe(404);
  });
});

describe("an add-on", () => {
  it("gets its containers, its port and its secrets from the service", () => {
    const world = startWorld();
    const path = appPath.replace(/web$/, "cache");
    const made = world.call("PUT", path, {
      location: "westeurope",
      properties: {
        environmentId: environmentPath,
        configuration: { service: { type: "redis" }, ingress: null, secrets: null },
        template: { containers: [{ name: "cache", image: "redis" }] },
      },
    });
    expect(made).toMatchObject({
      status: 201,
      body: { properties: { configuration: { ingress: null, secrets: null } } },
    });
    world.settle(made);
    expect(at(world.call("GET", path).body, "properties")).toMatchObject({
      configuration: {
        service: { type: "redis" },
        secrets: [{ name: "redis-config" }],
        ingress: { external: false, targetPort: 6379, exposedPort: 6379, transport: "Tcp" },
      },
      template: {
        containers: [{ name: "cache", image: expect.stringContaining("/redis:") as unknown, resources: { cpu: 1 } }],
        scale: { minReplicas: 0, maxReplicas: 1, cooldownPeriod: 900 },
      },
    });
    expect(world.settle(world.call("PATCH", path, { tags: { a: "b" } }))).toMatchObject({
      body: { status: "Succeeded" },
    });
    expect(itemsOf(world.call("GET", `${path}/revisions`))).toHaveLength(1);
  });
});

describe("a session pool", () => {
  const pool = connected.replace(/connectedEnvironments.*/, "sessionPools/code");

  it("of containers of one's own says what runs and is deleted by an operation", () => {
    const world = startWorld();
    const made = world.call("PUT", pool, {
      location: "westeurope",
      properties: {
        containerType: "CustomContainer",
        dynamicPoolConfiguration: { lifecycleConfiguration: { cooldownPeriodInSeconds: "300" } },
        customContainerTemplate: { containers: [{ name: "run", image: "shop/run:1", env: null }] },
        scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
      },
    });
    expect(made).toMatchObject({ status: 201, body: { identity: { type: "None" } } });
    world.settle(made);
    expect(at(world.call("GET", pool).body, "properties")).toMatchObject({
      dynamicPoolConfiguration: { lifecycleConfiguration: { cooldownPeriodInSeconds: 300 } },
      templateUpdateStatus: { activeTemplate: { status: { expectedCount: 2, readyCount: 2 } } },
    });
    expect(world.call("DELETE", pool).status).toBe(202);
  });

  it("of the platform's own is there, and gone, at once", () => {
    const world = startWorld();
    const properties = { containerType: "PythonLTS", scaleConfiguration: { maxConcurrentSessions: 10 } };
    expect(world.call("PUT", pool, { location: "westeurope", properties }).status).toBe(200);
    expect(world.call("DELETE", pool).status).toBe(204);
  });
});

describe("what is below an environment and takes its time", () => {
  it("is a Java component with an operation of opaque id", () => {
    const world = startWorld();
    const path = `${environmentPath}/javaComponents/admin`;
    const made = world.call("PUT", path, { properties: { componentType: "SpringBootAdmin" } });
    expect([made.status, at(made.body, "properties.provisioningState")]).toEqual([201, "InProgress"]);
    const [, id = ""] = /\/operationStatuses\/([\w=]+)\?/.exec(made.headers["azure-asyncoperation"] ?? "") ?? [];
    expect(Buffer.from(id, "base64").toString()).toMatch(/^javaComponents:[0-9a-f-]{36}$/);
    expect(world.settle(made).body).toMatchObject({ status: "Succeeded" });
    const { defaultDomain } = at(world.call("GET", environmentPath).body, "properties");
    expect(at(world.call("GET", path).body, "properties")).toMatchObject({
      ingress: { fqdn: `admin.${textOf(defaultDomain)}` },
      scale: { minReplicas: 1, maxReplicas: 1 },
    });
    const patched = world.call("PATCH", path, { properties: { scale: { minReplicas: 2, maxReplicas: 2 } } });
    expect([patched.status, patched.headers["azure-asyncoperation"]]).toEqual([202, undefined]);
    expect(world.settle(patched)).toMatchObject({ status: 200, body: { properties: { scale: { maxReplicas: 2 } } } });
    const again = world.call("PATCH", path, { properties: {} });
    expect(at(world.call("DELETE", path).body, "error.code")).toBe("OperationInProgress");
    world.settle(again);
    expect(world.settle(world.call("DELETE", path)).status).toBe(204);
    expect(world.call("GET", path)).toMatchObject({ status: 404, body: { error: { code: "ResourceNotFound" } } });
  });

  it("is a managed certificate, which cannot be changed", () => {
    const world = startWorld();
    const path = `${environmentPath}/managedCertificates/site`;
    const body = { location: "West Europe", properties: { subjectName: "a.test", domainControlValidation: "CNAME" } };
    expect(write(world, path, body)).toEqual([201, "Pending", "Succeeded"]);
    expect(world.call("PUT", path, body).status).toBe(201);
    const other = { ...body, properties: { ...body.properties, subjectName: "b.test" } };
    expect(at(world.call("PUT", path, other).body, "error.code")).toBe("ManagedCertNoUpdate");
  });

  it("is a source control that shows no secrets", () => {
    const world = startWorld();
    deploy(world);
    const actions = {
      githubPersonalAccessToken: "hidden",
      registryInfo: { registryUrl: "r", registryPassword: "hidden" },
    };
    const made = world.call("PUT", `${appPath}/sourcecontrols/current`, {
      properties: { repoUrl: "https://github.com/a/b", githubActionConfiguration: actions },
    });
    expect([made.status, at(made.body, "properties.operationState")]).toEqual([201, "InProgress"]);
    expect(JSON.stringify(made.body)).not.toContain("hidden");
    world.settle(made);
    expect(itemsOf(world.call("GET", `${appPath}/sourcecontrols`))).toHaveLength(1);
    world.settle(world.call("DELETE", appPath));
    expect(world.call("GET", `${appPath}/sourcecontrols/current`).status).toBe(404);
  });
});

describe("a pool of sessions", () => {
  it("is there at once when the platform brings the containers, and after a while with one's own", () => {
    const world = startWorld();
    const base = { poolManagementType: "Dynamic", scaleConfiguration: { maxConcurrentSessions: 10 } };
    const plain = { location: "eastus", properties: { ...base, containerType: "PythonLTS" } };
    expect(write(world, `${provider}/sessionPools/python`, plain)).toEqual([200, "Succeeded", "Succeeded"]);
    const own = { ...plain, properties: { ...base, containerType: "CustomContainer", environmentId: environmentPath } };
    expect(write(world, `${provider}/sessionPools/own`, own)).toEqual([201, "InProgress", "Succeeded"]);
    expect(itemsOf(world.call("GET", `${provider}/sessionPools`))).toHaveLength(2);
    const all = `/subscriptions/${subscription}/providers/Microsoft.App/sessionPools`;
    expect(itemsOf(world.call("GET", all))).toHaveLength(2);
    expect(at(world.call("GET", `${provider}/sessionPools/python`).body, "location")).toBe("East US");
  });
});

describe("what is looked at for a diagnosis", () => {
  it("has detectors of apps, jobs and environments, and the resources that they look at", () => {
    const world = startWorld();
    deploy(world);
    const detector = world.call("GET", `${environmentPath}/detectors/ManagedEnvAvailabilityMetrics`);
    expect(at(detector.body, "properties.dataset.0.table.rows.0.2")).toBe(1);
    expect(world.call("GET", `${environmentPath}/detectorProperties/rootApi/`).body).toEqual(
      world.call("GET", environmentPath).body,
    );
    expect(world.call("GET", `${appPath}/detectorProperties/revisionsApi/revisions/`).body).toEqual(
      world.call("GET", `${appPath}/revisions`).body,
    );
    expect(world.call("GET", `${appPath}/detectorProperties/other`).status).toBe(404);
  });

  it("tells what a private endpoint can reach, what modes there are, and of no functions", () => {
    const world = startWorld();
    deploy(world);
    for (const [path, name] of [
      [environmentPath, "managedEnvironments"],
      [appPath, "containerApps"],
    ] as const) {
      const [one] = itemsOf(world.call("GET", `${path}/privateLinkResources`));
      expect(one).toMatchObject({ name, properties: { groupId: name } });
      expect(world.call("GET", `${path}/privateLinkResources/${name}`).body).toEqual(one);
    }
    const modes = `/subscriptions/${subscription}/providers/Microsoft.App/locations/westeurope/availableManagedEnvironmentsModes`;
    expect(itemsOf(world.call("GET", modes))).toHaveLength(2);
    expect(itemsOf(world.call("GET", `${appPath}/functions`))).toEqual([]);
  });

  it("lists the operations of the provider", () => {
    const operations = itemsOf(startWorld().call("GET", "/providers/Microsoft.App/operations"));
    expect(operations.map((operation) => textOf(operation["name"]))).toContain("Microsoft.App/containerApps/read");
  });
});

describe("a certificate that can be read", () => {
  it("says who it is for, and until when", async () => {
    const world = startWorld();
    const { certPem } = await createCertificates({ names: ["www.shop.test"], addresses: [] });
    const value = Buffer.from(certPem).toString("base64");
    const { body } = world.call("PUT", `${environmentPath}/certificates/site`, {
      location: "West Europe",
      properties: { value, password: "" },
    });
    const der = Buffer.from(certPem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    expect(at(body, "properties")).toMatchObject({
      subjectAlternativeNames: expect.arrayContaining(["www.shop.test"]) as unknown,
      thumbprint: createHash("sha1").update(der).digest("hex").toUpperCase(),
    });
  });
});
