import type { Random } from "@fairway/kernel";
import type { Delay, ServiceSettings } from "./spec.ts";

/**
 * A replica as the platform sees it. `starting`: does not answer yet. `ready`: listed and answers. `unready`: answers, but
 * is not listed any more. `draining`: told to end, not listed, answers until it is gone. `lost`: listed, but does not
 * answer: its node is away and nobody has noticed.
 */
export type ReplicaState = "starting" | "ready" | "unready" | "draining" | "lost";

interface Replica {
  state: ReplicaState | "gone";
  isRouted: boolean;
  /** When the routes follow what is listed. */
  routeChangeMs: number;
  warmFromMs: number;
  /** Answers, is not routed to any more, and may still have requests. */
  isLeaving: boolean;
}

/** What becomes of the requests of replicas that go. Called with how many of their kind there were before. */
export interface ReplicaEvents {
  left(routedBefore: number): void;
  stoppedWhileRouted(routedBefore: number): void;
  stoppedWhileLeaving(leavingBefore: number): void;
}

/** The replicas of one backend as its callers see them: late. */
export class Replicas {
  /** Routed to and answering. */
  answering = 0;
  /** Routed to, though they do not answer. */
  dead = 0;
  leaving = 0;
  /** Mean of those that answer. */
  speed = 1;
  /** When the routes to one of them, or its warmth, change by themselves. */
  nextChangeMs = Number.POSITIVE_INFINITY;
  readonly #byId = new Map<string, Replica>();
  readonly #settings: Pick<ServiceSettings, "propagation" | "warmUp">;
  readonly #random: Random;
  readonly #events: ReplicaEvents;

  constructor(settings: Pick<ServiceSettings, "propagation" | "warmUp">, random: Random, events: ReplicaEvents) {
    this.#settings = settings;
    this.#random = random;
    this.#events = events;
  }

  ids(): Iterable<string> {
    return this.#byId.keys();
  }

  /** Undefined: it is gone. `isSettled`: routes and warmth follow at once. */
  set(id: string, state: ReplicaState | undefined, nowMs: number, isSettled: boolean): void {
    const known = this.#byId.get(id);
    if (!known && !state) return;
    const replica = known ?? newReplica();
    if (!known) this.#byId.set(id, replica);
    const before = replica.state;
    replica.state = state ?? "gone";
    if (replica.state === before) return;
    if (!answers(before) && answers(replica.state)) {
      replica.warmFromMs = isSettled ? nowMs : nowMs + this.#settings.warmUp.durationMs;
    }
    if (answers(before) && !answers(replica.state)) this.#stop(replica);
    this.#planRoute(replica, isSettled ? nowMs : nowMs + drawDelay(this.#random, this.#settings.propagation));
    this.settle(nowMs);
  }

  /** Lets happen what is due, and counts anew. */
  settle(nowMs: number): void {
    for (const [id, replica] of this.#byId) {
      if (replica.routeChangeMs <= nowMs) this.#changeRoute(replica);
      if (replica.state === "gone" && !replica.isRouted) this.#byId.delete(id);
    }
    this.#count(nowMs);
  }

  #stop(replica: Replica): void {
    if (replica.isRouted) this.#events.stoppedWhileRouted(this.answering);
    else if (replica.isLeaving) this.#events.stoppedWhileLeaving(this.leaving);
    this.answering -= replica.isRouted ? 1 : 0;
    this.leaving -= replica.isLeaving ? 1 : 0;
    replica.isLeaving = false;
  }

  #planRoute(replica: Replica, atMs: number): void {
    const isListed = replica.state === "ready" || replica.state === "lost";
    if (isListed === replica.isRouted) replica.routeChangeMs = Number.POSITIVE_INFINITY;
    else if (replica.routeChangeMs === Number.POSITIVE_INFINITY) replica.routeChangeMs = atMs;
  }

  #changeRoute(replica: Replica): void {
    replica.routeChangeMs = Number.POSITIVE_INFINITY;
    replica.isRouted = !replica.isRouted;
    replica.isLeaving = !replica.isRouted && answers(replica.state);
    if (!replica.isLeaving) return;
    this.#events.left(this.answering);
    this.answering -= 1;
    this.leaving += 1;
  }

  #count(nowMs: number): void {
    let [answering, dead, leaving, speeds] = [0, 0, 0, 0];
    let nextChangeMs = Number.POSITIVE_INFINITY;
    for (const replica of this.#byId.values()) {
      nextChangeMs = Math.min(nextChangeMs, replica.routeChangeMs);
      if (replica.isLeaving) leaving += 1;
      if (!replica.isRouted) continue;
      if (!answers(replica.state)) {
        dead += 1;
        continue;
      }
      answering += 1;
      const isWarm = replica.warmFromMs <= nowMs;
      speeds += isWarm ? 1 : this.#settings.warmUp.speed;
      if (!isWarm) nextChangeMs = Math.min(nextChangeMs, replica.warmFromMs);
    }
    this.answering = answering;
    this.dead = dead;
    this.leaving = leaving;
    this.speed = answering === 0 ? 1 : speeds / answering;
    this.nextChangeMs = nextChangeMs;
  }
}

function newReplica(): Replica {
  return {
    state: "gone",
    isRouted: false,
    routeChangeMs: Number.POSITIVE_INFINITY,
    warmFromMs: 0,
    isLeaving: false,
  };
}

function answers(state: Replica["state"]): boolean {
  return state === "ready" || state === "unready" || state === "draining";
}

function drawDelay(random: Random, { medianMs, p95Ms }: Delay): number {
  return medianMs <= 0 ? 0 : Math.round(random.logNormal(medianMs, p95Ms));
}
