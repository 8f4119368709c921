import type { ControlPlane } from "./control-plane.ts";
import { programGateways } from "./gateway-status.ts";
import {
  endpointSlices,
  gatewayClasses,
  gateways,
  getObject,
  httpRoutes,
  keyOf,
  listObjects,
  services,
  updateObject,
} from "./kinds.ts";
import { type BackendPlan, nowhere, type Propagation, type RoutePlan } from "./propagation.ts";
import { type RouteProblem, routeStatus } from "./route-status.ts";
import { serviceBackend } from "./service-routes.ts";
import type { BackendReference, Gateway, HttpRoute, ParentReference } from "./types.ts";

const everything = "routes";

/**
 * Gateway API: weights of an HTTPRoute over Services become shares of its host names. The data plane knows hosts only,
 * so a route has one rule for all paths; any other is not accepted.
 */
export function startHttpRoutes(plane: ControlPlane, propagation: Propagation): void {
  let plans: ReadonlyMap<string, HttpRoute> = new Map();
  /** Generation of the route that each host has been programmed with. */
  const programmed = new Map<string, number>();
  const queue = plane.queue("http-routes", (key) => {
    if (key === everything) lookAtAll();
    else lookBehind(key);
  });
  function lookAtAll(): void {
    programGateways(plane);
    const before = plans;
    plans = planHosts(plane);
    for (const host of before.keys()) if (!plans.has(host)) propagation.tell(`route ${host}`, nowhere);
    for (const [host, route] of plans) tell(host, route);
    for (const route of listObjects(plane.store, httpRoutes)) reportStatus(plane, route, programmed);
  }
  /** Other pods of a service change nothing but the hosts that lead to it. */
  function lookBehind(service: string): void {
    for (const [host, route] of plans) if (leadsTo(route, service)) tell(host, route);
  }
  function tell(host: string, route: HttpRoute): void {
    const { generation = 1, uid } = route.metadata;
    const key = `${uid}/${host}`;
    const destination = { hosts: [host], ...planOf(plane, route) };
    if ((programmed.get(key) ?? 0) >= generation) propagation.tell(`route ${host}`, destination);
    else propagation.tell(`route ${host}`, destination, () => arrive(key, generation));
  }
  function arrive(key: string, generation: number): void {
    if ((programmed.get(key) ?? 0) >= generation) return;
    programmed.set(key, generation);
    queue.add(everything);
  }
  const look = (): void => queue.add(everything);
  plane.watch(httpRoutes, look);
  plane.watch(gateways, look);
  plane.watch(gatewayClasses, look);
  plane.watch(services, ({ type }) => type !== "MODIFIED" && look());
  plane.watch(endpointSlices, ({ object: { metadata } }) => {
    const service = metadata.labels?.["kubernetes.io/service-name"];
    if (service !== undefined) queue.add(`${metadata.namespace}/${service}`);
  });
}

function leadsTo({ spec, metadata }: HttpRoute, service: string): boolean {
  const references = spec.rules?.[0]?.backendRefs ?? [];
  return references.some(({ name }) => `${metadata.namespace}/${name}` === service);
}

/** Two routes for one host: the older one has it, then the first by name (Gateway API, conflict resolution). */
function planHosts(plane: ControlPlane): Map<string, HttpRoute> {
  const plans = new Map<string, HttpRoute>();
  const ordered = listObjects(plane.store, httpRoutes).toSorted(byAge);
  for (const route of ordered) {
    if (route.metadata.deletionTimestamp || !route.spec.parentRefs?.some((ref) => !parentProblem(plane, route, ref))) {
      continue;
    }
    for (const host of hostsOf(plane, route)) {
      if (!plans.has(host)) plans.set(host, route);
    }
  }
  return plans;
}

function byAge(a: HttpRoute, b: HttpRoute): number {
  const [mine = "", other = ""] = [a, b].map(({ metadata }) => metadata.creationTimestamp);
  // All of one form, so that they sort as they are.
  if (mine !== other) return mine < other ? -1 : 1;
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

/** Its own host names, or those of the listeners that it is attached to. */
function hostsOf(plane: ControlPlane, route: HttpRoute): string[] {
  if (route.spec.hostnames?.length) return route.spec.hostnames;
  return (route.spec.parentRefs ?? []).flatMap((ref) => {
    const listeners = gatewayOf(plane, route, ref)?.spec.listeners ?? [];
    const chosen = listeners.filter(({ name }) => ref.sectionName === undefined || ref.sectionName === name);
    return chosen.map(({ hostname }) => hostname).filter((host) => host !== undefined);
  });
}

/** No backend with a weight: 500, as for one that does not exist. */
function planOf(plane: ControlPlane, route: HttpRoute): RoutePlan {
  const references = route.spec.rules?.[0]?.backendRefs ?? [];
  const backends = references.map((reference) => backendPlan(plane, route, reference));
  if (backends.some(({ weight }) => weight > 0)) return { backends };
  return { backends: [{ name: route.metadata.name, weight: 1, members: [], rejectStatus: 500 }] };
}

function backendPlan(plane: ControlPlane, route: HttpRoute, reference: BackendReference): BackendPlan {
  const { name, weight = 1 } = reference;
  const service = backendProblem(plane, route, reference)
    ? undefined
    : getObject(plane.store, services, route.metadata.namespace, name);
  return service ? serviceBackend(plane, service, weight) : { name, weight, members: [], rejectStatus: 500 };
}

function backendProblem(plane: ControlPlane, route: HttpRoute, reference: BackendReference): RouteProblem | undefined {
  const { group = "", kind = "Service", name, namespace = route.metadata.namespace } = reference;
  if (group !== "" || kind !== "Service")
    return { reason: "InvalidKind", message: `${kind} is not a supported backend` };
  if (namespace !== route.metadata.namespace) {
    const message = `Backend ref to Service ${namespace}/${name} is not permitted by any ReferenceGrant`;
    return { reason: "RefNotPermitted", message };
  }
  if (getObject(plane.store, services, namespace, name)) return undefined;
  return { reason: "BackendNotFound", message: `Service ${namespace}/${name} not found` };
}

function gatewayOf(plane: ControlPlane, route: HttpRoute, ref: ParentReference): Gateway | undefined {
  if (ref.kind !== undefined && ref.kind !== "Gateway") return undefined;
  return getObject(plane.store, gateways, ref.namespace ?? route.metadata.namespace, ref.name);
}

function parentProblem(plane: ControlPlane, route: HttpRoute, ref: ParentReference): RouteProblem | undefined {
  const gateway = gatewayOf(plane, route, ref);
  const listeners = gateway?.spec.listeners ?? [];
  if (!gateway || !listeners.some(({ name }) => ref.sectionName === undefined || ref.sectionName === name)) {
    return { reason: "NoMatchingParent", message: `Gateway ${ref.name} not found, or it has no such listener` };
  }
  const problem = unsupported(route);
  return problem === undefined ? undefined : { reason: "UnsupportedValue", message: problem };
}

function unsupported({ spec }: HttpRoute): string | undefined {
  const { rules = [], hostnames = [] } = spec;
  if (hostnames.some((host) => host.includes("*"))) return "wildcard host names are not supported";
  if (rules.length > 1) return "more than one rule is not supported";
  if (rules.some(({ filters = [] }) => filters.length > 0)) return "filters are not supported";
  const matches = rules.flatMap((rule) => rule.matches ?? []);
  const catchAll = matches.every(({ path, headers, queryParams, method }) => {
    const anyPath = (path?.type ?? "PathPrefix") === "PathPrefix" && (path?.value ?? "/") === "/";
    return anyPath && !headers?.length && !queryParams?.length && method === undefined;
  });
  return catchAll ? undefined : "matches other than the path prefix / are not supported";
}

function reportStatus(plane: ControlPlane, route: HttpRoute, programmed: ReadonlyMap<string, number>): void {
  const { generation = 1, uid } = route.metadata;
  const references = route.spec.rules?.flatMap(({ backendRefs = [] }) => backendRefs) ?? [];
  const isProgrammed = hostsOf(plane, route).every((host) => (programmed.get(`${uid}/${host}`) ?? 0) >= generation);
  const status = routeStatus(route, plane.world.clock.now(), {
    parent: (ref) => parentProblem(plane, route, ref),
    backend: references.map((one) => backendProblem(plane, route, one)).find((problem) => problem !== undefined),
    isProgrammed,
  });
  updateObject(plane.store, httpRoutes, route, (current) => ({ ...current, status }));
}
