import type { ControlPlane } from "./control-plane.ts";
import { targetPort } from "./endpoint-ports.ts";
import { slicesOf } from "./endpoints.ts";
import { endpointSlices, fromKey, getObject, keyOf, listObjects, namespaces, services } from "./kinds.ts";
import { type BackendPlan, nowhere, type Propagation } from "./propagation.ts";
import type { EndpointSlice, Service, SliceEndpoint } from "./types.ts";

/**
 * Services as hosts inside the cluster: `<service>.<scope>` and its longer DNS names, where the scope of a pod is
 * `<namespace>.<cluster>`. Hosts carry no port, so only the first port of a service can be reached.
 */
export function startServiceRoutes(plane: ControlPlane, propagation: Propagation): void {
  /** Until namespaces come or go. */
  const hosts = new Map<string, readonly string[]>();
  const queue = plane.queue("service-routes", (key) => {
    const { namespace, name } = fromKey(key);
    const service = getObject(plane.store, services, namespace, name);
    const isRouted = service?.spec.selector && service.spec.type !== "ExternalName";
    if (!isRouted) return propagation.tell(`service ${key}`, nowhere);
    const known = hosts.get(key) ?? hostsOf(plane, service);
    hosts.set(key, known);
    propagation.tell(`service ${key}`, { hosts: known, backends: [serviceBackend(plane, service, 1)] });
  });
  plane.watch(services, ({ object }) => queue.add(keyOf(object)));
  plane.watch(endpointSlices, ({ object }) => {
    const service = object.metadata.labels?.["kubernetes.io/service-name"];
    if (service !== undefined) queue.add(`${object.metadata.namespace}/${service}`);
  });
  plane.watch(namespaces, ({ type }) => {
    if (type === "MODIFIED") return;
    hosts.clear();
    for (const service of listObjects(plane.store, services)) queue.add(keyOf(service));
  });
}

function hostsOf({ store, clusterName }: ControlPlane, { metadata }: Service): string[] {
  const { name, namespace = "" } = metadata;
  const full = [`${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
  return listObjects(store, namespaces).flatMap((scope) => {
    const suffix = `${scope.metadata.name}.${clusterName}`;
    const names = scope.metadata.name === namespace ? [name, ...full] : full;
    return names.map((one) => `${one}.${suffix}`);
  });
}

/** The share of a service: its ready pods; when all are on their way out, those that still serve, as kube-proxy does. */
export function serviceBackend(plane: ControlPlane, service: Service, weight: number): BackendPlan {
  const slices = slicesOf(plane, service);
  const all = slices.flatMap(({ endpoints }) => endpoints ?? []);
  const isChosen = all.some(({ conditions }) => conditions.ready)
    ? ({ conditions }: SliceEndpoint) => conditions.ready
    : ({ conditions }: SliceEndpoint) => conditions.serving === true && conditions.terminating === true;
  const members = slices.flatMap((slice) => membersOf(service, slice, (slice.endpoints ?? []).filter(isChosen)));
  return { name: service.metadata.name, weight, members };
}

function membersOf(
  service: Service,
  slice: EndpointSlice,
  chosen: readonly SliceEndpoint[],
): { podUid: string; port: number }[] {
  const [first] = service.spec.ports ?? [];
  const port = first?.name ?? "";
  const target = slice.ports?.find(({ name }) => (name ?? "") === port)?.port;
  const resolved = target ?? (first && targetPort(first, undefined));
  if (resolved === undefined) return [];
  return chosen.flatMap(({ targetRef }) => (targetRef ? [{ podUid: targetRef.uid, port: resolved }] : []));
}
