import { isIP } from "node:net";
import { safeAlphabet } from "../../world/kubernetes/names.ts";
import { sameJson } from "../../world/same-json.ts";
import type { ControlPlane } from "./control-plane.ts";
import { portsKey } from "./endpoint-ports.ts";
import { triggerTimeAnnotation } from "./endpoint-trigger-times.ts";
import {
  controllerOf,
  controllerReference,
  createObject,
  deleteObject,
  endpointSlices,
  endpoints,
  fromKey,
  getObject,
  indexedObjects,
  involved,
  keyOf,
  services,
  updateObject,
  withNextGeneration,
} from "./kinds.ts";
import type { EndpointAddress, EndpointPort, EndpointSlice, Endpoints, SliceEndpoint } from "./types.ts";

const managedBy = "endpointslicemirroring-controller.k8s.io";
/** --mirroring-max-endpoints-per-subset */
const addressesPerSubset = 1_000;
const notMirrored = [triggerTimeAnnotation, "kubectl.kubernetes.io/last-applied-configuration"];

/**
 * Endpoints that somebody wrote for a service without a selector, as slices. Source: kubernetes/kubernetes
 * pkg/controller/endpointslicemirroring.
 */
export function startEndpointMirror(plane: ControlPlane): void {
  const queue = plane.queue("endpoint-mirror", (key) => reconcile(plane, key));
  plane.watch(endpoints, ({ object }) => queue.add(keyOf(object)));
  plane.watch(services, ({ object }) => queue.add(keyOf(object)));
  plane.watch(endpointSlices, ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "Endpoints") queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
}

function reconcile(plane: ControlPlane, key: string): void {
  const { namespace, name } = fromKey(key);
  const service = getObject(plane.store, services, namespace, name);
  const isOwn = service !== undefined && !service.spec.selector;
  const written = isOwn ? getObject(plane.store, endpoints, namespace, name) : undefined;
  const existing = indexedObjects(plane.store, endpointSlices, mirroredSlices, key);
  if (!written || !wantsMirror(written)) {
    for (const slice of existing) deleteObject(plane.store, endpointSlices, slice);
    return;
  }
  warnOfBadAddresses(plane, written);
  write(plane, written, existing);
}

/** Those that were made here, under their service. */
const mirroredSlices = {
  name: "mirrored",
  keysOf({ metadata: { namespace = "", labels = {} } }: EndpointSlice): readonly string[] {
    if (labels["endpointslice.kubernetes.io/managed-by"] !== managedBy) return [];
    return [`${namespace}/${labels["kubernetes.io/service-name"] ?? ""}`];
  },
};

function wantsMirror({ metadata }: Endpoints): boolean {
  const isSkipped = metadata.labels?.["endpointslice.kubernetes.io/skip-mirror"] === "true";
  return !isSkipped && metadata.annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined;
}

interface Wanted {
  readonly addressType: "IPv4" | "IPv6";
  readonly ports: EndpointPort[];
  readonly members: SliceEndpoint[];
}

function wantedSlices({ subsets = [] }: Endpoints): Wanted[] {
  // One address is the same in every subset. Source: pkg/api/v1/endpoints, RepackSubsets.
  const known = new Map<string, EndpointAddress>();
  const asKnown = (one: EndpointAddress): EndpointAddress => {
    const key = `${one.ip} ${one.targetRef?.uid ?? ""}`;
    const first = known.get(key) ?? one;
    known.set(key, first);
    return first;
  };
  const ready = (one: EndpointAddress): SliceEndpoint => mirrored(asKnown(one), true);
  const notReady = (one: EndpointAddress): SliceEndpoint => mirrored(asKnown(one), false);
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const all = [...addresses.map(ready), ...notReadyAddresses.map(notReady)];
    return (["IPv4", "IPv6"] as const).flatMap((addressType) => {
      const version = addressType === "IPv4" ? 4 : 6;
      const members = all.filter((one) => isIP(one.addresses[0] ?? "") === version).slice(0, addressesPerSubset);
      return members.length === 0 ? [] : [{ addressType, ports: ports.map(named), members }];
    });
  });
}

function mirrored({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): SliceEndpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef ? { targetRef } : {}),
  };
}

function named({ name = "", ...port }: EndpointPort): EndpointPort {
  return { name, ...port };
}

function write(plane: ControlPlane, from: Endpoints, existing: readonly EndpointSlice[]): void {
  const left = [...existing];
  const wanted = wantedSlices(from).map((one) => ({ one, slice: take(left, (slice) => isSameKind(slice, one)) }));
  for (const { one, slice } of wanted) {
    const target = slice ?? take(left, ({ addressType }) => addressType === one.addressType);
    if (target) updateSlice(plane, from, target, one);
    else createSlice(plane, from, one);
  }
  for (const slice of left) deleteObject(plane.store, endpointSlices, slice);
}

function take<T>(from: T[], fits: (item: T) => boolean): T | undefined {
  const index = from.findIndex(fits);
  return index < 0 ? undefined : from.splice(index, 1)[0];
}

function isSameKind(slice: EndpointSlice, { addressType, ports }: Wanted): boolean {
  return slice.addressType === addressType && portsKey(slice.ports ?? []) === portsKey(ports);
}

function createSlice(plane: ControlPlane, from: Endpoints, { addressType, ports, members }: Wanted): void {
  const { name, namespace, uid } = from.metadata;
  const random = plane.world.random.stream(`${plane.clusterName}/mirror/${uid}/${plane.store.version}`);
  createObject<EndpointSlice>(plane.store, endpointSlices, {
    metadata: {
      name: `${name}-${random.text(5, safeAlphabet)}`,
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      ...marks(from),
      ownerReferences: [controllerReference(endpoints, from)],
    },
    addressType,
    endpoints: members,
    ports: ports.length > 0 ? ports : null,
  });
}

function updateSlice(plane: ControlPlane, from: Endpoints, slice: EndpointSlice, { ports, members }: Wanted): void {
  updateObject(plane.store, endpointSlices, slice, (current) => {
    const { annotations: _, ...metadata } = current.metadata;
    const marked = { ...current, metadata: { ...metadata, ...marks(from) } };
    const next = { ...marked, endpoints: members, ports: ports.length > 0 ? ports : null };
    return sameJson(next, marked) ? marked : withNextGeneration(next);
  });
}

function marks({ metadata }: Endpoints): { labels: Record<string, string>; annotations?: Record<string, string> } {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => !notMirrored.includes(key));
  return {
    labels: {
      ...metadata.labels,
      "kubernetes.io/service-name": metadata.name,
      "endpointslice.kubernetes.io/managed-by": managedBy,
    },
    ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}),
  };
}

function warnOfBadAddresses(plane: ControlPlane, from: Endpoints): void {
  const subsets = (from.subsets ?? []).map(({ addresses = [], notReadyAddresses = [] }) => [
    ...addresses,
    ...notReadyAddresses,
  ]);
  const bad = subsets.flat().filter(({ ip }) => isIP(ip) === 0).length;
  const tooMany = subsets.reduce((sum, { length }) => sum + Math.max(0, length - addressesPerSubset), 0);
  const warn = (reason: string, message: string): void => {
    const source = "endpoint-slice-mirroring-controller";
    plane.recordEvent({ type: "Warning", reason, message, source, involved: involved(endpoints, from) });
  };
  if (bad > 0) warn("InvalidIPAddress", `Skipped ${bad} invalid IP addresses when mirroring to EndpointSlices`);
  if (tooMany === 0) return;
  const limit = `A max of ${addressesPerSubset} addresses can be mirrored to EndpointSlices per Endpoints subset.`;
  warn("TooManyAddressesToMirror", `${limit} ${tooMany} addresses were skipped`);
}
