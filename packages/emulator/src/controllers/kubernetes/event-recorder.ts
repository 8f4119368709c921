import type { ClusterEvent } from "../../world/cluster.ts";
import { timestamp } from "../../world/store.ts";
import type { ControlPlane } from "./control-plane.ts";
import { events, listObjects } from "./kinds.ts";

/** Events are forgotten after an hour (kube-apiserver --event-ttl); looked for once per so many new ones. */
const keptMs = 3_600_000;
const recordsPerSweep = 200;

/** Writes events; the same one again only raises its count. What comes while the API server is away is written later. */
export function createEventRecorder(plane: Omit<ControlPlane, "recordEvent">): (event: ClusterEvent) => void {
  const { store, world, apiServer, clusterName } = plane;
  const random = world.random.stream(`${clusterName}/events`);
  const nameByContent = new Map<string, { namespace: string; name: string }>();
  const postponed: ClusterEvent[] = [];
  let records = 0;
  apiServer.onChange((available) => {
    if (available) for (const event of postponed.splice(0)) write(event);
  });

  function write(event: ClusterEvent): void {
    records += 1;
    if (records % recordsPerSweep === 0) sweep();
    const now = timestamp(world.clock.now());
    const content = JSON.stringify(event);
    const known = nameByContent.get(content);
    const raised =
      known &&
      store.update(events.resource, known.namespace, known.name, (current) => ({
        ...current,
        count: Number(current["count"] ?? 1) + 1,
        lastTimestamp: now,
      }));
    if (raised) return;
    const namespace = event.involved.namespace ?? "default";
    const name = `${event.involved.name}.${random.text(16, "0123456789abcdef")}`;
    nameByContent.set(content, { namespace, name });
    store.create(events.resource, eventObject(event, { namespace, name }, now));
  }

  function sweep(): void {
    const oldestMs = world.clock.now() - keptMs;
    for (const { metadata, ...event } of listObjects(store, events)) {
      if (Date.parse(String(event["lastTimestamp"])) < oldestMs) {
        store.delete(events.resource, metadata.namespace, metadata.name);
      }
    }
    for (const [content, { namespace, name }] of nameByContent) {
      if (!store.get(events.resource, namespace, name)) nameByContent.delete(content);
    }
  }

  return (event) => {
    if (apiServer.available) write(event);
    else postponed.push(event);
  };
}

function eventObject(event: ClusterEvent, metadata: { namespace: string; name: string }, now: string) {
  const { type, reason, message, source, involved } = event;
  return {
    apiVersion: events.apiVersion,
    kind: events.kind,
    metadata,
    involvedObject: { ...involved },
    type,
    reason,
    message,
    source: { component: source },
    reportingComponent: source,
    reportingInstance: "",
    firstTimestamp: now,
    lastTimestamp: now,
    eventTime: null,
    count: 1,
  };
}
