import type { ClusterEvent } from "../../world/cluster.ts";
import type { KubeObject } from "../../world/objects.ts";
import { madeBy } from "../../world/ownership.ts";
import { microTimestamp, timestamp } from "../../world/store.ts";
import { actorOfEvents } from "./actors.ts";
import type { ControlPlane } from "./control-plane.ts";
import { EventCorrelation } from "./event-correlation.ts";
import { events } from "./kinds.ts";

/** Events are forgotten after an hour (kube-apiserver --event-ttl). */
const keptMs = 3_600_000;

interface Recorded {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** How often it happened, also when nobody was told. */
  count: number;
  /** When it is to be looked at again: the end of its hour, which may have been prolonged meanwhile. */
  readonly dueMs: number;
}

/** So many wait at most until somebody reads them. */
const longestBacklog = 20_000;

/**
 * Writes events; the same one again only raises its count. What comes while the API server is away is written later. That
 * is done when somebody looks, as if it had been done when they happened.
 */
export function createEventRecorder(plane: Plane): (event: ClusterEvent) => void {
  const recorder = new EventRecorder(plane);
  const { clock } = plane.world;
  const backlog: { readonly event: ClusterEvent; readonly atMs: number }[] = [];
  const postponed: ClusterEvent[] = [];
  const changed = plane.store.writeLate(events.resource, catchUp);
  plane.apiServer.onChange((available) => {
    if (available) for (const event of postponed.splice(0)) record(event);
  });
  return (event) => {
    if (plane.apiServer.available) record(event);
    else postponed.push(event);
  };

  function record(event: ClusterEvent): void {
    backlog.push({ event, atMs: clock.now() });
    changed(backlog.length > longestBacklog);
  }

  function catchUp(): void {
    for (const { event, atMs } of backlog.splice(0)) recorder.write(event, atMs);
    recorder.forgetOld(clock.now());
  }
}

type Plane = Omit<ControlPlane, "recordEvent">;

class EventRecorder {
  readonly #plane: Plane;
  /** Nanoseconds since 1970 in the name of the last event. */
  #lastStamp = 0n;
  readonly #correlation = new EventCorrelation();
  readonly #byKey = new Map<string, Recorded>();
  /** In the order in which they fall due. */
  readonly #due = new Set<Recorded>();

  constructor(plane: Plane) {
    this.#plane = plane;
  }

  write(event: ClusterEvent, atMs: number): void {
    this.forgetOld(atMs);
    if (event.action === undefined) this.#writeCounted(event, atMs);
    else this.#writeSeries(event, atMs);
  }

  #writeCounted(sent: ClusterEvent, atMs: number): void {
    const { event, key, combined } = this.#correlation.combine(sent, atMs);
    const known = this.#byKey.get(key);
    if (known) known.count += 1;
    if (this.#correlation.isSpam(event, atMs)) return;
    const lastTimestamp = timestamp(atMs);
    const changes = { message: event.message, count: known?.count ?? 1, lastTimestamp };
    if (known && this.#raise(known, changes)) return;
    this.#create(
      { key, event, atMs },
      {
        source: { component: event.source },
        reportingComponent: combined ? "" : event.source,
        reportingInstance: "",
        firstTimestamp: lastTimestamp,
        lastTimestamp,
        eventTime: null,
        count: 1,
      },
    );
  }

  /** In the form of events.k8s.io: a second one begins a series, of which only the start is written. */
  #writeSeries(event: ClusterEvent, atMs: number): void {
    const now = microTimestamp(atMs);
    const { type, reason, action, source, involved } = event;
    const key = JSON.stringify([type, reason, action, source, involved]);
    const known = this.#byKey.get(key);
    if (known) known.count += 1;
    if (known && known.count > 2) return;
    if (known && this.#raise(known, { series: { count: 2, lastObservedTime: now } })) return;
    this.#create(
      { key, event, atMs },
      {
        action,
        source: {},
        reportingComponent: source,
        reportingInstance: `${source}-${this.#plane.clusterName}`,
        firstTimestamp: null,
        lastTimestamp: null,
        eventTime: now,
      },
    );
  }

  #raise({ namespace, name }: Recorded, changes: Record<string, unknown>): boolean {
    const { store } = this.#plane;
    return store.update(events.resource, namespace, name, (current) => ({ ...current, ...changes })) !== undefined;
  }

  #create({ key, event, atMs }: New, form: Record<string, unknown>): void {
    const { type, reason, message, involved } = event;
    const namespace = involved.namespace ?? "default";
    const name = `${involved.name}.${this.#nextStamp(atMs)}`;
    this.#keep({ key, namespace, name, count: 1, dueMs: atMs + keptMs });
    const object: KubeObject = {
      apiVersion: events.apiVersion,
      kind: events.kind,
      metadata: { namespace, name },
      involvedObject: { ...involved },
      type,
      reason,
      message,
      ...form,
    };
    const { store } = this.#plane;
    store.actingAs(actorOfEvents(event.source), () => {
      const { actor, time } = store;
      store.create(events.resource, actor ? madeBy(actor, time, object) : object, atMs);
    });
  }

  /** As client-go names events, so that they are listed in the order in which they happened. */
  #nextStamp(atMs: number): string {
    const stamp = BigInt(atMs) * 1_000_000n;
    this.#lastStamp = stamp > this.#lastStamp ? stamp : this.#lastStamp + 1n;
    return this.#lastStamp.toString(16).padStart(16, "0");
  }

  #keep(recorded: Recorded): void {
    this.#byKey.set(recorded.key, recorded);
    this.#due.add(recorded);
  }

  forgetOld(nowMs: number): void {
    for (const recorded of this.#due) {
      if (recorded.dueMs > nowMs) break;
      this.#due.delete(recorded);
      const { namespace, name } = recorded;
      const event = this.#plane.store.get(events.resource, namespace, name);
      const endMs = event ? lastSeenMs(event) + keptMs : 0;
      if (endMs > nowMs) this.#keep({ ...recorded, dueMs: endMs });
      else this.#forget(recorded);
    }
    this.#correlation.forgetOld(nowMs);
  }

  #forget(recorded: Recorded): void {
    if (this.#byKey.get(recorded.key) === recorded) this.#byKey.delete(recorded.key);
    this.#plane.store.delete(events.resource, recorded.namespace, recorded.name);
  }
}

interface New {
  readonly key: string;
  readonly event: ClusterEvent;
  readonly atMs: number;
}

function lastSeenMs(event: KubeObject): number {
  return Date.parse(String(event["lastTimestamp"] ?? event["eventTime"]));
}
