import { invalidResourceType, methodNotAllowed, parentResourceNotFound } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { vmSkus } from "../../../world/compute/vm-skus.ts";
import { type ChildKind, childKinds } from "../../../world/container-service/cluster-children.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { commandResult } from "../../../world/container-service/run-command.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import { clusterAction } from "./cluster-actions.ts";
import { childrenEndpoint, existingChild } from "./cluster-children-api.ts";
import { clusterSnapshotsEndpoint } from "./cluster-snapshots-api.ts";
import { clusterEndpoint, existing, type KubernetesSource, listClusters } from "./clusters-api.ts";
import type { ClusterPath } from "./create-cluster.ts";
import { accessProfile, credentials } from "./credentials.ts";
import { machinesEndpoint } from "./machines-api.ts";
import { maintenanceEndpoint } from "./maintenance-configurations.ts";
import { meshRevisionProfiles, meshUpgradeProfiles } from "./mesh-api.ts";
import { outboundDependencies, privateLinkResources } from "./network-api.ts";
import { operationsEndpoint } from "./operations-api.ts";
import { existingPoolOf, listPools, poolAction, poolEndpoint } from "./pools-api.ts";
import { putMachine } from "./put-machine.ts";
import { snapshotsEndpoint } from "./snapshots-api.ts";
import { trustedAccessRoles } from "./trusted-access.ts";
import { knownProperties, refuseUnknownProperties } from "./versioned-properties.ts";
import {
  availablePoolVersions,
  clusterUpgradeProfile,
  kubernetesVersions,
  orchestrators,
  osOptions,
  policyVersions,
  poolUpgradeProfile,
} from "./versions-api.ts";

/** Every call of Microsoft.ContainerService. Throws `ArmError` to refuse, 404 for what does not exist or is not known here. */
export function answerContainerService(
  service: ContainerService,
  kubernetes: KubernetesSource,
  request: ArmRequest,
): ArmResponse {
  refuseUnknownProperties(request);
  const answer = route(service, kubernetes, request);
  if (answer) return "body" in answer ? { ...answer, body: knownProperties(request, answer.body) } : answer;
  throw invalidResourceType(request.types.join("/"), "Microsoft.ContainerService", request.apiVersion);
}

function route(service: ContainerService, kubernetes: KubernetesSource, request: ArmRequest): ArmResponse | undefined {
  const [first, second] = request.types;
  const [name] = request.names;
  if (first === "locations") {
    if (second === "kubernetesversions") return onlyGet(request, kubernetesVersions);
    if (second === "osoptions") return onlyGet(request, () => osOptions(request));
    if (second === "meshrevisionprofiles") return meshRevisionProfiles(request);
    if (second === "trustedaccessroles") return onlyGet(request, trustedAccessRoles);
    if (second === "guardrailsversions" || second === "safeguardsversions") {
      return onlyGet(request, () => policyVersions(request));
    }
    if (second === "vmskus")
      return onlyGet(request, () => ({ status: 200, body: { value: vmSkus(request.names[0] ?? "") } }));
    return second === "orchestrators" ? onlyGet(request, () => orchestrators(request)) : undefined;
  }
  if (first === "managedclustersnapshots") return clusterSnapshotsEndpoint(service, request);
  if (first === "snapshots") return snapshotsEndpoint(service, request);
  if (first !== "managedclusters") return undefined;
  if (name === undefined) return onlyGet(request, () => listClusters(service, request));
  if (request.resourceGroup === undefined) return undefined;
  const path = { subscription: request.subscription, resourceGroup: request.resourceGroup, name };
  if (second === undefined) return clusterEndpoint(service, kubernetes, path, request);
  const found = service.clusters.get(path.subscription, path.resourceGroup, path.name);
  if (second === "agentpools") {
    if (!found) throw parentNotFound(request, path);
    return belowPools(service, found, request);
  }
  return belowCluster(service, kubernetes, existing(found, path), request);
}

function belowPools(service: ContainerService, cluster: ManagedCluster, request: ArmRequest): ArmResponse | undefined {
  const [, , third] = request.types;
  const [, pool, child] = request.names;
  if (pool === undefined) return onlyGet(request, () => listPools(cluster, request));
  if (third === undefined) return poolEndpoint(service, cluster, pool, request);
  const existingPool = existingPoolOf(cluster, pool);
  switch (third) {
    case "upgradeprofiles":
      return onlyGet(request, () => poolUpgradeProfile(service.world, cluster, existingPool));
    case "operations":
      return onlyGet(request, () => operationsEndpoint(service, cluster, existingPool, child));
    case "machines":
      return request.method === "PUT" && child !== undefined
        ? putMachine({ service, cluster, pool: existingPool }, child, request)
        : onlyGet(request, () => machinesEndpoint(cluster, existingPool, request));
    default:
      return request.method === "POST" ? poolAction(service, cluster, existingPool, request) : undefined;
  }
}

function belowCluster(
  service: ContainerService,
  { kubeconfigOf }: KubernetesSource,
  cluster: ManagedCluster,
  request: ArmRequest,
): ArmResponse | undefined {
  const [, name = ""] = request.names;
  if (request.types[1] === "providers") return belowExtensions(service, cluster, request);
  const kind = ownKinds.find((known) => known.toLowerCase() === request.types[1]);
  if (kind) return belowChildren(service, kubeconfigOf, cluster, kind, request);
  switch (request.types[1]) {
    case "operations":
      return onlyGet(request, () => operationsEndpoint(service, cluster, undefined, request.names[1]));
    case "upgradeprofiles":
      return onlyGet(request, () => clusterUpgradeProfile(cluster));
    case "availableagentpoolversions":
      return onlyGet(request, () => availablePoolVersions(cluster));
    case "maintenanceconfigurations":
      return maintenanceEndpoint(service, cluster, request);
    case "commandresults":
      return onlyGet(request, () => commandResult(service, cluster, request));
    case "accessprofiles":
      return request.method === "POST" && request.types[2] !== "listcredential"
        ? undefined
        : accessProfile(kubeconfigOf, cluster, name);
    case "meshupgradeprofiles":
      return meshUpgradeProfiles(cluster, request);
    case "privatelinkresources":
      return onlyGet(request, () => privateLinkResources(cluster));
    case "outboundnetworkdependenciesendpoints":
      return onlyGet(request, () => outboundDependencies(cluster));
    case undefined:
    default:
      return request.method === "POST" ? clusterAction(service, kubeconfigOf, cluster, request) : undefined;
  }
}

/** `…/managedClusters/{cluster}/providers/Microsoft.ContainerService/deploymentSafeguards[/default]` */
function belowExtensions(
  service: ContainerService,
  cluster: ManagedCluster,
  request: ArmRequest,
): ArmResponse | undefined {
  const isKnown = request.names[1]?.toLowerCase() === "microsoft.containerservice";
  if (!isKnown || request.types[2] !== "deploymentsafeguards" || request.types.length > 3) return undefined;
  return childrenEndpoint(service, cluster, "deploymentSafeguards", request);
}

const ownKinds = childKinds.filter((kind) => kind !== "deploymentSafeguards");

function belowChildren(
  service: ContainerService,
  kubeconfigOf: KubernetesSource["kubeconfigOf"],
  cluster: ManagedCluster,
  kind: ChildKind,
  request: ArmRequest,
): ArmResponse | undefined {
  if (request.types.length === 2) return childrenEndpoint(service, cluster, kind, request);
  if (kind !== "managedNamespaces" || request.types[2] !== "listcredential" || request.method !== "POST")
    return undefined;
  existingChild(cluster, kind, request.names[1] ?? "");
  return credentials(kubeconfigOf, cluster, "clusterUser");
}

function onlyGet(request: ArmRequest, answer: () => ArmResponse): ArmResponse {
  if (request.method === "GET" || request.method === "HEAD") return answer();
  throw methodNotAllowed(request.method);
}

function parentNotFound(request: ArmRequest, path: ClusterPath): Error {
  const operation = request.method === "GET" ? "read" : request.method === "DELETE" ? "delete" : "write";
  return parentResourceNotFound(operation, "managedClusters/agentPools", `/managedClusters/${path.name}`);
}
