import type { Random } from "@fairway/kernel";
import { type ReplicaState, Replicas } from "./replicas.ts";
import type { ServiceSettings } from "./spec.ts";
import { Station } from "./station.ts";
import type { Capacity } from "./step-parts.ts";

/** How the replicas of a backend answer. */
export interface Health {
  /** Of the requests, the share that a bad release answers with an error. Default 0. */
  readonly releaseErrorShare?: number;
  /** The share that fails because something the service needs (a database, a configuration service) is away. Default 0. */
  readonly dependencyErrorShare?: number;
  /** 1 is as fast as the service is. Default 1. */
  readonly speed?: number;
}

/** Tries that failed as soon as they came. */
export interface Rejected {
  noEndpoint: number;
  staleEndpoint: number;
  release: number;
  dependency: number;
}

/** Some replicas of a service that share one weight: a revision, or what a cluster has of it. */
export class Backend {
  readonly name: string;
  readonly replicas: Replicas;
  readonly station: Station;
  /** Undefined: requests go to whatever replica of the service is there, whichever backend it is of. */
  weight: number | undefined;
  /** Broken off since the last look, by replicas that stopped. */
  interrupted = 0;
  arrivals = 0;
  completed = 0;
  /** For the next step, by try. */
  readonly admitted: number[] = [0];
  readonly #random: Random;
  readonly #settings: ServiceSettings;
  #health: Required<Health> = { releaseErrorShare: 0, dependencyErrorShare: 0, speed: 1 };
  #isFailing = false;
  readonly #capacity: { -readonly [Key in keyof Capacity]: Capacity[Key] } = { slots: 0, serviceMs: 1, waitingMax: 0 };

  constructor(name: string, settings: ServiceSettings, random: Random) {
    this.name = name;
    this.#settings = settings;
    this.#random = random;
    this.station = new Station(random, settings);
    this.replicas = new Replicas(settings, random, {
      left: (of, sinceMs) => this.station.replicaLeft(of, sinceMs),
      stopped: (of) => (this.interrupted += this.station.replicaStopped(of)),
      leaverStopped: (leaver) => (this.interrupted += this.station.leaverStopped(leaver)),
    });
    this.#measureCapacity();
  }

  get routed(): number {
    return this.replicas.answering + this.replicas.dead;
  }

  setReplica(id: string, state: ReplicaState | undefined, nowMs: number, isSettled: boolean): void {
    this.replicas.set(id, state, nowMs, isSettled);
    this.#measureCapacity();
  }

  setHealth({ releaseErrorShare = 0, dependencyErrorShare = 0, speed = 1 }: Health): void {
    this.#health = { releaseErrorShare, dependencyErrorShare, speed };
    this.#isFailing = releaseErrorShare > 0 || dependencyErrorShare > 0;
    this.#measureCapacity();
  }

  settle(nowMs: number): void {
    if (this.replicas.nextChangeMs > nowMs) return;
    this.replicas.settle(nowMs);
    this.#measureCapacity();
  }

  /**
   * A whole step at once, if nothing that could happen in it makes a difference to anybody: everyone finds an answer and
   * room, also when replicas come and go.
   */
  serveCalmly(arrivals: number, stepMs: number, toMs: number): boolean {
    const { dead, answering, lasting, nextChangeMs, nextNoticedMs } = this.replicas;
    const least = nextChangeMs < toMs ? lasting : answering;
    if (dead > 0 || least === 0 || nextNoticedMs < toMs || this.#isFailing) return false;
    const capacity = least === answering ? this.#capacity : { ...this.#capacity, ...this.#roomOf(least) };
    if (!this.station.serveCalmly(arrivals, capacity, stepMs)) return false;
    this.arrivals += arrivals;
    this.completed += this.station.completed;
    return true;
  }

  /** Sorts out the tries that fail at the door; returns how many go in. */
  admit(tries: number, rejected: Rejected): number {
    this.arrivals += tries;
    let left = tries;
    if (this.routed === 0) {
      if (this.#settings.withoutEndpoints === "hold") return left;
      rejected.noEndpoint += left;
      return 0;
    }
    if (this.replicas.dead > 0) {
      const stale = this.#random.binomial(left, this.replicas.dead / this.routed);
      rejected.staleEndpoint += stale;
      left -= stale;
    }
    const { releaseErrorShare, dependencyErrorShare } = this.#health;
    if (releaseErrorShare > 0) {
      const some = this.#random.binomial(left, releaseErrorShare);
      rejected.release += some;
      left -= some;
    }
    if (dependencyErrorShare > 0) {
      const some = this.#random.binomial(left, dependencyErrorShare);
      rejected.dependency += some;
      left -= some;
    }
    return left;
  }

  work(fromMs: number, toMs: number): void {
    const { admitted } = this;
    let arrivals = 0;
    for (let attempt = 0; attempt < admitted.length; attempt++) arrivals += admitted[attempt] ?? 0;
    this.station.step(arrivals, admitted, this.#capacity, fromMs, toMs);
    for (let attempt = 0; attempt < admitted.length; attempt++) admitted[attempt] = 0;
  }

  #measureCapacity(): void {
    const { answering, speed } = this.replicas;
    const { slots, waitingMax } = this.#roomOf(answering);
    this.#capacity.slots = slots;
    this.#capacity.waitingMax = waitingMax;
    this.#capacity.serviceMs = this.#settings.serviceMs / (speed * this.#health.speed);
  }

  #roomOf(answering: number): Pick<Capacity, "slots" | "waitingMax"> {
    const { concurrency, waitingMaxPerReplica } = this.#settings;
    // Before the first replica is there, who is held is held.
    const waitingMax = answering === 0 ? Number.POSITIVE_INFINITY : answering * waitingMaxPerReplica;
    return { slots: answering * concurrency, waitingMax };
  }
}
