import type { ClusterEvent } from "../../world/cluster.ts";

/** From so many different messages on, within so long, those of one source, object and reason become one event. */
const similarEvents = 10;
const similarWithinMs = 600_000;
/** How many events of one type a source may send about an object, and how soon it may send one more. */
const burst = 25;
const refillMs = 300_000;

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

interface Combined {
  readonly event: ClusterEvent;
  readonly key: string;
  readonly combined: boolean;
}

/** What keeps one object from filling the list of events. Source: kubernetes/kubernetes client-go tools/record. */
export class EventCorrelation {
  readonly #similar = new Map<string, Similar>();
  readonly #buckets = new Map<string, Bucket>();
  #nextTidyMs = 0;

  /** The event as it is to be written, and under which key its repetitions are found again. */
  combine(event: ClusterEvent, nowMs: number): Combined {
    const group = JSON.stringify([objectKey(event), event.reason]);
    const known = this.#similar.get(group);
    const similar =
      known && nowMs - known.lastMs <= similarWithinMs ? known : { messages: new Set<string>(), lastMs: 0 };
    this.#similar.set(group, similar);
    similar.messages.add(event.message);
    similar.lastMs = nowMs;
    if (similar.messages.size < similarEvents) {
      const key = JSON.stringify([objectKey(event), event.involved.fieldPath, event.reason, event.message]);
      return { event, key, combined: false };
    }
    similar.messages.delete(event.message);
    const message = `(combined from similar events): ${event.message}`;
    return { event: { ...event, message }, key: group, combined: true };
  }

  isSpam(event: ClusterEvent, nowMs: number): boolean {
    const key = objectKey(event);
    const bucket = this.#buckets.get(key) ?? { tokens: burst, filledMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.filledMs) / refillMs);
    bucket.filledMs = nowMs;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return true;
    bucket.tokens -= 1;
    return false;
  }

  /** What has been forgotten by Kubernetes too: nothing was heard of these for long. */
  forgetOld(nowMs: number): void {
    if (nowMs < this.#nextTidyMs) return;
    this.#nextTidyMs = nowMs + similarWithinMs;
    for (const [key, { lastMs }] of this.#similar) if (nowMs - lastMs > similarWithinMs) this.#similar.delete(key);
    for (const [key, { tokens, filledMs }] of this.#buckets) {
      if (tokens + (nowMs - filledMs) / refillMs >= burst) this.#buckets.delete(key);
    }
  }
}

function objectKey({ source, type, involved: { kind, namespace, name, uid, apiVersion } }: ClusterEvent): string {
  return JSON.stringify([source, type, kind, namespace, name, uid, apiVersion]);
}
