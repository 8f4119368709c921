import { describe, expect, it } from "vitest";
import {
  type AppChanges,
  appBody,
  appPath,
  at,
  deploy,
  environmentPath,
  groupPath,
  startWorld,
} from "./container-apps-world.ts";

const field = "InvalidParameterValueInContainerTemplate";

const refused: readonly { what: string; changes: AppChanges; code: string; message: RegExp }[] = [
  {
    what: "weights that sum to 99",
    changes: { ingress: { traffic: [{ latestRevision: true, weight: 99 }] } },
    code: field,
    message: /traffic.*"99".*must be 100/,
  },
  {
    what: "a revision that does not exist",
    changes: { ingress: { traffic: [{ revisionName: "web--nope", weight: 100 }] } },
    code: field,
    message: /web--nope.*not found/,
  },
  { what: "no container", changes: { template: { containers: [] } }, code: field, message: /at least one container/i },
  {
    what: "cpu 0",
    changes: { container: { resources: { cpu: 0, memory: "1Gi" } } },
    code: "ContainerAppInvalidResourceTotal",
    message: /CPU: 0,/,
  },
  {
    what: "a pair of cpu and memory that is not sold",
    changes: { container: { resources: { cpu: 0.5, memory: "4Gi" } } },
    code: "ContainerAppInvalidResourceTotal",
    message: /\[cpu: 0.25, memory: 0.5Gi\]/,
  },
  {
    what: "min above max",
    changes: { scale: { minReplicas: 5, maxReplicas: 3 } },
    code: field,
    message: /minReplicas/,
  },
  { what: "too many replicas", changes: { scale: { maxReplicas: 1001 } }, code: field, message: /maxReplicas/ },
  {
    what: "a probe period of 500 s",
    changes: { container: { probes: [{ type: "Liveness", tcpSocket: { port: 80 }, periodSeconds: 500 }] } },
    code: field,
    message: /periodSeconds/,
  },
  {
    what: "an exec probe",
    changes: { container: { probes: [{ type: "Liveness", exec: { command: ["ls"] } }] } },
    code: field,
    message: /httpGet and tcpSocket/,
  },
  {
    what: "a named probe port",
    changes: { container: { probes: [{ type: "Liveness", tcpSocket: { port: "http" } }] } },
    code: "ContainerAppInvalidSchema",
    message: /probes\[0\].tcpSocket.port/,
  },
  {
    what: "two probes of one type",
    changes: {
      container: {
        probes: [
          { type: "Liveness", tcpSocket: { port: 1 } },
          { type: "liveness", tcpSocket: { port: 2 } },
        ],
      },
    },
    code: field,
    message: /Liveness/,
  },
  {
    what: "a secret that is not there",
    changes: { container: { env: [{ name: "A", secretRef: "nope" }] } },
    code: "ContainerAppSecretRefNotFound",
    message: /SecretRef 'nope' defined for container 'web' not found/,
  },
  {
    what: "a secret without a value",
    changes: { configuration: { secrets: [{ name: "a" }] } },
    code: "ContainerAppSecretInvalid",
    message: /'a' are invalid/,
  },
  {
    what: "a bad secret name",
    changes: { configuration: { secrets: [{ name: "A_B", value: "x" }] } },
    code: "ContainerAppInvalidSecretName",
    message: /A_B/,
  },
  {
    what: "two containers of one name",
    changes: {
      template: {
        containers: [
          { name: "a", image: "x:1" },
          { name: "a", image: "x:1" },
        ],
      },
    },
    code: field,
    message: /unique/,
  },
  {
    what: "a registry password that is not there",
    changes: { configuration: { registries: [{ server: "x.azurecr.io", username: "u", passwordSecretRef: "p" }] } },
    code: "ContainerAppRegistriesPasswordSecretRefNotFound",
    message: /'p' defined for registry server 'x.azurecr.io'/,
  },
  {
    what: "a suffix that starts with a digit",
    changes: { template: { revisionSuffix: "1a" } },
    code: "ContainerAppInvalidRevisionSuffix",
    message: /'1a'/,
  },
  {
    what: "a suffix with two dashes",
    changes: { template: { revisionSuffix: "a--b" } },
    code: "ContainerAppInvalidRevisionSuffix",
    message: /'a--b'/,
  },
  {
    what: "text where a number belongs",
    changes: { scale: { minReplicas: "many" } },
    code: "ContainerAppInvalidSchema",
    message: /\$\.properties\.template\.scale\.minReplicas/,
  },
  {
    what: "an unknown mode",
    changes: { configuration: { activeRevisionsMode: "BlueGreen" } },
    code: "ContainerAppInvalidSchema",
    message: /activeRevisionsMode/,
  },
  {
    what: "stickiness between revisions",
    changes: { ingress: { stickySessions: { affinity: "sticky" } } },
    code: field,
    message: /Single revision mode/,
  },
  {
    what: "one label twice",
    changes: {
      ingress: {
        traffic: [
          { latestRevision: true, weight: 100, label: "a" },
          { revisionName: "web--x", weight: 0, label: "a" },
        ],
      },
    },
    code: field,
    message: /label/,
  },
];

describe("a container app is refused for", () => {
  it.each(refused)("$what", ({ changes, code, message }) => {
    const world = startWorld();
    const { status, body } = world.call("PUT", appPath, appBody(changes));
    expect({ status, code: at(body, "error.code") }).toEqual({ status: 400, code });
    expect(at(body, "error.message")).toMatch(message);
    expect(world.call("GET", appPath).status).toBe(404);
  });

  it.each(["W", "Web", "1web", "web-", "we--b", "w".repeat(33)])("the name %s", (name) => {
    const { status, body } = startWorld().call("PUT", appPath.replace(/web$/, name), appBody());
    expect({ status, code: at(body, "error.code") }).toEqual({ status: 400, code: "ContainerAppInvalidName" });
  });

  it("an environment that is not there, or not ready", () => {
    const world = startWorld();
    const body = appBody();
    const elsewhere = { ...body, properties: { ...body.properties, environmentId: `${environmentPath}x` } };
    expect(at(world.call("PUT", appPath, elsewhere).body, "error.code")).toBe("ManagedEnvironmentNotFound");
    expect(world.call("PUT", `${environmentPath}x`, { location: "westeurope" }).status).toBe(201);
    expect(at(world.call("PUT", appPath, elsewhere).body, "error.code")).toBe("ManagedEnvironmentNotProvisioned");
  });
});

it("the environment may be named as older clients do", () => {
  const { properties, ...body } = appBody();
  const { environmentId: managedEnvironmentId, ...others } = properties;
  const put = startWorld().call("PUT", appPath, { ...body, properties: { ...others, managedEnvironmentId } });
  expect(put.status).toBe(201);
});

describe("a second write", () => {
  it("is refused with 409 while the first one runs, and changes nothing", () => {
    const world = startWorld();
    const first = world.call("PUT", appPath, appBody());
    const id = /Statuses\/([^?]+)/.exec(first.headers["azure-asyncoperation"] ?? "")?.[1] ?? "";
    const second = world.call("PATCH", appPath, { properties: { template: { scale: { minReplicas: 7 } } } });
    expect(second.status).toBe(409);
    expect(at(second.body, "error")).toEqual({
      code: "ContainerAppOperationInProgress",
      message: expect.stringContaining(id) as string,
      target: null,
      details: null,
    });
    expect(world.call("DELETE", appPath).status).toBe(409);
    world.settle(first);
    expect(at(world.call("GET", appPath).body, "properties.template.scale.minReplicas")).toBe(2);
    expect(world.call("PATCH", appPath, { tags: { a: "b" } }).status).toBe(202);
  });

  it("is refused for an environment in the same way", () => {
    const world = startWorld();
    expect(world.call("PATCH", environmentPath, {}).status).toBe(202);
    const { status, body } = world.call("PATCH", environmentPath, { tags: { a: "b" } });
    expect({ status, code: at(body, "error.code") }).toEqual({
      status: 409,
      code: "ManagedEnvironmentOperationInProgress",
    });
  });
});

describe("an image that cannot be pulled", () => {
  it("fails the operation and makes no revision; the next good template does", () => {
    const world = startWorld();
    const bad = world.settle(world.call("PUT", appPath, appBody({ container: { image: "shop/web:does-not-exist" } })));
    expect(bad.body).toMatchObject({ status: "Failed", error: { code: "ContainerAppOperationError" } });
    const app = at(world.call("GET", appPath).body, "properties");
    expect(at(app, "provisioningState")).toBe("Failed");
    expect(at(app, "deploymentErrors")).toContain("not found");
    expect(at(world.call("GET", `${appPath}/revisions`).body, "value")).toEqual([]);
    expect(at(deploy(world), "properties.latestReadyRevisionName")).toMatch(/^web--/);
  });
});

describe("deleting", () => {
  it("answers 204 for what is not there, and refuses an environment that has apps", () => {
    const world = startWorld();
    expect(world.call("DELETE", appPath)).toMatchObject({ status: 204, body: null });
    deploy(world);
    const { status, body } = world.call("DELETE", environmentPath);
    expect({ status, code: at(body, "error.code") }).toEqual({
      status: 409,
      code: "ManagedEnvironmentHasContainerApps",
    });
    expect(world.call("DELETE", `${environmentPath}x`).status).toBe(204);
  });

  it("of an app takes its replicas, its hosts and its id away", () => {
    const world = startWorld();
    deploy(world);
    expect(world.dataPlane.hosts()).not.toEqual([]);
    const deleted = world.call("DELETE", appPath);
    expect(Object.keys(deleted.headers)).toContain("location");
    expect(at(world.call("GET", appPath).body, "properties.provisioningState")).toBe("Deleting");
    expect(world.settle(deleted)).toMatchObject({ status: 204, body: null });
    expect(at(world.call("GET", appPath).body, "error.code")).toBe("ResourceNotFound");
    expect(world.dataPlane.hosts()).toEqual([]);
  });

  it("of a group takes apps and environments along", () => {
    const world = startWorld();
    deploy(world);
    expect(at(world.call("GET", `${groupPath}/resources`).body, "value")).toHaveLength(2);
    const deleted = world.call("DELETE", groupPath);
    expect(at(world.call("PUT", appPath, appBody()).body, "error.code")).toBe("ResourceGroupBeingDeleted");
    expect(world.settle(deleted).status).toBe(200);
    expect(at(world.call("GET", groupPath).body, "error.code")).toBe("ResourceGroupNotFound");
  });
});
