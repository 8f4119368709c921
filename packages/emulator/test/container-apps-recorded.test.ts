import { describe, expect, it } from "vitest";
import {
  appBody,
  appPath,
  at,
  environmentPath,
  groupPath,
  itemsOf,
  startWorld,
  textOf,
} from "./container-apps-world.ts";
import { recordedIn } from "./recorded.ts";

const missing = recordedIn("container-apps.json");
const app = "containerApps/{app}";
const environment = "managedEnvironments/{env}";
const operations = "locations/{location}/containerappOperation";
const provider = `${groupPath}/providers/Microsoft.App`;
/** What the command line sends of an app: everything that it knows, as null where it is not set. */
const sent = appBody({
  container: { probes: null, resources: null },
  scale: { minReplicas: null },
  configuration: { activeRevisionsMode: "Single", dapr: null, registries: null, secrets: null },
});

/** As the recorded client asked. */
const preview = "2025-02-02-preview";

describe("beside exchanges of Microsoft.App that were recorded from real Azure", () => {
  it("nothing is missing from the life of an app", () => {
    const { call, settle, kernel } = startWorld({ apiVersion: preview });
    expect(missing(call("GET", appPath), "GET", app)).toEqual([]);
    const created = call("PUT", appPath, sent);
    expect(missing(created, "PUT", app)).toEqual([]);
    const { "azure-asyncoperation": status = "" } = created.headers;
    expect(missing(call("GET", status), "GET", `${operations}Statuses/{operationId}`)).toEqual([]);
    settle(created);
    kernel.runFor(60_000);
    expect(missing(call("GET", appPath), "GET", app)).toEqual([]);
    const [revision] = itemsOf(call("GET", `${appPath}/revisions`));
    const one = call("GET", `${appPath}/revisions/${textOf(revision?.["name"])}`);
    expect(missing(one, "GET", `${app}/revisions/{revision}`)).toEqual([]);
    const patched = call("PATCH", appPath, { tags: { a: "b" } });
    expect(missing(patched, "PATCH", app)).toEqual([]);
    settle(patched);
    const deleted = call("DELETE", appPath);
    expect(missing(deleted, "DELETE", app)).toEqual([]);
    const { location = "" } = deleted.headers;
    expect(missing(call("GET", location), "GET", `${operations}Results/{operationId}`)).toEqual([]);
    settle(deleted);
    expect(missing(call("GET", location), "GET", `${operations}Results/{operationId}`)).toEqual([]);
  });

  it("nothing is missing from environments and from jobs", () => {
    const { call, settle } = startWorld({ apiVersion: preview });
    const path = `${provider}/managedEnvironments/other`;
    const workloadProfiles = [{ name: "Consumption", workloadProfileType: "Consumption" }];
    const appLogsConfiguration = { destination: "log-analytics", logAnalyticsConfiguration: { customerId: "a" } };
    const created = call("PUT", path, { location: "eastus", properties: { appLogsConfiguration, workloadProfiles } });
    expect(missing(created, "PUT", environment)).toEqual([]);
    settle(created);
    expect(missing(call("GET", path), "GET", environment)).toEqual([]);
    const patched = call("PATCH", path, { tags: { a: "b" } });
    expect(missing(patched, "PATCH", environment)).toEqual([]);
    const job = `${provider}/jobs/count`;
    const manualTriggerConfig = { parallelism: 1, replicaCompletionCount: 1 };
    const made = call("PUT", job, {
      location: "westeurope",
      properties: {
        environmentId: environmentPath,
        configuration: { triggerType: "Manual", replicaTimeout: 100, replicaRetryLimit: 0, manualTriggerConfig },
        template: { containers: [{ name: "count", image: "shop/count:1" }] },
      },
    });
    expect(missing(made, "PUT", "jobs/{job}")).toEqual([]);
    settle(made);
    expect(missing(call("POST", `${job}/start`), "POST", "jobs/{job}/start")).toEqual([]);
  });

  it("refuses to delete certificates and components that apps use, and to look below what is not there", () => {
    const { call, settle } = startWorld({ apiVersion: preview });
    const certificate = `${environmentPath}/managedCertificates/shop`;
    const subject = { subjectName: "shop.example.com", domainControlValidation: "CNAME" };
    const issued = call("PUT", certificate, { location: "westeurope", properties: subject });
    expect(missing(issued, "PUT", `${environment}/managedCertificates/{certificate}`)).toEqual([]);
    settle(issued);
    const component = `${environmentPath}/javaComponents/eureka`;
    const scale = { minReplicas: 1, maxReplicas: 1 };
    const made = call("PUT", component, {
      properties: { componentType: "SpringCloudConfig", serviceBinds: null, scale },
    });
    expect(missing(made, "PUT", `${environment}/javaComponents/{component}`)).toEqual([]);
    settle(made);
    const customDomains = [{ name: "shop.example.com", bindingType: "SniEnabled", certificateId: certificate }];
    const serviceBinds = [{ serviceId: component, name: "eureka" }];
    settle(call("PUT", appPath, appBody({ ingress: { customDomains }, template: { serviceBinds } })));
    expect(at(call("GET", appPath).body, "properties.template.serviceBinds.0.clientType")).toBe("none");
    const used = call("DELETE", certificate);
    expect(missing(used, "DELETE", `${environment}/managedCertificates/{certificate}`)).toEqual([]);
    expect(missing(call("DELETE", component), "DELETE", `${environment}/javaComponents/{component}`)).toEqual([]);
    const policies = `${environment}/daprComponents/{component}/resiliencyPolicies`;
    for (const path of [`${environmentPath}x/daprComponents/d`, `${environmentPath}/daprComponents/d`]) {
      expect(missing(call("GET", `${path}/resiliencyPolicies`), "GET", policies)).toEqual([]);
    }
  });

  it("nothing is missing from what stands beside: builds, pools of sessions, roles and settings of logs", () => {
    const { call, settle } = startWorld({ apiVersion: preview });
    const location = "westeurope";
    settle(call("PUT", `${provider}/builders/b`, { location, properties: { environmentId: environmentPath } }));
    const build = call("PUT", `${provider}/builders/b/builds/1`, { location, properties: { configuration: {} } });
    expect(missing(build, "PUT", "builders/{builder}/builds/{build}")).toEqual([]);
    expect(call("POST", `${provider}/builders/b/builds/1/listAuthToken`).body).toHaveProperty("token");
    const pool = `${provider}/sessionPools/s`;
    const made = call("PUT", pool, { location, identity: { type: "None" }, properties: sessionPool });
    expect(missing(made, "PUT", "sessionPools/{sessionPool}")).toEqual([]);
    settle(made);
    const roles = "sessionPools/{sessionPool}/providers/{provider}/roleAssignments/{name}";
    for (const name of ["one", "two"]) {
      const path = `${pool}/providers/Microsoft.Authorization/roleAssignments/${name}`;
      const role = call("PUT", path, { properties: { principalId: "p", roleDefinitionId: "r" } });
      expect(missing(role, "PUT", roles), name).toEqual([]);
    }
    const logs = [{ category: "ContainerAppConsoleLogs", enabled: true, retentionPolicy: { days: 0, enabled: false } }];
    const settings = `${environmentPath}/providers/microsoft.insights/diagnosticSettings/logs`;
    const written = call("PUT", settings, { properties: { storageAccountId: "s", logs } });
    expect(missing(written, "PUT", `${environment}/providers/{provider}/diagnosticSettings/{name}`)).toEqual([]);
    expect(itemsOf(call("GET", settings.replace("/logs", "")))).toHaveLength(1);
    expect([call("DELETE", settings).status, call("DELETE", settings).status, call("GET", settings).status]).toEqual([
      200, 204, 404,
    ]);
    const nowhere = settings.replace("main", "elsewhere");
    expect(call("PUT", nowhere, { properties: { logs } }).body).toMatchObject({ error: { code: "ResourceNotFound" } });
  });
});

const sessionPool = {
  environmentId: environmentPath,
  containerType: "CustomContainer",
  poolManagementType: "Dynamic",
  customContainerTemplate: {
    containers: [{ name: "c", image: "shop/session:1", args: null, resources: { cpu: 0.5, memory: "1Gi" } }],
    ingress: { targetPort: 80 },
    registryCredentials: null,
  },
  dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
  scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
  sessionNetworkConfiguration: { status: "EgressDisabled" },
};
