import { methodNotAllowed } from "../../../world/arm/errors.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { ArmOperation } from "../../../world/arm/operations.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { ChildKind, ClusterChild } from "../../../world/container-service/cluster-children.ts";
import { refuseWhileBusy } from "../../../world/container-service/concurrency.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { checkPreconditions, checkPutPreconditions } from "../../../world/container-service/etags.ts";
import { RequestBody } from "../../../world/container-service/request-body.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import { systemData } from "../../../world/container-service/system-data.ts";
import { clusterId } from "../../../world/container-service/views.ts";
import { durationMs } from "../../../world/world.ts";
import { childNotFound } from "./child-not-found.ts";
import { childRules } from "./cluster-child-rules.ts";
import { safeguardId } from "./deployment-safeguards.ts";

/** `…/managedClusters/{cluster}/{kind}[/{name}]`; undefined for actions, which the kinds answer themselves. */
export function childrenEndpoint(
  service: ContainerService,
  cluster: ManagedCluster,
  kind: ChildKind,
  request: ArmRequest,
): ArmResponse {
  const name = request.names[request.types.length - 1];
  if (name === undefined) {
    if (request.method !== "GET") throw methodNotAllowed(request.method);
    return {
      status: 200,
      body: { value: cluster.children.list(kind).map((child) => childView(service, cluster, child)) },
    };
  }
  const child = cluster.children.get(kind, name);
  switch (request.method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: childView(service, cluster, existingChild(cluster, kind, name)) };
    case "PUT":
      return putChild(service, cluster, { kind, name, child }, request);
    case "PATCH":
      return patchTags(service, cluster, existingChild(cluster, kind, name), request);
    case "DELETE":
      return child ? deleteChild(service, cluster, child, request) : { status: 204 };
    case "POST":
      throw methodNotAllowed(request.method);
  }
}

export function existingChild(cluster: ManagedCluster, kind: ChildKind, name: string): ClusterChild {
  const child = cluster.children.get(kind, name);
  if (child) return child;
  throw childNotFound(cluster, kind, name);
}

function putChild(
  service: ContainerService,
  cluster: ManagedCluster,
  at: { readonly kind: ChildKind; readonly name: string; readonly child: ClusterChild | undefined },
  request: ArmRequest,
): ArmResponse {
  const { kind, name } = at;
  checkPutPreconditions(request.headers, at.child?.eTag);
  const rules = childRules[kind];
  const nowMs = service.world.clock.now();
  if (rules.slow) refuseWhileBusy(cluster, undefined, nowMs);
  const body = new RequestBody(request.body);
  const sent = body.object("properties") ?? new RequestBody({}, "properties");
  const properties = rules.properties({ service, cluster, name, existing: at.child }, sent);
  const child: ClusterChild = {
    kind,
    name: at.child?.name ?? name,
    location: rules.hasLocation ? (body.text("location") ?? cluster.location) : undefined,
    tags: body.textMap("tags") ?? at.child?.tags,
    properties,
    provisioningState: rules.slow ? (at.child ? "Updating" : rules.creating) : "Succeeded",
    eTag: cluster.random.uuid(),
    times: { createdMs: at.child?.times?.createdMs ?? nowMs, changedMs: nowMs },
  };
  cluster.children.set(child);
  if (!rules.slow) return { status: 200, body: childView(service, cluster, child) };
  const operation = begin(service, cluster, () => {
    rules.made?.({ service, cluster, name, existing: at.child }, child);
    child.provisioningState = "Succeeded";
  });
  const headers = operationHeaders(service.world, operation, request, { asyncOperation: true });
  return { status: at.child && !rules.alwaysCreated ? 200 : 201, headers, body: childView(service, cluster, child) };
}

function patchTags(
  service: ContainerService,
  cluster: ManagedCluster,
  child: ClusterChild,
  request: ArmRequest,
): ArmResponse {
  if (!childRules[child.kind].hasLocation) throw methodNotAllowed(request.method);
  checkPreconditions(request.headers, child.eTag);
  child.tags = new RequestBody(request.body).textMap("tags") ?? child.tags;
  child.eTag = cluster.random.uuid();
  return { status: 200, body: childView(service, cluster, child) };
}

function deleteChild(
  service: ContainerService,
  cluster: ManagedCluster,
  child: ClusterChild,
  request: ArmRequest,
): ArmResponse {
  checkPreconditions(request.headers, child.eTag);
  const rules = childRules[child.kind];
  if (!rules.slow) {
    cluster.children.remove(child);
    return { status: 200 };
  }
  refuseWhileBusy(cluster, undefined, service.world.clock.now());
  child.provisioningState = "Deleting";
  const operation = begin(service, cluster, () => {
    rules.gone?.({ service, cluster, name: child.name, existing: child }, child);
    cluster.children.remove(child);
  });
  const headers = operationHeaders(service.world, operation, request, { location: true });
  // As recorded of bindings; the answers for the others have no body.
  return {
    status: 202,
    headers,
    ...(child.kind === "identityBindings" ? { body: childView(service, cluster, child) } : {}),
  };
}

function begin(
  service: ContainerService,
  { location, subscription, random }: ManagedCluster,
  done: () => void,
): ArmOperation {
  const spec = { provider: "Microsoft.ContainerService", location, kind: "", subscription, result: () => undefined };
  const operation = service.operations.start(spec);
  service.world.clock.after(durationMs(service.world, "managedClusters.updateTags", random), () => {
    done();
    service.operations.succeed(operation);
  });
  return operation;
}

function childView(
  { tenantId }: ContainerService,
  cluster: ManagedCluster,
  child: ClusterChild,
): Record<string, unknown> {
  const { kind, name, location, tags, properties, provisioningState, eTag, times } = child;
  const isExtension = kind === "deploymentSafeguards";
  return {
    id: isExtension ? safeguardId(cluster, name) : `${clusterId(cluster)}/${kind}/${name}`,
    name,
    type: `Microsoft.ContainerService/${isExtension ? "" : "managedClusters/"}${kind}`,
    ...(location === undefined ? {} : { location }),
    ...(tags ? { tags } : {}),
    ...(location !== undefined && times ? { systemData: systemData(tenantId, times.createdMs, times.changedMs) } : {}),
    ...(childRules[kind].hasETag ? { eTag } : {}),
    properties: { ...properties, provisioningState },
  };
}
