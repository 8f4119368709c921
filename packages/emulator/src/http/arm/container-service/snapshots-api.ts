import { methodNotAllowed, resourceNotFound } from "../../../world/arm/errors.ts";
import { locationName } from "../../../world/arm/locations.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { invalidParameter, missingParameter, RequestBody } from "../../../world/container-service/request-body.ts";
import { contentOf, type PoolSnapshot, snapshotId } from "../../../world/container-service/snapshots.ts";
import type { AgentPool } from "../../../world/container-service/state.ts";
import { systemData } from "../../../world/container-service/system-data.ts";

/** `snapshots[/{name}]`: done at once, as recorded (PUT 200). */
export function snapshotsEndpoint(service: ContainerService, request: ArmRequest): ArmResponse | undefined {
  const { subscription, resourceGroup } = request;
  const [name] = request.names;
  if (name === undefined) return listSnapshots(service, request);
  if (resourceGroup === undefined) return undefined;
  const path = { subscription, resourceGroup, name };
  const existing = service.snapshots.get(snapshotId(path));
  switch (request.method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: view(service, existingSnapshot(existing, path)) };
    case "PUT": {
      const body = new RequestBody(request.body);
      const snapshot = newSnapshot(service, path, body);
      service.snapshots.set(snapshot);
      return { status: 200, body: view(service, snapshot) };
    }
    case "PATCH": {
      const snapshot = existingSnapshot(existing, path);
      snapshot.tags = { ...snapshot.tags, ...new RequestBody(request.body).textMap("tags") };
      return { status: 200, body: view(service, snapshot) };
    }
    case "DELETE":
      return { status: service.snapshots.delete(snapshotId(path)) ? 200 : 204 };
    case "POST":
      throw methodNotAllowed(request.method);
  }
}

function listSnapshots(service: ContainerService, { method, subscription, resourceGroup }: ArmRequest): ArmResponse {
  if (method !== "GET") throw methodNotAllowed(method);
  const value = service.snapshots.list(subscription, resourceGroup).map((snapshot) => view(service, snapshot));
  return { status: 200, body: { value } };
}

function newSnapshot(
  service: ContainerService,
  path: Pick<PoolSnapshot, "subscription" | "resourceGroup" | "name">,
  body: RequestBody,
): PoolSnapshot {
  const location = locationName(body.text("location") ?? "");
  if (!location) throw missingParameter("location");
  const data = body.object("properties")?.object("creationData");
  const sourceResourceId = data?.text("sourceResourceId");
  if (!data || sourceResourceId === undefined) throw missingParameter("properties.creationData.sourceResourceId");
  const pool = poolOf(service, sourceResourceId, data.pathOf("sourceResourceId"));
  return {
    ...path,
    location,
    tags: body.textMap("tags"),
    createdMs: service.world.clock.now(),
    sourceResourceId,
    ...contentOf(pool),
  };
}

function poolOf(service: ContainerService, id: string, field: string): AgentPool {
  const path =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerService\/managedClusters\/([^/]+)\/agentPools\/([^/]+)$/i;
  const [, subscription = "", group = "", cluster = "", name = ""] = path.exec(id) ?? [];
  if (subscription === "") throw invalidParameter(field, `is no id of an agent pool: '${id}'`);
  const pool = service.clusters.get(subscription.toLowerCase(), group, cluster)?.pools.get(name.toLowerCase());
  if (pool) return pool;
  throw resourceNotFound(`Microsoft.ContainerService/managedClusters/${cluster}/agentPools/${name}`, group);
}

function existingSnapshot(
  snapshot: PoolSnapshot | undefined,
  { name, resourceGroup }: { readonly name: string; readonly resourceGroup: string },
): PoolSnapshot {
  if (snapshot) return snapshot;
  throw resourceNotFound(`Microsoft.ContainerService/snapshots/${name}`, resourceGroup);
}

function view({ tenantId }: ContainerService, snapshot: PoolSnapshot): Record<string, unknown> {
  const { name, location, tags, sourceResourceId, createdMs } = snapshot;
  const { kubernetesVersion, nodeImageVersion, osType, osSku, vmSize, enableFIPS } = snapshot;
  return {
    id: snapshotId(snapshot),
    name,
    type: "Microsoft.ContainerService/Snapshots",
    location,
    ...(tags ? { tags } : {}),
    systemData: systemData(tenantId, createdMs),
    properties: {
      creationData: { sourceResourceId },
      snapshotType: "NodePool",
      kubernetesVersion,
      nodeImageVersion,
      osType,
      osSku,
      vmSize,
      enableFIPS,
    },
  };
}
