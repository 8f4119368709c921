import { controllerManager } from "../../world/ownership.ts";
import { sameJson } from "../../world/same-json.ts";
import type { ControlPlane } from "./control-plane.ts";
import { hostnameOf, labelsOf, targetOf } from "./endpoint-facts.ts";
import { endpointPorts } from "./endpoint-ports.ts";
import { withTriggerTime } from "./endpoint-trigger-times.ts";
import { goHash } from "./go-hash.ts";
import { createObject, deleteObject, endpoints, fromKey, getObject, services, updateObject } from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import { isReady, isTerminating } from "./pods.ts";
import type { EndpointAddress, EndpointPort, Endpoints, Service } from "./types.ts";

/** What the older form holds at most (kubernetes: pkg/controller/endpoint, maxCapacity). */
const addressLimit = 1_000;
const overCapacity = "endpoints.kubernetes.io/over-capacity";

/**
 * The older form of the endpoints of services, which `kubectl get endpoints` shows, under the name of the service: written
 * when somebody looks. Returns what tells of a service that has other pods than before, and since when.
 */
export function startOlderEndpoints(
  plane: ControlPlane,
  podsOf: (service: Service) => readonly Pod[],
): (key: string, triggerTime: string | undefined) => void {
  const due = new Map<string, string | undefined>();
  const changed = plane.store.writeLate(endpoints.resource, () => {
    for (const [key, triggerTime] of due) {
      const { namespace, name } = fromKey(key);
      const service = getObject(plane.store, services, namespace, name);
      if (!service?.spec.selector) continue;
      plane.store.actingAs(controllerManager, () => writeEndpoints(plane, service, podsOf(service), triggerTime));
    }
    due.clear();
  });
  return (key, triggerTime) => {
    due.set(key, triggerTime);
    changed();
  };
}

function writeEndpoints(
  plane: ControlPlane,
  service: Service,
  matching: readonly Pod[],
  triggerTime: string | undefined,
): void {
  const { name, namespace } = service.metadata;
  const found = subsetsOf(service, matching);
  const subsets = found.length > 0 ? { subsets: found } : {};
  const labels = labelsOf(service, { "endpoints.kubernetes.io/managed-by": "endpoint-controller" });
  const existing = getObject(plane.store, endpoints, namespace, name);
  const written = withTriggerTime(cutMark(existing, matching), triggerTime);
  if (!existing) {
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels, ...written };
    createObject<Endpoints>(plane.store, endpoints, { metadata, ...subsets });
    return;
  }
  if (sameJson(existing.subsets, subsets.subsets) && sameJson(existing.metadata.labels, labels)) return;
  updateObject(plane.store, endpoints, existing, ({ subsets: _before, ...kept }) => {
    const { annotations: _, ...metadata } = kept.metadata;
    return { ...kept, metadata: { ...metadata, labels, ...written }, ...subsets };
  });
}

export function deleteEndpoints(plane: ControlPlane, namespace: string | undefined, name: string): void {
  const orphan = getObject(plane.store, endpoints, namespace, name);
  if (orphan) deleteObject(plane.store, endpoints, orphan);
}

function cutMark(existing: Endpoints | undefined, matching: readonly Pod[]): Record<string, string> {
  const { [overCapacity]: _, ...others } = existing?.metadata.annotations ?? {};
  return matching.length > addressLimit ? { ...others, [overCapacity]: "truncated" } : others;
}

interface Entry {
  readonly address: EndpointAddress;
  readonly isReady: boolean;
  readonly ports: readonly EndpointPort[];
}

type Subset = NonNullable<Endpoints["subsets"]>[number];

function subsetsOf(service: Service, matching: readonly Pod[]): Subset[] {
  const isPublished = (pod: Pod): boolean => isReady(pod) || service.spec.publishNotReadyAddresses === true;
  const live = matching.filter((pod) => service.spec.publishNotReadyAddresses || !isTerminating(pod));
  const readyFirst = [...live.filter(isPublished), ...live.filter((pod) => !isPublished(pod))].slice(0, addressLimit);
  const isHeadless = service.spec.clusterIP === "None" && (service.spec.ports ?? []).length === 0;
  const entries = readyFirst.map((pod) => ({
    address: addressOf(service, pod),
    isReady: isPublished(pod),
    ports: endpointPorts(service, pod).map(withoutEmptyName),
  }));
  return packed(entries.filter(({ ports }) => isHeadless || ports.length > 0));
}

/** Ports with the same addresses together, in the order of Kubernetes. Source: pkg/api/v1/endpoints, RepackSubsets. */
function packed(entries: readonly Entry[]): Subset[] {
  const sorted = entries.toSorted((a, b) => (a.address.ip < b.address.ip ? -1 : 1));
  const byPort = new Map<string, { port: EndpointPort | undefined; entries: Entry[] }>();
  for (const entry of sorted) {
    for (const port of entry.ports.length > 0 ? entry.ports : [undefined]) {
      const key = JSON.stringify(port ?? null);
      const group = byPort.get(key) ?? { port, entries: [] };
      byPort.set(key, group);
      group.entries.push(entry);
    }
  }
  const byAddresses = new Map<string, { ports: EndpointPort[]; entries: Entry[] }>();
  for (const { port, entries: having } of byPort.values()) {
    const key = having.map(({ address }) => address.ip).join();
    const group = byAddresses.get(key) ?? { ports: [], entries: having };
    byAddresses.set(key, group);
    if (port) group.ports.push(port);
  }
  return [...byAddresses.values()].map(subsetOf);
}

function subsetOf({ ports, entries }: { ports: readonly EndpointPort[]; entries: readonly Entry[] }): Subset {
  const addresses = entries.filter((entry) => entry.isReady).map(({ address }) => address);
  const notReadyAddresses = entries.filter((entry) => !entry.isReady).map(({ address }) => address);
  return {
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ...(ports.length > 0 ? { ports: ports.toSorted((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1)) } : {}),
  };
}

/** Of the text that Go makes of the port. */
function hashOf({ name = "", port, protocol, appProtocol }: EndpointPort): bigint {
  const app = appProtocol === undefined ? "<nil>" : appProtocol;
  return goHash(
    `(v1.EndpointPort){Name:(string)${name} Port:(int32)${port} Protocol:(v1.Protocol)${protocol} AppProtocol:(*string)${app}}`,
  );
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
