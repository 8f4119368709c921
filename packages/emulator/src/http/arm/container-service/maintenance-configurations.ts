import { methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { invalidParameter, missingParameter, RequestBody } from "../../../world/container-service/request-body.ts";
import type { MaintenanceConfiguration, ManagedCluster } from "../../../world/container-service/state.ts";
import { systemData } from "../../../world/container-service/system-data.ts";
import { clusterId } from "../../../world/container-service/views.ts";

/** The only names that there can be (AKS docs, planned maintenance). */
const names = ["default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"] as const;

const schedules = ["daily", "weekly", "absoluteMonthly", "relativeMonthly"] as const;

/**
 * `…/maintenanceConfigurations[/{name}]`: kept and shown, with the answers of recorded calls (PUT 200 for a new one too).
 * Nothing is upgraded by itself here, so that no window ever opens for anything.
 */
export function maintenanceEndpoint(
  service: ContainerService,
  cluster: ManagedCluster,
  request: ArmRequest,
): ArmResponse {
  const [, name] = request.names;
  if (name === undefined) return listConfigurations(cluster, request);
  const existing = cluster.maintenance.get(name.toLowerCase());
  switch (request.method) {
    case "GET":
    case "HEAD":
      if (!existing) throw notFound(cluster, name);
      return { status: 200, body: view(cluster, existing) };
    case "PUT": {
      const created = configuration(name, new RequestBody(request.body), service.world.clock.now(), existing);
      cluster.maintenance.set(name.toLowerCase(), created);
      return { status: 200, body: view(cluster, created) };
    }
    case "DELETE":
      return { status: cluster.maintenance.delete(name.toLowerCase()) ? 200 : 204 };
    case "PATCH":
    case "POST":
      throw methodNotAllowed(request.method);
  }
}

function listConfigurations(cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  return { status: 200, body: { value: [...cluster.maintenance.values()].map((one) => view(cluster, one)) } };
}

function configuration(
  text: string,
  body: RequestBody,
  nowMs: number,
  existing: MaintenanceConfiguration | undefined,
): MaintenanceConfiguration {
  const name = names.find((known) => known.toLowerCase() === text.toLowerCase());
  if (!name) throw invalidParameter("configName", `must be one of ${names.join(", ")}, not '${text}'`);
  const properties = body.object("properties");
  if (!properties) throw missingParameter("properties");
  const window = properties.object("maintenanceWindow");
  const slots = properties.objects("timeInWeek") ?? [];
  if (name === "default" && !window && slots.length === 0) throw missingParameter(properties.pathOf("timeInWeek"));
  if (name !== "default" && !window) throw missingParameter(properties.pathOf("maintenanceWindow"));
  slots.forEach(checkSlot);
  const filled = window ? { maintenanceWindow: maintenanceWindow(window, nowMs) } : {};
  return {
    name,
    createdMs: existing?.createdMs ?? nowMs,
    changedMs: nowMs,
    properties: { ...properties.sent(), ...filled },
  };
}

function checkSlot(slot: RequestBody): void {
  const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
  if (!slot.oneOf("day", days)) throw missingParameter(slot.pathOf("day"));
}

function maintenanceWindow(window: RequestBody, nowMs: number): Record<string, unknown> {
  if (window.integer("durationHours", 4, 24) === undefined) throw missingParameter(window.pathOf("durationHours"));
  const startTime = window.text("startTime");
  if (startTime === undefined) throw missingParameter(window.pathOf("startTime"));
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(startTime)) {
    throw invalidParameter(window.pathOf("startTime"), "must be a time of day like '03:00'");
  }
  const schedule = window.object("schedule");
  const given = schedules.filter((kind) => schedule?.object(kind));
  if (given.length !== 1) {
    throw invalidParameter(window.pathOf("schedule"), `must have exactly one of ${schedules.join(", ")}`);
  }
  return { utcOffset: "+00:00", startDate: new Date(nowMs).toISOString().slice(0, 10), ...window.sent() };
}

function notFound(cluster: ManagedCluster, name: string): Error {
  return refusal(404, "NotFound", `Could not find maintenance configuration '${name}' of cluster '${cluster.name}'.`);
}

function view(cluster: ManagedCluster, configuration: MaintenanceConfiguration): Record<string, unknown> {
  const { name, properties, createdMs, changedMs } = configuration;
  return {
    id: `${clusterId(cluster)}/maintenanceConfigurations/${name}`,
    name,
    type: "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
    systemData: systemData(cluster.kubeletIdentity.clientId, createdMs, changedMs),
    properties,
  };
}
