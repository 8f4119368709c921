import { createManagedCluster } from "../../../controllers/managed-cluster.ts";
import { beginOperation } from "../../../controllers/managed-cluster-operation.ts";
import { locationName } from "../../../world/arm/locations.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { Cluster } from "../../../world/cluster.ts";
import { withAutomaticDefaults } from "../../../world/container-service/automatic.ts";
import { ClusterChildren, ownConnection } from "../../../world/container-service/cluster-children.ts";
import { plannedPools } from "../../../world/container-service/cluster-plan.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { newClusterProperties } from "../../../world/container-service/managed-cluster-properties.ts";
import { checkClusterName } from "../../../world/container-service/names.ts";
import { newPool } from "../../../world/container-service/new-pool.ts";
import { isPrivate } from "../../../world/container-service/private-cluster.ts";
import { invalidParameter, missingParameter, type RequestBody } from "../../../world/container-service/request-body.ts";
import { withIssuer } from "../../../world/container-service/shown-profiles.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import { checkNewVersion, knownVersion } from "../../../world/container-service/upgrade-rules.ts";
import { defaultMinor, type SupportPlan } from "../../../world/container-service/versions.ts";
import { clusterId, newFqdn, writtenClusterView } from "../../../world/container-service/views.ts";
import { refuseBeyondQuota } from "./preflight.ts";

/** Where a cluster is, in ARM. */
export interface ClusterPath {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly name: string;
}

export interface NewKubernetes {
  /** Unique in the world: the ARM name of the cluster, with the group's behind it when that is taken. */
  readonly name: string;
  readonly kubernetesVersion: string;
  readonly location: string;
}

/** PUT of a cluster that does not exist: 201. */
export function createCluster(
  service: ContainerService,
  kubernetes: (spec: NewKubernetes) => Cluster,
  path: ClusterPath,
  body: RequestBody,
  request: ArmRequest,
): ArmResponse {
  checkClusterName(path.name);
  const location = locationOf(body);
  const given = body.object("properties");
  if (!given) throw missingParameter("properties");
  const isAutomatic = body.object("sku")?.text("name")?.toLowerCase() === "automatic";
  const properties = isAutomatic ? withAutomaticDefaults(given) : given;
  const random = service.world.random.stream(clusterId(path).toLowerCase());
  const where = { location, tenantId: service.tenantId };
  const own = withIssuer(newClusterProperties(properties, { ...path, ...where }, random), where);
  const { supportPlan, sku } = planOf(body, properties);
  const asked = properties.filled("kubernetesVersion") ?? defaultMinor;
  const full = knownVersion(asked, location);
  checkNewVersion(full, supportPlan);
  const planned = plannedPools(properties, { asked, full, location, snapshots: service.snapshots }, own);
  const pools = planned.map((pool) => newPool(service.world, { ...pool, clusterId: clusterId(path) }));
  for (const family of new Set(pools.map(({ size }) => size.family))) {
    const ofFamily = pools.filter(({ size }) => size.family === family);
    const vcpus = ofFamily.reduce((sum, { size, properties: { count } }) => sum + size.vcpus * count, 0);
    refuseBeyondQuota(service, { ...path, location }, { name: "", family, vcpus: 1, memoryMiB: 0 }, vcpus);
  }
  const cluster: ManagedCluster = {
    ...path,
    location,
    fqdn: newFqdn(String(own["dnsPrefix"] ?? own["fqdnSubdomain"]), location, random),
    kubeletIdentity: { clientId: random.uuid(), objectId: random.uuid() },
    cluster: kubernetes({ name: uniqueName(service, path), kubernetesVersion: full, location }),
    random,
    tags: body.textMap("tags"),
    identity: identityOf(body, properties, random, service.tenantId),
    sku,
    properties: own,
    kubernetesVersion: asked,
    supportPlan,
    power: { code: "Running" },
    provisioningState: "Creating",
    eTag: random.uuid(),
    pools: new Map(pools.map((pool) => [pool.name, pool])),
    maintenance: new Map(),
    windows: new Map(),
    children: new ClusterChildren(),
    commands: new Map(),
    autoscaler: undefined,
    nodeRepair: undefined,
    operation: undefined,
  };
  if (isPrivate(cluster))
    cluster.children.set(ownConnection(random, String(own["nodeResourceGroup"]), path.subscription));
  service.clusters.add(cluster);
  const operation = beginOperation(
    service,
    cluster,
    cluster,
    { title: "create managed cluster", state: "Creating" },
    createManagedCluster(service, cluster),
  );
  const headers = operationHeaders(service.world, operation, request, { asyncOperation: true });
  return { status: 201, headers, body: writtenClusterView(cluster) };
}

function locationOf(body: RequestBody): string {
  const text = body.text("location");
  if (text === undefined) throw missingParameter("location");
  const location = locationName(text);
  if (!location) throw invalidParameter("location", `is no region that exists: '${text}'`);
  return location;
}

/** Older clients say Basic and Paid for what is Base and Standard now. */
export function planOf(
  body: RequestBody,
  properties: RequestBody,
  existing?: Pick<ManagedCluster, "supportPlan" | "sku">,
): { supportPlan: SupportPlan; sku: ManagedCluster["sku"] } {
  const sent = body.object("sku");
  const tier = sent?.oneOf("tier", ["Free", "Standard", "Premium", "Paid"]) ?? existing?.sku.tier ?? "Free";
  const name = sent?.oneOf("name", ["Base", "Basic", "Automatic"]) ?? existing?.sku.name ?? "Base";
  const supportPlan =
    properties.oneOf("supportPlan", ["KubernetesOfficial", "AKSLongTermSupport"]) ??
    existing?.supportPlan ??
    "KubernetesOfficial";
  if (supportPlan === "AKSLongTermSupport" && tier !== "Premium") {
    throw invalidParameter("properties.supportPlan", "AKSLongTermSupport needs sku.tier Premium");
  }
  return {
    supportPlan,
    sku: { name: name === "Automatic" ? name : "Base", tier: tier === "Paid" ? "Standard" : tier },
  };
}

/** Its own where neither an identity nor a service principal is given. */
function identityOf(
  body: RequestBody,
  properties: RequestBody,
  random: ManagedCluster["random"],
  tenantId: string,
): Record<string, unknown> {
  const identity = body.object("identity");
  const type = identity?.oneOf("type", ["SystemAssigned", "UserAssigned", "None"]);
  const principal = properties.object("servicePrincipalProfile");
  if (type === "None" && !principal) throw missingParameter("properties.servicePrincipalProfile");
  if (type === "None" || (type === undefined && principal)) return { type: "None" };
  if (identity && type === "UserAssigned") return { type, userAssignedIdentities: userAssigned(identity, random) };
  return { type: "SystemAssigned", principalId: random.uuid(), tenantId };
}

/** Each identity by its id, with the ids of its principal, which Azure looks up. */
function userAssigned(identity: RequestBody, random: ManagedCluster["random"]): Record<string, unknown> {
  const ids = Object.keys(identity.object("userAssignedIdentities")?.sent() ?? {});
  if (ids.length === 0) throw missingParameter("identity.userAssignedIdentities");
  return Object.fromEntries(ids.map((id) => [id, { principalId: random.uuid(), clientId: random.uuid() }]));
}

function uniqueName(service: ContainerService, { name, resourceGroup }: ClusterPath): string {
  const taken = service.clusters.all().some(({ cluster }) => cluster.name.toLowerCase() === name.toLowerCase());
  return taken ? `${name}-${resourceGroup.toLowerCase()}` : name;
}
