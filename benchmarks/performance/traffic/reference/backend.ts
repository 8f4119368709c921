import type { Random } from "@fairway/kernel";
import type { Health } from "@fairway/lab";
import { RequestReplica } from "./replica.ts";
import type { Request } from "./request.ts";

/** Replicas that share a weight and a line. */
export class RequestBackend {
  readonly name: string;
  weight: number | undefined;
  health: Required<Health> = { releaseErrorShare: 0, dependencyErrorShare: 0, speed: 1 };
  readonly byId = new Map<string, RequestReplica>();
  /** Routed to, whether they answer or not; and those of them that do. */
  routed: RequestReplica[] = [];
  answering: RequestReplica[] = [];
  freeSlots = 0;
  arrivals = 0;
  completed = 0;
  busy = 0;
  waiting = 0;
  busyMs = 0;
  inSystemMs = 0;
  /** Those whose patience has ended are passed over when their turn comes. */
  #line: Request[] = [];
  #head = 0;
  #measuredAtMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  replica(id: string): RequestReplica {
    const known = this.byId.get(id);
    if (known) return known;
    const replica = new RequestReplica(id, this);
    this.byId.set(id, replica);
    return replica;
  }

  count(concurrency: number): void {
    this.routed = [...this.byId.values()].filter(({ isRouted }) => isRouted);
    this.answering = this.routed.filter(({ answers }) => answers);
    this.freeSlots = this.answering.reduce((sum, { requests }) => sum + Math.max(0, concurrency - requests.size), 0);
  }

  /** Any replica that has a slot, each with the same chance to be looked at first. */
  free(random: Random, concurrency: number): RequestReplica | undefined {
    if (this.freeSlots === 0) return undefined;
    const { answering } = this;
    const start = random.below(answering.length);
    for (let step = 0; step < answering.length; step++) {
      const replica = answering[(start + step) % answering.length];
      if (replica && replica.requests.size < concurrency) return replica;
    }
    return undefined;
  }

  enqueue(request: Request): void {
    this.#line.push(request);
    this.waiting += 1;
  }

  dequeue(): Request | undefined {
    while (this.#head < this.#line.length) {
      const request = this.#line[this.#head++];
      if (this.#head > 1_000 && this.#head * 2 > this.#line.length) {
        this.#line = this.#line.slice(this.#head);
        this.#head = 0;
      }
      if (request?.place?.kind !== "waiting") continue;
      this.waiting -= 1;
      return request;
    }
    return undefined;
  }

  /** Before anything of it changes. */
  measure(nowMs: number): void {
    const sinceMs = nowMs - this.#measuredAtMs;
    this.busyMs += this.busy * sinceMs;
    this.inSystemMs += (this.busy + this.waiting) * sinceMs;
    this.#measuredAtMs = nowMs;
  }
}
