import type { Random } from "@fairway/kernel";
import type { Delay, ServiceSettings } from "./spec.ts";

/**
 * A replica as the platform sees it. `starting`: does not answer yet. `ready`: listed and answers. `unready`: answers, but
 * is not listed any more. `draining`: told to end, not listed, answers until it is gone. `lost`: listed, but does not
 * answer: its node is away and nobody has noticed.
 */
export type ReplicaState = "starting" | "ready" | "unready" | "draining" | "lost";

interface Replica {
  readonly id: string;
  state: ReplicaState | "gone";
  isRouted: boolean;
  /** When the routes follow what is listed. */
  routeChangeMs: number;
  /** When it will be warm; infinite when it is, or does not answer. */
  warmAtMs: number;
  /** It answers, and is not routed to any more. */
  leaver: Leaver | undefined;
}

/** What becomes of the requests of replicas that go. */
export interface ReplicaEvents {
  /** One of so many finishes what it has, and has got no more for so long. */
  left(of: number, sinceMs: number): Leaver;
  stopped(of: number): void;
  leaverStopped(leaver: Leaver): void;
}

/** The requests of a replica that is not routed to any more. */
export interface Leaver {
  requests: number;
}

/** The replicas of one backend as its callers see them: late. */
export class Replicas {
  /** Routed to and answering. */
  answering = 0;
  /** Routed to, though they do not answer. */
  dead = 0;
  /** When the routes to one of them, or its warmth, change by themselves. */
  nextChangeMs = Number.POSITIVE_INFINITY;
  /** When one changes in a way that requests notice even where each finds room: one that does not answer, or gets warm. */
  nextNoticedMs = Number.POSITIVE_INFINITY;
  /** Of those that answer. */
  #cold = 0;
  readonly #byId = new Map<string, Replica>();
  /** Those that will change by themselves. */
  readonly #changing = new Set<Replica>();
  readonly #settings: Pick<ServiceSettings, "propagation" | "warmUp">;
  readonly #delaySigma: number;
  readonly #random: Random;
  readonly #events: ReplicaEvents;

  constructor(settings: Pick<ServiceSettings, "propagation" | "warmUp">, random: Random, events: ReplicaEvents) {
    this.#settings = settings;
    this.#delaySigma = sigmaOf(settings.propagation);
    this.#random = random;
    this.#events = events;
  }

  /** Mean of those that answer. */
  get speed(): number {
    return this.answering === 0 ? 1 : 1 - (this.#cold / this.answering) * (1 - this.#settings.warmUp.speed);
  }

  /** Of those that are routed to and answer, so many at least still will be when all that change by themselves have. */
  get lasting(): number {
    return Math.max(0, this.answering - this.#changing.size);
  }

  ids(): Iterable<string> {
    return this.#byId.keys();
  }

  /** Undefined: it is gone. `isSettled`: routes and warmth follow at once. */
  set(id: string, state: ReplicaState | undefined, nowMs: number, isSettled: boolean): void {
    const replica = this.#byId.get(id) ?? this.#add(id, state);
    const after = state ?? "gone";
    if (!replica || replica.state === after) return;
    const before = replica.state;
    if (answers(before) && !answers(after)) this.#stop(replica);
    this.#tally(replica, -1);
    replica.state = after;
    if (!answers(after)) replica.warmAtMs = Number.POSITIVE_INFINITY;
    else if (!answers(before) && !isSettled) replica.warmAtMs = warmAtMs(nowMs, this.#settings.warmUp.durationMs);
    this.#tally(replica, 1);
    this.#planRoute(replica, nowMs, isSettled);
    this.#schedule(replica, nowMs);
  }

  #add(id: string, state: ReplicaState | undefined): Replica | undefined {
    if (state === undefined) return undefined;
    const replica = newReplica(id);
    this.#byId.set(id, replica);
    return replica;
  }

  #schedule(replica: Replica, nowMs: number): void {
    const nextMs = nextChangeMs(replica);
    if (nextMs < Number.POSITIVE_INFINITY) this.#changing.add(replica);
    if (nextMs <= nowMs) this.settle(nowMs);
    else this.#expect(replica, nextMs);
    if (replica.state === "gone" && !replica.isRouted) this.#byId.delete(replica.id);
  }

  /** Lets happen what is due. */
  settle(nowMs: number): void {
    this.nextChangeMs = Number.POSITIVE_INFINITY;
    this.nextNoticedMs = Number.POSITIVE_INFINITY;
    for (const replica of this.#changing) {
      if (replica.routeChangeMs <= nowMs) this.#changeRoute(replica, nowMs);
      if (replica.warmAtMs <= nowMs) this.#warm(replica);
      if (replica.state === "gone" && !replica.isRouted) this.#byId.delete(replica.id);
      const nextMs = nextChangeMs(replica);
      if (nextMs === Number.POSITIVE_INFINITY) this.#changing.delete(replica);
      else this.#expect(replica, nextMs);
    }
  }

  #expect(replica: Replica, nextMs: number): void {
    if (nextMs < this.nextChangeMs) this.nextChangeMs = nextMs;
    const isNoticed = !answers(replica.state) || replica.warmAtMs < Number.POSITIVE_INFINITY;
    if (isNoticed && nextMs < this.nextNoticedMs) this.nextNoticedMs = nextMs;
  }

  /** Requests of its own break off. */
  #stop(replica: Replica): void {
    if (replica.leaver) this.#events.leaverStopped(replica.leaver);
    replica.leaver = undefined;
    if (replica.isRouted) this.#events.stopped(this.answering);
  }

  #planRoute(replica: Replica, nowMs: number, isSettled: boolean): void {
    const isListed = replica.state === "ready" || replica.state === "lost";
    if (isListed === replica.isRouted) replica.routeChangeMs = Number.POSITIVE_INFINITY;
    else if (replica.routeChangeMs === Number.POSITIVE_INFINITY) {
      replica.routeChangeMs = isSettled ? nowMs : nowMs + this.#drawDelay();
    }
  }

  #drawDelay(): number {
    const { medianMs } = this.#settings.propagation;
    return medianMs <= 0 ? 0 : Math.round(medianMs * Math.exp(this.#delaySigma * this.#random.normal()));
  }

  #changeRoute(replica: Replica, nowMs: number): void {
    const sinceMs = nowMs - replica.routeChangeMs;
    replica.routeChangeMs = Number.POSITIVE_INFINITY;
    replica.leaver = undefined;
    if (replica.isRouted && answers(replica.state)) replica.leaver = this.#events.left(this.answering, sinceMs);
    this.#tally(replica, -1);
    replica.isRouted = !replica.isRouted;
    this.#tally(replica, 1);
  }

  #warm(replica: Replica): void {
    this.#tally(replica, -1);
    replica.warmAtMs = Number.POSITIVE_INFINITY;
    this.#tally(replica, 1);
  }

  #tally(replica: Replica, sign: 1 | -1): void {
    if (!replica.isRouted) return;
    if (!answers(replica.state)) {
      this.dead += sign;
      return;
    }
    this.answering += sign;
    if (replica.warmAtMs !== Number.POSITIVE_INFINITY) this.#cold += sign;
  }
}

function newReplica(id: string): Replica {
  return {
    id,
    state: "gone",
    isRouted: false,
    routeChangeMs: Number.POSITIVE_INFINITY,
    warmAtMs: Number.POSITIVE_INFINITY,
    leaver: undefined,
  };
}

function nextChangeMs({ routeChangeMs, warmAtMs }: Replica): number {
  return routeChangeMs < warmAtMs ? routeChangeMs : warmAtMs;
}

function warmAtMs(nowMs: number, durationMs: number): number {
  return durationMs > 0 ? nowMs + durationMs : Number.POSITIVE_INFINITY;
}

function answers(state: Replica["state"]): boolean {
  return state === "ready" || state === "unready" || state === "draining";
}

/** Of the lognormal delay: the 95th percentile of the normal one is 1.645 deviations away. */
function sigmaOf({ medianMs, p95Ms }: Delay): number {
  return Math.log(p95Ms / medianMs) / 1.6448536269514722;
}
