import { takeTime } from "../../../controllers/managed-cluster.ts";
import { abortOperation, beginOperation } from "../../../controllers/managed-cluster-operation.ts";
import { methodNotAllowed, resourceNotFound } from "../../../world/arm/errors.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { Cluster } from "../../../world/cluster.ts";
import { refuseWhileBusy } from "../../../world/container-service/concurrency.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { checkPreconditions, checkPutPreconditions } from "../../../world/container-service/etags.ts";
import { RequestBody } from "../../../world/container-service/request-body.ts";
import type { AgentPool, ManagedCluster } from "../../../world/container-service/state.ts";
import { clusterView, poolView } from "../../../world/container-service/views.ts";
import { type ClusterPath, createCluster, type NewKubernetes } from "./create-cluster.ts";
import type { Kubeconfigs } from "./credentials.ts";
import { deleteCluster } from "./delete-cluster.ts";
import { updateCluster } from "./update-cluster.ts";

/** Where clusters and their credentials come from. */
export interface KubernetesSource {
  readonly createCluster: (spec: NewKubernetes) => Cluster;
  readonly kubeconfigOf: Kubeconfigs;
}

/** `…/managedClusters/{name}` */
export function clusterEndpoint(
  service: ContainerService,
  kubernetes: KubernetesSource,
  path: ClusterPath,
  request: ArmRequest,
): ArmResponse {
  const cluster = service.clusters.get(path.subscription, path.resourceGroup, path.name);
  switch (request.method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: clusterView(existing(cluster, path)) };
    case "PUT": {
      checkPutPreconditions(request.headers, cluster?.eTag);
      const body = new RequestBody(request.body);
      if (cluster) return updateCluster(service, cluster, body, request);
      return createCluster(service, kubernetes.createCluster, path, body, request);
    }
    case "PATCH":
      return patchTags(service, existing(cluster, path), request);
    case "DELETE": {
      if (!cluster) return { status: 204 };
      checkPreconditions(request.headers, cluster.eTag);
      return accepted(service, deleteCluster(service, cluster), request);
    }
    case "POST":
      throw methodNotAllowed(request.method);
  }
}

export function listClusters(service: ContainerService, { subscription, resourceGroup }: ArmRequest): ArmResponse {
  return { status: 200, body: { value: service.clusters.list(subscription, resourceGroup).map(clusterView) } };
}

export function abort(
  service: ContainerService,
  cluster: ManagedCluster,
  owner: ManagedCluster | AgentPool,
  request: ArmRequest,
): ArmResponse {
  const operation = abortOperation(service, cluster, owner);
  if (operation) {
    const body = "pools" in owner ? clusterView(owner) : poolView(cluster, owner);
    return { ...accepted(service, operation, request), body };
  }
  const text = `There is no operation in progress on '${owner.name}' that could be aborted.`;
  throw refusal(409, "OperationNotAllowed", text);
}

export function accepted(
  service: ContainerService,
  operation: Parameters<typeof operationHeaders>[1],
  request: ArmRequest,
): ArmResponse {
  const headers = operationHeaders(service.world, operation, request, { asyncOperation: true, location: true });
  return { status: 202, headers };
}

export function existing(cluster: ManagedCluster | undefined, path: ClusterPath): ManagedCluster {
  if (cluster) return cluster;
  throw resourceNotFound(`Microsoft.ContainerService/managedClusters/${path.name}`, path.resourceGroup);
}

function patchTags(service: ContainerService, cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  checkPreconditions(request.headers, cluster.eTag);
  refuseWhileBusy(cluster, undefined, service.world.clock.now());
  cluster.tags = new RequestBody(request.body).textMap("tags") ?? cluster.tags;
  const work = takeTime(service, "managedClusters.updateTags", cluster);
  const spec = { title: "update tags of managed cluster", state: "Updating" } as const;
  const operation = beginOperation(service, cluster, cluster, spec, work);
  const headers = operationHeaders(service.world, operation, request, { asyncOperation: true });
  return { status: 200, headers, body: clusterView(cluster) };
}
