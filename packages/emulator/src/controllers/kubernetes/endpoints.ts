import { safeAlphabet } from "../../world/kubernetes/names.ts";
import { sameJson } from "../../world/same-json.ts";
import type { ControlPlane } from "./control-plane.ts";
import {
  controlledObjects,
  controllerOf,
  controllerReference,
  createObject,
  deleteObject,
  endpointSlices,
  endpoints,
  fromKey,
  getObject,
  keyOf,
  listObjects,
  nodes,
  pods,
  services,
  updateObject,
} from "./kinds.ts";
import { endpointsRestMsFor } from "./pacing.ts";
import { podsWithLabels } from "./pod-lookup.ts";
import type { Pod } from "./pod-types.ts";
import { isFinished, isReady, isTerminating } from "./pods.ts";
import { matchesLabels } from "./selectors.ts";
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSlice,
  Endpoints,
  Service,
  ServicePort,
  SliceEndpoint,
} from "./types.ts";

/** EndpointSlices and Endpoints of the services that have a selector. One slice per service. */
export function startEndpointsController(plane: ControlPlane): void {
  const queue = plane.queue(
    "endpoints",
    (key) => reconcile(plane, key),
    (key) => endpointsRestMsFor(sizeOf(plane, key)),
  );
  plane.watch(services, ({ object }) => queue.add(keyOf(object)));
  plane.watch(pods, ({ object, previous }) => {
    for (const service of listObjects(plane.store, services, object.metadata.namespace ?? "")) {
      if (selects(service, object) || (previous && selects(service, previous))) queue.add(keyOf(service));
    }
  });
  plane.watch(endpoints, ({ type, object }) => {
    if (type === "DELETED") queue.add(keyOf(object));
  });
  plane.watch(endpointSlices, ({ type, object }) => {
    const owner = type === "DELETED" ? controllerOf(object) : undefined;
    if (owner?.kind === "Service") queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
  plane.watch(nodes, ({ type }) => {
    if (type === "DELETED") for (const service of listObjects(plane.store, services)) queue.add(keyOf(service));
  });
}

function sizeOf(plane: ControlPlane, key: string): number {
  const { namespace, name } = fromKey(key);
  const service = getObject(plane.store, services, namespace, name);
  return (service && sliceOf(plane, service)?.endpoints.length) ?? 0;
}

function selects({ spec }: Service, pod: Pod): boolean {
  const selector = spec.selector ?? {};
  return Object.keys(selector).length > 0 && matchesLabels(selector, pod.metadata.labels);
}

function reconcile(plane: ControlPlane, key: string): void {
  const { namespace, name } = fromKey(key);
  const service = getObject(plane.store, services, namespace, name);
  const orphan = service ? undefined : getObject(plane.store, endpoints, namespace, name);
  if (orphan) deleteObject(plane.store, endpoints, orphan);
  if (!service || Object.keys(service.spec.selector ?? {}).length === 0) return;
  const matching = podsWithLabels(plane.store, namespace ?? "", service.spec.selector ?? {}).filter(
    (pod) => pod.status?.podIP !== undefined && !isFinished(pod) && hasNode(plane, pod),
  );
  const ports = portsOf(service, matching[0]);
  writeSlice(
    plane,
    service,
    ports,
    matching.map((pod) => sliceEndpoint(plane, service, pod)),
  );
  writeEndpoints(plane, service, ports, matching);
}

function hasNode(plane: ControlPlane, pod: Pod): boolean {
  return getObject(plane.store, nodes, undefined, pod.spec.nodeName ?? "") !== undefined;
}

function portsOf({ spec }: Service, pod: Pod | undefined): EndpointPort[] {
  return (spec.ports ?? []).flatMap((port) => {
    const target = targetPort(port, pod);
    if (target === undefined) return [];
    const { name = "", protocol = "TCP", appProtocol } = port;
    return [{ name, port: target, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

/** The port of the pod that a port of its service leads to. */
export function targetPort({ port, targetPort: target = port }: ServicePort, pod: Pod | undefined): number | undefined {
  if (typeof target === "number") return target;
  const declared = pod?.spec.containers.flatMap(({ ports = [] }) => ports) ?? [];
  return declared.find(({ name }) => name === target)?.containerPort;
}

function sliceEndpoint(plane: ControlPlane, service: Service, pod: Pod): SliceEndpoint {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = (serving && !terminating) || service.spec.publishNotReadyAddresses === true;
  const { nodeName } = pod.spec;
  const zone = getObject(plane.store, nodes, undefined, nodeName ?? "")?.metadata.labels?.[
    "topology.kubernetes.io/zone"
  ];
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: { ready, serving, terminating },
    ...hostnameOf(service, pod),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    targetRef: targetOf(pod),
  };
}

/** Pods that name the service as their subdomain can be asked for alone. */
function hostnameOf({ metadata }: Service, { spec }: Pod): { hostname?: string } {
  return spec.hostname && spec["subdomain"] === metadata.name ? { hostname: spec.hostname } : {};
}

/** What a slice or the endpoints of a service carry: its own labels and who made them. */
function labelsOf({ metadata, spec }: Service, added: Readonly<Record<string, string>>): Record<string, string> {
  const headless = spec.clusterIP === "None" ? { "service.kubernetes.io/headless": "" } : {};
  return { ...metadata.labels, ...headless, ...added };
}

function targetOf({ metadata }: Pod): SliceEndpoint["targetRef"] {
  return { kind: "Pod", namespace: metadata.namespace ?? "", name: metadata.name, uid: metadata.uid ?? "" };
}

/** The slice of a service; undefined before the first reconcile. */
export function sliceOf(plane: ControlPlane, service: Service): EndpointSlice | undefined {
  return controlledObjects(plane.store, endpointSlices, service)[0];
}

function writeSlice(plane: ControlPlane, service: Service, ports: EndpointPort[], members: SliceEndpoint[]): void {
  const existing = sliceOf(plane, service);
  const labels = labelsOf(service, {
    "kubernetes.io/service-name": service.metadata.name,
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
  });
  const written = members.length > 0 && ports.length > 0 ? ports : null;
  if (existing) {
    const shared = reusing(existing.endpoints, members, ({ targetRef }) => targetRef.uid);
    updateObject(plane.store, endpointSlices, existing, (slice) => ({
      ...slice,
      metadata: { ...slice.metadata, labels },
      endpoints: shared,
      ports: written,
    }));
    return;
  }
  const { name, namespace, uid } = service.metadata;
  const random = plane.world.random.stream(`${plane.clusterName}/slice/${uid}`);
  createObject<EndpointSlice>(plane.store, endpointSlices, {
    metadata: {
      name: `${name}-${random.text(5, safeAlphabet)}`,
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      ownerReferences: [controllerReference(services, service)],
    },
    addressType: "IPv4",
    endpoints: members,
    ports: written,
  });
}

/** The new list with the old items where they are equal: the many versions of a large slice share what stays. */
function reusing<T>(before: readonly T[], next: readonly T[], uidOf: (item: T) => string): T[] {
  const known = new Map(before.map((item) => [uidOf(item), item]));
  return next.map((item) => {
    const old = known.get(uidOf(item));
    return old !== undefined && sameJson(old, item) ? old : item;
  });
}

/** What the older form holds at most (kubernetes: pkg/controller/endpoint, maxCapacity). */
const addressLimit = 1_000;
const overCapacity = "endpoints.kubernetes.io/over-capacity";

/** The older form, which `kubectl get endpoints` shows, under the name of the service. */
function writeEndpoints(plane: ControlPlane, service: Service, ports: EndpointPort[], matching: readonly Pod[]): void {
  const { name, namespace } = service.metadata;
  const found = subsetsOf(service, ports, matching);
  const subsets = found.length > 0 ? { subsets: found } : {};
  const cut = matching.length > addressLimit ? { annotations: { [overCapacity]: "truncated" } } : {};
  const labels = labelsOf(service, { "endpoints.kubernetes.io/managed-by": "endpoint-controller" });
  const existing = getObject(plane.store, endpoints, namespace, name);
  if (existing) {
    updateObject(plane.store, endpoints, existing, (object) => {
      const { subsets: _before, ...kept } = object;
      return { ...kept, metadata: { ...object.metadata, labels, ...cut }, ...subsets };
    });
    return;
  }
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels, ...cut };
  createObject<Endpoints>(plane.store, endpoints, { metadata, ...subsets });
}

function subsetsOf(
  service: Service,
  ports: EndpointPort[],
  matching: readonly Pod[],
): NonNullable<Endpoints["subsets"]> {
  const live = matching.filter((pod) => !isTerminating(pod));
  const isPublished = (pod: Pod): boolean => isReady(pod) || service.spec.publishNotReadyAddresses === true;
  const ready = live
    .filter(isPublished)
    .slice(0, addressLimit)
    .map((pod) => addressOf(service, pod));
  const notReady = live
    .filter((pod) => !isPublished(pod))
    .slice(0, addressLimit - ready.length)
    .map((pod) => addressOf(service, pod));
  if (ready.length + notReady.length === 0) return [];
  return [
    {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(ports.length > 0 ? { ports: ports.map(withoutEmptyName) } : {}),
    },
  ];
}

function withoutEmptyName({ name, ...port }: EndpointPort): EndpointPort {
  return name ? { name, ...port } : port;
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const { nodeName } = pod.spec;
  return {
    ip: pod.status?.podIP ?? "",
    ...hostnameOf(service, pod),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: targetOf(pod),
  };
}
