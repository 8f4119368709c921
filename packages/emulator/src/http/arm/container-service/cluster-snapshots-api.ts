import { methodNotAllowed, resourceNotFound } from "../../../world/arm/errors.ts";
import { locationName } from "../../../world/arm/locations.ts";
import type { PlainResource } from "../../../world/arm/plain-resources.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { invalidParameter, missingParameter, RequestBody } from "../../../world/container-service/request-body.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import { systemData } from "../../../world/container-service/system-data.ts";

/** `managedclustersnapshots[/{name}]`: done at once, as recorded. */
export function clusterSnapshotsEndpoint(service: ContainerService, request: ArmRequest): ArmResponse | undefined {
  const { subscription, resourceGroup } = request;
  const [name] = request.names;
  if (name === undefined) return listClusterSnapshots(service, request);
  if (resourceGroup === undefined) return undefined;
  const id = `${groupPrefix(subscription, resourceGroup)}${name}`;
  const existing = service.clusterSnapshots.get(id);
  switch (request.method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: view(service, existingOf(existing, name, resourceGroup)) };
    case "PUT":
      return write(service, id, newContent(service, new RequestBody(request.body)));
    case "PATCH": {
      const { content } = existingOf(existing, name, resourceGroup);
      const tags = new RequestBody(request.body).textMap("tags") ?? content["tags"];
      return write(service, id, { ...content, tags });
    }
    case "DELETE":
      return { status: service.clusterSnapshots.delete(id) ? 200 : 204 };
    case "POST":
      throw methodNotAllowed(request.method);
  }
}

function listClusterSnapshots(service: ContainerService, request: ArmRequest): ArmResponse {
  const { method, subscription, resourceGroup } = request;
  if (method !== "GET") throw methodNotAllowed(method);
  const prefix =
    resourceGroup === undefined ? `/subscriptions/${subscription}/` : groupPrefix(subscription, resourceGroup);
  return { status: 200, body: { value: service.clusterSnapshots.within(prefix).map((one) => view(service, one)) } };
}

function groupPrefix(subscription: string, resourceGroup: string): string {
  return `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/Microsoft.ContainerService/managedclustersnapshots/`;
}

function write(service: ContainerService, id: string, content: PlainResource["content"]): ArmResponse {
  return { status: 200, body: view(service, service.clusterSnapshots.set(id, content, service.world.clock.now())) };
}

/** What is kept of the cluster is read when the snapshot is made. */
function newContent(service: ContainerService, body: RequestBody): PlainResource["content"] {
  const location = locationName(body.text("location") ?? "");
  if (!location) throw missingParameter("location");
  const data = body.object("properties")?.object("creationData");
  const sourceResourceId = data?.text("sourceResourceId");
  if (!data || sourceResourceId === undefined) throw missingParameter("properties.creationData.sourceResourceId");
  const cluster = clusterOf(service, sourceResourceId, data.pathOf("sourceResourceId"));
  return { location, tags: body.textMap("tags"), sourceResourceId, kept: keptOf(cluster) };
}

function clusterOf(service: ContainerService, id: string, field: string): ManagedCluster {
  const path =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerService\/managedClusters\/([^/]+)$/i;
  const [, subscription = "", group = "", name = ""] = path.exec(id) ?? [];
  if (subscription === "") throw invalidParameter(field, `is no id of a managed cluster: '${id}'`);
  const cluster = service.clusters.get(subscription.toLowerCase(), group, name);
  if (cluster) return cluster;
  throw resourceNotFound(`Microsoft.ContainerService/managedClusters/${name}`, group);
}

function keptOf({ properties, sku, kubernetesVersion }: ManagedCluster): Record<string, unknown> {
  const network = new RequestBody(properties["networkProfile"] ?? {});
  const names = ["networkPlugin", "networkPluginMode", "networkPolicy", "networkMode", "loadBalancerSku"];
  const networkProfile = Object.fromEntries(
    names.flatMap((name) => {
      const value = network.text(name);
      if (value === undefined) return [];
      return [[name, name === "loadBalancerSku" ? value.charAt(0).toUpperCase() + value.slice(1) : value]];
    }),
  );
  return {
    kubernetesVersion,
    sku,
    enableRbac: properties["enableRBAC"] !== false,
    networkProfile,
  };
}

function existingOf(snapshot: PlainResource | undefined, name: string, group: string): PlainResource {
  if (snapshot) return snapshot;
  throw resourceNotFound(`Microsoft.ContainerService/managedclustersnapshots/${name}`, group);
}

function view({ tenantId }: ContainerService, { id, content, createdMs, changedMs }: PlainResource) {
  const { location, tags, sourceResourceId, kept } = content;
  return {
    id,
    name: id.split("/").at(-1),
    type: "Microsoft.ContainerService/ManagedClusterSnapshots",
    location,
    ...(tags ? { tags } : {}),
    systemData: systemData(tenantId, createdMs, changedMs),
    properties: {
      creationData: { sourceResourceId },
      snapshotType: "ManagedCluster",
      managedClusterPropertiesReadOnly: kept,
    },
  };
}
