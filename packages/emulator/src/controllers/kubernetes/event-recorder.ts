import type { ClusterEvent } from "../../world/cluster.ts";
import { timestamp } from "../../world/store.ts";
import type { ControlPlane } from "./control-plane.ts";
import { events } from "./kinds.ts";

/** Events are forgotten after an hour (kube-apiserver --event-ttl). */
const keptMs = 3_600_000;

interface Recorded {
  readonly content: string;
  readonly namespace: string;
  readonly name: string;
  /** When it is to be looked at again: the end of its hour, which may have been prolonged meanwhile. */
  readonly dueMs: number;
}

/** Writes events; the same one again only raises its count. What comes while the API server is away is written later. */
export function createEventRecorder(plane: Omit<ControlPlane, "recordEvent">): (event: ClusterEvent) => void {
  const { store, world, apiServer, clusterName } = plane;
  const random = world.random.stream(`${clusterName}/events`);
  const byContent = new Map<string, Recorded>();
  /** In the order in which they fall due. */
  const due = new Set<Recorded>();
  const postponed: ClusterEvent[] = [];
  apiServer.onChange((available) => {
    if (available) for (const event of postponed.splice(0)) write(event);
  });

  function write(event: ClusterEvent): void {
    forgetOld();
    const nowMs = world.clock.now();
    const content = JSON.stringify(event);
    const known = byContent.get(content);
    if (known && raise(known, timestamp(nowMs))) return;
    const namespace = event.involved.namespace ?? "default";
    const name = `${event.involved.name}.${random.text(16, "0123456789abcdef")}`;
    keep({ content, namespace, name, dueMs: nowMs + keptMs });
    store.create(events.resource, eventObject(event, { namespace, name }, timestamp(nowMs)));
  }

  function raise({ namespace, name }: Recorded, now: string): boolean {
    const raised = store.update(events.resource, namespace, name, (current) => ({
      ...current,
      count: Number(current["count"] ?? 1) + 1,
      lastTimestamp: now,
    }));
    return raised !== undefined;
  }

  function keep(recorded: Recorded): void {
    byContent.set(recorded.content, recorded);
    due.add(recorded);
  }

  function forgetOld(): void {
    for (const recorded of due) {
      if (recorded.dueMs > world.clock.now()) return;
      due.delete(recorded);
      const { namespace, name } = recorded;
      const event = store.get(events.resource, namespace, name);
      const endMs = Date.parse(String(event?.["lastTimestamp"])) + keptMs;
      if (event && endMs > world.clock.now()) keep({ ...recorded, dueMs: endMs });
      else forget(recorded);
    }
  }

  function forget(recorded: Recorded): void {
    if (byContent.get(recorded.content) === recorded) byContent.delete(recorded.content);
    store.delete(events.resource, recorded.namespace, recorded.name);
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
