import type { ClusterEvent } from "../../world/cluster.ts";
import type { KubeObject } from "../../world/objects.ts";
import { microTimestamp, timestamp } from "../../world/store.ts";
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

/** Writes events; the same one again only raises its count. What comes while the API server is away is written later. */
export function createEventRecorder(plane: Plane): (event: ClusterEvent) => void {
  const recorder = new EventRecorder(plane);
  const postponed: ClusterEvent[] = [];
  plane.apiServer.onChange((available) => {
    if (available) for (const event of postponed.splice(0)) recorder.write(event);
  });
  return (event) => {
    if (plane.apiServer.available) recorder.write(event);
    else postponed.push(event);
  };
}

type Plane = Omit<ControlPlane, "recordEvent">;

class EventRecorder {
  readonly #plane: Plane;
  /** Nanoseconds since 1970 in the name of the last event. */
  #lastStamp = 0n;
  readonly #correlation: EventCorrelation;
  readonly #byKey = new Map<string, Recorded>();
  /** In the order in which they fall due. */
  readonly #due = new Set<Recorded>();

  constructor(plane: Plane) {
    this.#plane = plane;
    this.#correlation = new EventCorrelation(plane.world.clock);
  }

  write(event: ClusterEvent): void {
    this.#forgetOld();
    if (event.action === undefined) this.#writeCounted(event);
    else this.#writeSeries(event);
  }

  #writeCounted(sent: ClusterEvent): void {
    const { event, key, combined } = this.#correlation.combine(sent);
    const known = this.#byKey.get(key);
    if (known) known.count += 1;
    if (this.#correlation.isSpam(event)) return;
    const lastTimestamp = timestamp(this.#nowMs);
    const changes = { message: event.message, count: known?.count ?? 1, lastTimestamp };
    if (known && this.#raise(known, changes)) return;
    this.#create(key, event, {
      source: { component: event.source },
      reportingComponent: combined ? "" : event.source,
      reportingInstance: "",
      firstTimestamp: lastTimestamp,
      lastTimestamp,
      eventTime: null,
      count: 1,
    });
  }

  /** In the form of events.k8s.io: a second one begins a series, of which only the start is written. */
  #writeSeries(event: ClusterEvent): void {
    const now = microTimestamp(this.#nowMs);
    const { type, reason, action, source, involved } = event;
    const key = JSON.stringify([type, reason, action, source, involved]);
    const known = this.#byKey.get(key);
    if (known) known.count += 1;
    if (known && known.count > 2) return;
    if (known && this.#raise(known, { series: { count: 2, lastObservedTime: now } })) return;
    this.#create(key, event, {
      action,
      source: {},
      reportingComponent: source,
      reportingInstance: `${source}-${this.#plane.clusterName}`,
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: now,
    });
  }

  #raise({ namespace, name }: Recorded, changes: Record<string, unknown>): boolean {
    const { store } = this.#plane;
    return store.update(events.resource, namespace, name, (current) => ({ ...current, ...changes })) !== undefined;
  }

  #create(key: string, { type, reason, message, involved }: ClusterEvent, form: Record<string, unknown>): void {
    const namespace = involved.namespace ?? "default";
    const name = `${involved.name}.${this.#nextStamp()}`;
    this.#keep({ key, namespace, name, count: 1, dueMs: this.#nowMs + keptMs });
    this.#plane.store.create(events.resource, {
      apiVersion: events.apiVersion,
      kind: events.kind,
      metadata: { namespace, name },
      involvedObject: { ...involved },
      type,
      reason,
      message,
      ...form,
    });
  }

  /** As client-go names events, so that they are listed in the order in which they happened. */
  #nextStamp(): string {
    const now = BigInt(this.#nowMs) * 1_000_000n;
    this.#lastStamp = now > this.#lastStamp ? now : this.#lastStamp + 1n;
    return this.#lastStamp.toString(16).padStart(16, "0");
  }

  #keep(recorded: Recorded): void {
    this.#byKey.set(recorded.key, recorded);
    this.#due.add(recorded);
  }

  #forgetOld(): void {
    for (const recorded of this.#due) {
      if (recorded.dueMs > this.#nowMs) return;
      this.#due.delete(recorded);
      const { namespace, name } = recorded;
      const event = this.#plane.store.get(events.resource, namespace, name);
      const endMs = event ? lastSeenMs(event) + keptMs : 0;
      if (endMs > this.#nowMs) this.#keep({ ...recorded, dueMs: endMs });
      else this.#forget(recorded);
    }
    this.#correlation.forgetOld();
  }

  #forget(recorded: Recorded): void {
    if (this.#byKey.get(recorded.key) === recorded) this.#byKey.delete(recorded.key);
    this.#plane.store.delete(events.resource, recorded.namespace, recorded.name);
  }

  get #nowMs(): number {
    return this.#plane.world.clock.now();
  }
}

function lastSeenMs(event: KubeObject): number {
  return Date.parse(String(event["lastTimestamp"] ?? event["eventTime"]));
}
