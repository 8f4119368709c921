import { safeAlphabet } from "../../world/kubernetes/names.ts";
import { sameJson } from "../../world/same-json.ts";
import type { ControlPlane } from "./control-plane.ts";
import { labelsOf } from "./endpoint-facts.ts";
import { memberOf } from "./endpoint-members.ts";
import { portsKey } from "./endpoint-ports.ts";
import { type EndpointGroup, planSlices, type SliceContent } from "./endpoint-slices.ts";
import { EndpointTriggerTimes, withTriggerTime } from "./endpoint-trigger-times.ts";
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
  indexedObjects,
  keyOf,
  nodes,
  pods,
  services,
  updateObject,
  withNextGeneration,
} from "./kinds.ts";
import { deleteEndpoints, startOlderEndpoints } from "./older-endpoints.ts";
import { endpointsRestMsFor } from "./pacing.ts";
import { labelKey, podsOnNode, podsWithLabels } from "./pod-lookup.ts";
import type { Pod } from "./pod-types.ts";
import { isFinished, isReady } from "./pods.ts";
import { matchesLabels } from "./selectors.ts";
import type { EndpointPort, EndpointSlice, Service, SliceEndpoint } from "./types.ts";

/** EndpointSlices and Endpoints of the services that have a selector. */
export function startEndpointsController(plane: ControlPlane): void {
  const times = new EndpointTriggerTimes();
  const olderChanged = startOlderEndpoints(plane, (service) => reachable(selectedPods(plane, service)));
  const queue = plane.queue(
    "endpoints",
    (key) => reconcile({ plane, times, olderChanged }, key),
    (key) => endpointsRestMsFor(sizeOf(plane, key)),
  );
  plane.watch(services, ({ object }) => queue.add(keyOf(object)));
  plane.watch(pods, ({ type, object, previous }) => {
    if (type === "MODIFIED" && previous && !changesEndpoints(object, previous)) return;
    for (const service of servicesOf(plane, object)) queue.add(keyOf(service));
    if (!previous || sameJson(object.metadata.labels, previous.metadata.labels)) return;
    for (const service of servicesOf(plane, previous)) queue.add(keyOf(service));
  });
  plane.watch(endpoints, ({ type, object }) => {
    if (type === "DELETED") queue.add(keyOf(object));
  });
  plane.watch(endpointSlices, ({ type, object }) => {
    const owner = type === "DELETED" ? controllerOf(object) : undefined;
    if (owner?.kind === "Service") queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
  plane.watch(nodes, ({ type, object }) => {
    if (type !== "DELETED") return;
    const left = podsOnNode(plane.store, object.metadata.name);
    for (const service of left.flatMap((pod) => servicesOf(plane, pod))) queue.add(keyOf(service));
  });
}

function sizeOf(plane: ControlPlane, key: string): number {
  const { namespace, name } = fromKey(key);
  const service = getObject(plane.store, services, namespace, name);
  const sizes = service ? slicesOf(plane, service).map((slice) => slice.endpoints?.length ?? 0) : [];
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Each service under one of the labels that it asks for. */
const bySelector = {
  name: "selector",
  keysOf: ({ metadata, spec }: Service) =>
    Object.entries(spec.selector ?? {})
      .slice(0, 1)
      .map((label) => labelKey(metadata.namespace ?? "", label)),
};

function servicesOf({ store }: ControlPlane, { metadata }: Pod): Service[] {
  return Object.entries(metadata.labels ?? {}).flatMap((label) =>
    indexedObjects(store, services, bySelector, labelKey(metadata.namespace ?? "", label)).filter(({ spec }) =>
      matchesLabels(spec.selector ?? {}, metadata.labels),
    ),
  );
}

/** What a kubelet reports often changes nothing for callers. Source: k8s.io/endpointslice, podEndpointsChanged. */
function changesEndpoints(pod: Pod, before: Pod): boolean {
  return (
    pod.metadata.uid !== before.metadata.uid ||
    pod.metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
    pod.status?.podIP !== before.status?.podIP ||
    pod.spec.nodeName !== before.spec.nodeName ||
    isReady(pod) !== isReady(before) ||
    isFinished(pod) !== isFinished(before) ||
    !sameJson(pod.metadata.labels, before.metadata.labels)
  );
}

interface Controller {
  readonly plane: ControlPlane;
  readonly times: EndpointTriggerTimes;
  readonly olderChanged: ReturnType<typeof startOlderEndpoints>;
}

function reconcile({ plane, times, olderChanged }: Controller, key: string): void {
  const { namespace, name } = fromKey(key);
  const service = getObject(plane.store, services, namespace, name);
  if (!service) {
    times.forget(key);
    return deleteEndpoints(plane, namespace, name);
  }
  const { selector = {}, type } = service.spec;
  if (Object.keys(selector).length === 0 || type === "ExternalName") return;
  const selected = selectedPods(plane, service);
  const triggerTime = times.next(service, selected);
  writeSlices(plane, service, groupsOf(plane, service, reachable(selected)), triggerTime);
  olderChanged(key, triggerTime);
}

function selectedPods({ store }: ControlPlane, { metadata, spec }: Service): Pod[] {
  return podsWithLabels(store, metadata.namespace ?? "", spec.selector ?? {});
}

function reachable(selected: readonly Pod[]): Pod[] {
  return selected.filter((pod) => pod.status?.podIP !== undefined && !isFinished(pod));
}

/** Pods by the ports that they have for the service. A pod on a node that nobody knows leads nowhere. */
function groupsOf(plane: ControlPlane, service: Service, matching: readonly Pod[]): Map<string, EndpointGroup> {
  const groups = new Map<string, { ports: readonly EndpointPort[]; members: SliceEndpoint[] }>();
  for (const pod of matching) {
    const node = getObject(plane.store, nodes, undefined, pod.spec.nodeName ?? "");
    if (!service.spec.publishNotReadyAddresses && !node) continue;
    const { ports, endpoint } = memberOf(service, pod, node);
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, members: [] };
    groups.set(key, group);
    group.members.push(endpoint);
  }
  return groups;
}

/** The slices of a service; none before the first reconcile. */
export function slicesOf(plane: ControlPlane, service: Service): EndpointSlice[] {
  return controlledObjects(plane.store, endpointSlices, service);
}

function writeSlices(
  plane: ControlPlane,
  service: Service,
  groups: ReadonlyMap<string, EndpointGroup>,
  triggerTime: string | undefined,
): void {
  const existing = slicesOf(plane, service);
  const plan = planSlices(existing, groups, ({ ports }) => portsKey(ports ?? []));
  const labels = labelsOf(service, {
    "kubernetes.io/service-name": service.metadata.name,
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
  });
  for (const content of plan.created) createSlice(plane, service, labels, content, triggerTime);
  for (const slice of existing) {
    if (!plan.deleted.includes(slice)) updateSlice(plane, slice, labels, plan.updated.get(slice), triggerTime);
  }
  for (const slice of plan.deleted) deleteObject(plane.store, endpointSlices, slice);
}

function createSlice(
  plane: ControlPlane,
  service: Service,
  labels: Record<string, string>,
  content: SliceContent,
  triggerTime: string | undefined,
): void {
  const { name, namespace, uid } = service.metadata;
  const random = plane.world.random.stream(`${plane.clusterName}/slice/${uid}/${plane.store.version}`);
  createObject<EndpointSlice>(plane.store, endpointSlices, {
    metadata: {
      name: `${name}-${random.text(5, safeAlphabet)}`,
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      ownerReferences: [controllerReference(services, service)],
      ...withTriggerTime(undefined, triggerTime),
    },
    addressType: "IPv4",
    ...written(content),
  });
}

/** Its labels are always those of its service. */
function updateSlice(
  plane: ControlPlane,
  slice: EndpointSlice,
  labels: Record<string, string>,
  content: SliceContent | undefined,
  triggerTime: string | undefined,
): void {
  updateObject(plane.store, endpointSlices, slice, (current) => {
    const next = content ? withNextGeneration({ ...current, ...written(content) }) : current;
    if (next === current && sameJson(labels, current.metadata.labels)) return current;
    const { annotations, ...metadata } = next.metadata;
    return { ...next, metadata: { ...metadata, labels, ...withTriggerTime(annotations, triggerTime) } };
  });
}

/** Empty lists come back from etcd as null. */
function written({ ports, endpoints: members }: SliceContent): Pick<EndpointSlice, "endpoints" | "ports"> {
  return { endpoints: members.length > 0 ? members : null, ports: ports.length > 0 ? ports : null };
}
