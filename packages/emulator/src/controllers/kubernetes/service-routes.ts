import type { ControlPlane } from "./control-plane.ts";
import { sliceOf, targetPort } from "./endpoints.ts";
import { endpointSlices, fromKey, getObject, keyOf, listObjects, namespaces, services } from "./kinds.ts";
import type { BackendPlan, Propagation } from "./propagation.ts";
import type { Service, SliceEndpoint } from "./types.ts";

/**
 * Services as hosts inside the cluster: `<service>.<scope>` and its longer DNS names, where the scope of a pod is
 * `<namespace>.<cluster>`. Hosts carry no port, so only the first port of a service can be reached.
 */
export function startServiceRoutes(plane: ControlPlane, propagation: Propagation): void {
  const told = new Map<string, readonly string[]>();
  const queue = plane.queue("service-routes", (key) => {
    const hosts = reconcile(plane, propagation, key);
    for (const host of told.get(key) ?? []) if (!hosts.includes(host)) propagation.tell(host, undefined);
    told.set(key, hosts);
  });
  plane.watch(services, ({ object }) => queue.add(keyOf(object)));
  plane.watch(endpointSlices, ({ object }) => {
    const service = object.metadata.labels?.["kubernetes.io/service-name"];
    if (service !== undefined) queue.add(`${object.metadata.namespace}/${service}`);
  });
  plane.watch(namespaces, ({ type }) => {
    if (type !== "MODIFIED") for (const service of listObjects(plane.store, services)) queue.add(keyOf(service));
  });
}

function reconcile(plane: ControlPlane, propagation: Propagation, key: string): readonly string[] {
  const { namespace, name } = fromKey(key);
  const service = getObject(plane.store, services, namespace, name);
  if (!service || service.spec.type === "ExternalName" || !service.spec.selector) return [];
  const backend = serviceBackend(plane, service, 1);
  const hosts = hostsOf(plane, service);
  for (const host of hosts) propagation.tell(host, { backends: [backend] });
  return hosts;
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
  const all = sliceOf(plane, service)?.endpoints ?? [];
  const ready = all.filter(({ conditions }) => conditions.ready);
  const chosen =
    ready.length > 0 ? ready : all.filter(({ conditions }) => conditions.serving && conditions.terminating);
  return { name: service.metadata.name, weight, members: membersOf(plane, service, chosen) };
}

function membersOf(
  plane: ControlPlane,
  service: Service,
  chosen: readonly SliceEndpoint[],
): { podUid: string; port: number }[] {
  const [first] = service.spec.ports ?? [];
  const port = first?.name ?? "";
  const target = sliceOf(plane, service)?.ports?.find(({ name }) => (name ?? "") === port)?.port;
  const fallback = first && targetPort(first, undefined);
  const resolved = target ?? fallback;
  return resolved === undefined ? [] : chosen.map(({ targetRef }) => ({ podUid: targetRef.uid, port: resolved }));
}
