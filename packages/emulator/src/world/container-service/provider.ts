import { invalidResourceType, methodNotAllowed, parentResourceNotFound } from "../../http/arm/errors.ts";
import type { ArmProvider, ArmRequest, ArmResponse } from "../../http/arm/provider.ts";
import type { Operations } from "../arm/operations.ts";
import type { World } from "../world.ts";
import { clusterAction, clusterEndpoint, existing, type KubernetesSource, listClusters } from "./clusters-api.ts";
import { deleteCluster } from "./delete-cluster.ts";
import type { ContainerService } from "./environment.ts";
import { machinesEndpoint } from "./machines-api.ts";
import { ControlPlaneOutages } from "./outages.ts";
import { existingPoolOf, listPools, poolAction, poolEndpoint } from "./pools-api.ts";
import { ManagedClusters } from "./state.ts";
import { createThrottle } from "./throttling.ts";
import { defaultVcpuQuota } from "./vcpu-quota.ts";
import {
  availablePoolVersions,
  clusterUpgradeProfile,
  kubernetesVersions,
  poolUpgradeProfile,
} from "./versions-api.ts";
import { clusterId } from "./views.ts";

export interface ContainerServiceOptions extends KubernetesSource {
  readonly world: World;
  readonly operations: Operations;
  /** Shared with the faults that cut control planes off. */
  readonly outages?: ControlPlaneOutages;
  /** vCPUs of one VM family in one region. Default: 10,000. */
  readonly vcpuQuota?: (location: string, family: string) => number;
  /** See the fault `node-join-failed`. Default: they do. */
  readonly machineJoins?: (cluster: string, pool: string) => boolean;
  /** Whether a budget that asks for more pods than there are blocks upgrades. Default false. */
  readonly blockOnUnmetBudgets?: boolean;
}

export interface ContainerServiceProvider extends ArmProvider {
  readonly clusters: ManagedClusters;
}

const namespace = "Microsoft.ContainerService";

/** AKS behind Azure Resource Manager. */
export function createContainerServiceProvider(options: ContainerServiceOptions): ContainerServiceProvider {
  const service: ContainerService = {
    world: options.world,
    operations: options.operations,
    clusters: new ManagedClusters(),
    outages: options.outages ?? new ControlPlaneOutages(options.world),
    vcpuQuota: options.vcpuQuota ?? (() => defaultVcpuQuota),
    machineJoins: options.machineJoins ?? (() => true),
    blockOnUnmetBudgets: options.blockOnUnmetBudgets ?? false,
  };
  const throttle = createThrottle(options.world);
  return {
    namespace,
    apiVersions: ["2026-06-01", "2026-03-01", "2026-01-01", "2025-10-01", "2025-07-01", "2024-09-01", "2023-03-01"],
    resourceTypes: [
      "managedClusters",
      "managedClusters/agentPools",
      "managedClusters/upgradeProfiles",
      "managedClusters/agentPools/upgradeProfiles",
      "managedClusters/agentPools/machines",
      "locations",
      "locations/kubernetesVersions",
    ],
    clusters: service.clusters,
    handle(request) {
      throttle(request);
      return handle(service, options, request);
    },
    resources: (subscription, resourceGroup) =>
      service.clusters.list(subscription, resourceGroup).map((cluster) => ({
        id: clusterId(cluster),
        name: cluster.name,
        type: "Microsoft.ContainerService/managedClusters",
        location: cluster.location,
        ...(cluster.tags ? { tags: cluster.tags } : {}),
      })),
    deleteGroup(subscription, resourceGroup) {
      for (const cluster of service.clusters.list(subscription, resourceGroup)) deleteCluster(service, cluster);
    },
  };
}

function handle(service: ContainerService, kubernetes: KubernetesSource, request: ArmRequest): ArmResponse {
  const answer = route(service, kubernetes, request);
  if (answer) return answer;
  throw invalidResourceType(request.types.join("/"), namespace, request.apiVersion);
}

function route(service: ContainerService, kubernetes: KubernetesSource, request: ArmRequest): ArmResponse | undefined {
  const [first, second] = request.types;
  const [name] = request.names;
  if (first === "locations" && second === "kubernetesversions") return onlyGet(request, kubernetesVersions);
  if (first !== "managedclusters") return undefined;
  if (name === undefined) return onlyGet(request, () => listClusters(service, request));
  if (request.resourceGroup === undefined) return undefined;
  const path = { subscription: request.subscription, resourceGroup: request.resourceGroup, name };
  if (second === undefined) return clusterEndpoint(service, kubernetes, path, request);
  return belowCluster(service, kubernetes, path, request);
}

function belowCluster(
  service: ContainerService,
  kubernetes: KubernetesSource,
  path: { subscription: string; resourceGroup: string; name: string },
  request: ArmRequest,
): ArmResponse | undefined {
  const found = service.clusters.get(path.subscription, path.resourceGroup, path.name);
  const [, second, third] = request.types;
  if (second === "agentpools") {
    if (!found) throw parentNotFound(request, path);
    const [, pool] = request.names;
    if (pool === undefined) return onlyGet(request, () => listPools(found));
    if (third === undefined) return poolEndpoint(service, found, pool, request);
    const existingPool = existingPoolOf(found, pool);
    if (third === "upgradeprofiles")
      return onlyGet(request, () => poolUpgradeProfile(service.world, found, existingPool));
    if (third === "machines") return onlyGet(request, () => machinesEndpoint(found, existingPool, request.names[2]));
    return request.method === "POST" ? poolAction(service, found, existingPool, request) : undefined;
  }
  const cluster = existing(found, path);
  if (second === "upgradeprofiles") return onlyGet(request, () => clusterUpgradeProfile(cluster));
  if (second === "availableagentpoolversions") return onlyGet(request, () => availablePoolVersions(cluster));
  return request.method === "POST" ? clusterAction(service, kubernetes, cluster, request) : undefined;
}

function onlyGet(request: ArmRequest, answer: () => ArmResponse): ArmResponse {
  if (request.method === "GET" || request.method === "HEAD") return answer();
  throw methodNotAllowed(request.method);
}

function parentNotFound(request: ArmRequest, path: { readonly name: string }): Error {
  const operation = request.method === "GET" ? "read" : request.method === "DELETE" ? "delete" : "write";
  return parentResourceNotFound(operation, "managedClusters/agentPools", `/managedClusters/${path.name}`);
}
