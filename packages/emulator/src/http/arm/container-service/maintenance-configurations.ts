import { watchMaintenance } from "../../../controllers/managed-cluster-maintenance.ts";
import { methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { type DueUpgrade, upgradeSchedules } from "../../../world/container-service/auto-upgrade.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { daysOfWeek, maintenanceWindow } from "../../../world/container-service/maintenance-window.ts";
import { invalidParameter, missingParameter, RequestBody } from "../../../world/container-service/request-body.ts";
import type { MaintenanceConfiguration, ManagedCluster } from "../../../world/container-service/state.ts";
import { systemData } from "../../../world/container-service/system-data.ts";
import { clusterId } from "../../../world/container-service/views.ts";
import { beginUpgrade } from "./begin-upgrade.ts";

/** The only names that there can be (AKS docs, planned maintenance). */
const names = ["default", ...upgradeSchedules] as const;

/**
 * `…/maintenanceConfigurations[/{name}]`: kept and shown, with the answers of recorded calls (PUT 200 for a new one too).
 * In the windows of the two schedules a cluster is upgraded by its channels.
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
      watchWindow(service, cluster, created.name);
      return { status: 200, body: view(cluster, created) };
    }
    case "DELETE":
      stopWatching(cluster, name);
      return { status: cluster.maintenance.delete(name.toLowerCase()) ? 200 : 204 };
    case "PATCH":
    case "POST":
      throw methodNotAllowed(request.method);
  }
}

/** Instead of what was watched under that name before. `default` is for AKS's own releases, of which there are none here. */
function watchWindow(service: ContainerService, cluster: ManagedCluster, name: string): void {
  stopWatching(cluster, name);
  const schedule = upgradeSchedules.find((known) => known === name);
  if (!schedule) return;
  const begin = (due: DueUpgrade): void => beginUpgrade(service, cluster, due);
  cluster.windows.set(name.toLowerCase(), watchMaintenance(service, cluster, schedule, begin));
}

function stopWatching(cluster: ManagedCluster, name: string): void {
  cluster.windows.get(name.toLowerCase())?.cancel();
  cluster.windows.delete(name.toLowerCase());
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
  if (!slot.oneOf("day", daysOfWeek)) throw missingParameter(slot.pathOf("day"));
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
