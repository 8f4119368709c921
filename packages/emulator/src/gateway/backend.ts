import type { Scheduler } from "@fairway/kernel";
import type { Backend } from "../world/ports.ts";
import type { Endpoint } from "./upstream.ts";

/** A request on its way to a backend. */
export interface Dispatched {
  /** The replica that it should go to, if that is there. */
  readonly affinity: string | undefined;
  sendTo(endpoint: Endpoint): void;
  refuse(status: number, text: string): void;
}

/** Requests that wait for one backend; more are refused. */
const heldCountMax = 1_000;

/** One backend of a host: its replicas, and the requests that wait for one. Outlives the routes that name it. */
export class BackendState {
  /** Its name, fit for a header. */
  readonly headerValue: string;
  requests = 0;
  active = 0;
  readonly #clock: Scheduler;
  readonly #onHeld: () => void;
  readonly #held = new Set<Dispatched>();
  #endpoints: readonly Endpoint[] = [];
  #whenEmpty: Backend["whenEmpty"] = "reject";
  #rejectStatus = 503;
  #cursor = 0;
  #heldIsTold = false;

  constructor(name: string, clock: Scheduler, onHeld: () => void) {
    this.headerValue = name.replace(/[^\x21-\x7e]/g, "?");
    this.#clock = clock;
    this.#onHeld = onHeld;
  }

  /** Counts the request, and sends it, holds it or refuses it. Each call is followed by one of `finish`. */
  assign(request: Dispatched): void {
    this.requests += 1;
    this.active += 1;
    this.#dispatch(request);
  }

  finish(request: Dispatched): void {
    this.active -= 1;
    this.#held.delete(request);
  }

  update(backend: Pick<Backend, "whenEmpty" | "rejectStatus">, endpoints: readonly Endpoint[]): void {
    this.#whenEmpty = backend.whenEmpty;
    this.#rejectStatus = backend.rejectStatus ?? 503;
    this.#endpoints = endpoints;
    if (endpoints.length > 0 || this.#whenEmpty === "reject") this.#release();
  }

  endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  #release(): void {
    const waiting = [...this.#held];
    this.#held.clear();
    for (const request of waiting) this.#dispatch(request);
  }

  #dispatch(request: Dispatched): void {
    const { affinity } = request;
    const sticky = affinity === undefined ? undefined : this.#endpoints.find((each) => each.affinity === affinity);
    const endpoint = sticky ?? this.#leastActive();
    if (endpoint) request.sendTo(endpoint);
    else if (this.#whenEmpty === "reject") request.refuse(this.#rejectStatus, "no healthy upstream");
    else if (this.#held.size >= heldCountMax) request.refuse(503, "too many requests wait for a replica");
    else this.#hold(request);
  }

  #hold(request: Dispatched): void {
    this.#held.add(request);
    if (this.#heldIsTold) return;
    this.#heldIsTold = true;
    this.#clock.after(0, () => {
      this.#heldIsTold = false;
      if (this.#held.size > 0) this.#onHeld();
    });
  }

  /** The replica with the fewest requests in flight; among equals each in turn. */
  #leastActive(): Endpoint | undefined {
    const count = this.#endpoints.length;
    let best: Endpoint | undefined;
    let bestAt = 0;
    for (let offset = 0; offset < count; offset++) {
      const at = (this.#cursor + offset) % count;
      const endpoint = this.#endpoints[at];
      if (endpoint && (!best || endpoint.active < best.active)) {
        best = endpoint;
        bestAt = at;
      }
    }
    this.#cursor = bestAt + 1;
    return best;
  }
}
