import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type Answer,
  clusterBody,
  clusterPath,
  poolPath,
  startWithCluster,
  startWorld,
} from "./container-service-world.ts";

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: readonly string[];
  /** JSON type by path: `properties.agentPoolProfiles[].count`. */
  readonly fields: Readonly<Record<string, string>>;
}

const { operations } = JSON.parse(
  readFileSync(new URL("recorded/container-service.json", import.meta.url), "utf8"),
) as { operations: readonly Recorded[] };

/** What the answer lacks of what every recorded answer of that kind had. */
function missing(answer: Answer, method: string, path: string): string[] {
  const recorded = operations.find((one) => one.method === method && one.path === path && one.status === answer.status);
  if (!recorded) throw new Error(`${method} ${path} was never seen to answer ${answer.status}`);
  const headers = recorded.headers.filter((name) => answer.headers[name] === undefined);
  const fields = Object.entries(recorded.fields).filter(
    ([field, type]) => !hasField(answer.body, field.split("."), type),
  );
  return [...headers.map((name) => `header ${name}`), ...fields.map(([field, type]) => `${field}: ${type}`)];
}

function hasField(value: unknown, [part, ...rest]: string[], type: string): boolean {
  if (part === undefined) return typeOf(value) === type;
  if (typeof value !== "object" || value === null) return false;
  const list = part.endsWith("[]");
  const member = (value as Record<string, unknown>)[list ? part.slice(0, -2) : part];
  if (!list) return member !== undefined && hasField(member, rest, type);
  return Array.isArray(member) && member.every((item) => hasField(item, rest, type));
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}

const cluster = "managedClusters/{cluster}";
const pool = `${cluster}/agentPools/{pool}`;
const userPool = { properties: { count: 1, vmSize: "Standard_D4s_v5", mode: "User" } };
/** What `az aks create` always sends. */
const linuxProfile = { adminUsername: "azureuser", ssh: { publicKeys: [{ keyData: "ssh-rsa AAAA" }] } };

describe("beside exchanges that were recorded from real Azure", () => {
  it("nothing is missing from the life of a cluster", () => {
    const world = startWorld();
    const { call, settle } = world;
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
    const { call, settle } = startWithCluster();
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
});

const operation = "locations/{location}/operations/{operationId}";
const result = "locations/{location}/operationresults/{operationId}";
const locations = (type: string): string => `providers/Microsoft.ContainerService/locations/westeurope/${type}`;
