import type { Clock } from "@fairway/kernel";
import type { Trigger } from "../world/container-apps/template.ts";
import { isWithinWindow } from "./kubernetes/cron.ts";

/** What a source that scale rules look at holds: messages in a queue, percent of cpu. */
export interface ScalerMetric {
  /** As the rule's: `azure-servicebus`, `azure-queue`, `cpu`. */
  readonly type: string;
  /** What the rule's metadata must have: `{ queueName: "orders" }`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Only for this app or job. */
  readonly app?: string;
  readonly value: number;
}

/** What there was until some time. */
interface Past {
  readonly metrics: readonly ScalerMetric[];
  readonly untilMs: number;
}

/** The values that scale rules read. They are set from outside: the emulator has no queues of its own. */
export class ScalerMetrics {
  readonly #clock: Clock;
  #metrics: readonly ScalerMetric[] = [];
  /** Oldest first; kept while somebody sees values late. */
  #past: readonly Past[] = [];
  /** How late apps and jobs see what is in their queues, by name. */
  readonly #delaysMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  list(): readonly ScalerMetric[] {
    return this.#metrics;
  }

  /** Replaces the value of the same source. */
  set(metric: ScalerMetric): void {
    if (this.#delaysMs.size > 0) {
      this.#past = [...this.#past, { metrics: this.#metrics, untilMs: this.#clock.now() }].slice(-pastLimit);
    }
    this.#metrics = [...this.#metrics.filter((known) => keyOf(known) !== keyOf(metric)), metric];
  }

  /** The app or job sees values so late. Returns the function that ends it. */
  delay(app: string, delayMs: number): () => void {
    this.#delaysMs.set(app, delayMs);
    return () => {
      this.#delaysMs.delete(app);
      if (this.#delaysMs.size === 0) this.#past = [];
    };
  }

  /** Of the newest source that fits; undefined when none does. */
  valueOf(trigger: Trigger, app: string): number | undefined {
    return this.#seenBy(app).findLast(
      (metric) =>
        metric.type.toLowerCase() === trigger.type &&
        (metric.app === undefined || metric.app === app) &&
        Object.entries(metric.metadata).every(([name, value]) => trigger.metadata[name] === value),
    )?.value;
  }

  #seenBy(app: string): readonly ScalerMetric[] {
    const atMs = this.#clock.now() - (this.#delaysMs.get(app) ?? 0);
    return this.#past.find(({ untilMs }) => untilMs > atMs)?.metrics ?? this.#metrics;
  }
}

const pastLimit = 1_000;

export interface Demand {
  /** How many replicas the rule asks for. */
  readonly replicas: number;
  /** False: as far as this rule goes, there need be none. */
  readonly active: boolean;
}

const resources: ReadonlySet<string> = new Set(["cpu", "memory"]);

/** Where a trigger's metadata has its target per replica, and what counts without one. Source: KEDA docs, scalers. */
const targets: Readonly<Record<string, readonly [string, number]>> = {
  "azure-servicebus": ["messageCount", 5],
  "azure-queue": ["queueLength", 5],
  "azure-eventhub": ["unprocessedEventThreshold", 64],
  "azure-blob": ["blobCount", 5],
  kafka: ["lagThreshold", 10],
  rabbitmq: ["value", 20],
  redis: ["listLength", 5],
  prometheus: ["threshold", 1],
};
const activationTargets: Readonly<Record<string, string>> = {
  "azure-servicebus": "activationMessageCount",
  "azure-queue": "activationQueueLength",
  "azure-eventhub": "activationUnprocessedEventThreshold",
  "azure-blob": "activationBlobCount",
  kafka: "activationLagThreshold",
  redis: "activationListLength",
  prometheus: "activationThreshold",
};

/**
 * What one trigger asks for: `ceil(value / target)`, active when the value is above the activation target. Undefined
 * when its source has no value: such a rule neither scales nor lets a revision sleep. `current`: replicas that there are.
 */
export function demandOf(
  trigger: Trigger,
  value: number | undefined,
  nowMs: number,
  current: number,
): Demand | undefined {
  const { type, metadata } = trigger;
  if (type === "cron") return cronDemand(metadata, nowMs);
  if (value === undefined) return undefined;
  if (isResource(trigger))
    return { replicas: Math.ceil((Math.max(1, current) * value) / targetOf(trigger)), active: true };
  const activation = Number(metadata[activationTargets[type] ?? "activationValue"] ?? 0) || 0;
  return { replicas: Math.ceil(value / targetOf(trigger)), active: value > activation };
}

/** Use of cpu and memory: alone, it cannot take a revision to zero. */
export function isResource({ type }: Trigger): boolean {
  return resources.has(type);
}

function targetOf({ type, metadata }: Trigger): number {
  const [name, fallback] = targets[type] ?? ["value", resources.has(type) ? 80 : 1];
  const target = Number(metadata[name]);
  return target > 0 ? target : fallback;
}

function cronDemand(metadata: Trigger["metadata"], nowMs: number): Demand | undefined {
  const { start, end, timezone, desiredReplicas } = metadata;
  if (!start || !end || !timezone || !desiredReplicas) return undefined;
  const within = isWithinWindow({ start, end, timezone }, nowMs);
  if (within === undefined) return undefined;
  return within
    ? { replicas: Math.max(1, Number(desiredReplicas) || 0), active: true }
    : { replicas: 0, active: false };
}

function keyOf({ type, metadata, app }: ScalerMetric): string {
  const members = Object.entries(metadata).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([type.toLowerCase(), members, app ?? ""]);
}
