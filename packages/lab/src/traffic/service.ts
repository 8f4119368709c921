import type { Random } from "@fairway/kernel";
import { Backend, type Health, type Rejected } from "./backend.ts";
import { type FailureReason, type Failures, noFailures } from "./counts.ts";
import type { ReplicaState } from "./replicas.ts";
import { Retries } from "./retries.ts";
import { type ServiceSettings, type ServiceSpec, serviceSettings } from "./spec.ts";

/** What a service or one of its backends has done since the beginning, and has now. */
export interface Usage {
  /** Tries that were sent to it. */
  readonly arrivals: number;
  readonly completed: number;
  /** Integral over time of the requests that were worked on; 1,000 is one request for one second. */
  readonly busyMs: number;
  /** The same with those that waited: concurrency as gateways count it. */
  readonly inSystemMs: number;
  readonly cpuMillicoreMs: number;
  readonly inService: number;
  readonly waiting: number;
  /** Replicas that are routed to, as its callers see it. */
  readonly routed: number;
}

/** A service in the way of requests: takes what came in a step, and gives what goes on. */
export class Service {
  readonly name: string;
  readonly failures: Failures = noFailures();
  failed = 0;

  /** For the next step. */
  incoming = 0;
  /** Of them, those that were late before; and of those that went on in the last step. */
  incomingLate = 0;
  passed = 0;
  passedLate = 0;
  /** Failed for good in the last step. */
  failedNow = 0;

  readonly #settings: ServiceSettings;
  readonly #random: Random;
  readonly #retries: Retries;
  readonly canRetry: boolean;
  readonly #backends: Backend[] = [];
  /** Of what is in here. */
  #lateInside = 0;
  /** When the routes to a replica change, or its warmth. */
  #nextChangeMs = Number.POSITIVE_INFINITY;

  constructor(spec: ServiceSpec, random: Random) {
    this.name = spec.name;
    this.#settings = serviceSettings(spec);
    this.#random = random;
    this.#retries = new Retries(this.#settings.retries);
    this.canRetry = this.#settings.retries.attemptsMax > 1;
  }

  get retriesSent(): number {
    return this.#retries.sent;
  }

  get inFlight(): number {
    return this.#backends.reduce(
      (sum, { station, interrupted }) => sum + station.inSystem + interrupted,
      this.incoming + this.#retries.waiting,
    );
  }

  /** Retries are sent by the second, so steps should be short while there are some. */
  get isRetrying(): boolean {
    return this.#retries.waiting > 0;
  }

  setReplica(backend: string, id: string, state: ReplicaState | undefined, nowMs: number, isSettled: boolean): void {
    this.#backendOf(backend).setReplica(id, state, nowMs, isSettled);
    this.#planNext();
  }

  setReplicas(backend: string, states: ReadonlyMap<string, ReplicaState>, nowMs: number, isSettled: boolean): void {
    const one = this.#backendOf(backend);
    for (const id of one.replicas.ids()) if (!states.has(id)) one.setReplica(id, undefined, nowMs, isSettled);
    for (const [id, state] of states) one.setReplica(id, state, nowMs, isSettled);
    this.#planNext();
  }

  setWeights(weights: Readonly<Record<string, number>> | undefined): void {
    for (const name of Object.keys(weights ?? {})) this.#backendOf(name);
    for (const backend of this.#backends) backend.weight = weights && (weights[backend.name] ?? 0);
  }

  setHealth(backend: string, health: Health): void {
    this.#backendOf(backend).setHealth(health);
  }

  usage(backendName?: string): Usage {
    let arrivals = 0;
    let completed = 0;
    let busyMs = 0;
    let inSystemMs = 0;
    let inService = 0;
    let waiting = 0;
    let routed = 0;
    for (const backend of this.#backends) {
      if (backendName !== undefined && backend.name !== backendName) continue;
      const { station } = backend;
      arrivals += backend.arrivals;
      completed += backend.completed;
      busyMs += station.busyMs;
      inSystemMs += station.inSystemMs;
      inService += station.inService + station.leaving;
      waiting += station.line.count;
      routed += backend.routed;
    }
    const cpuMillicoreMs = busyMs * this.#settings.cpuMillicores;
    return { arrivals, completed, busyMs, inSystemMs, cpuMillicoreMs, inService, waiting, routed };
  }

  get busyMs(): number {
    let busyMs = 0;
    for (const { station } of this.#backends) busyMs += station.busyMs;
    return busyMs;
  }

  step(fromMs: number, toMs: number): void {
    this.passed = 0;
    this.passedLate = 0;
    this.failedNow = 0;
    const arrivals = this.incoming;
    this.#lateInside += this.incomingLate;
    this.incoming = 0;
    this.incomingLate = 0;
    if (this.#serveCalmly(arrivals, fromMs, toMs)) this.#settle(toMs);
    else if (this.#nextChangeMs >= toMs) this.#part(arrivals, fromMs, toMs);
    else this.#stepByChange(arrivals, fromMs, toMs);
    if (this.#lateInside > 0) this.#passLate();
  }

  #serveCalmly(arrivals: number, fromMs: number, toMs: number): boolean {
    const [only] = this.#backends;
    if (!only || this.#backends.length > 1 || only.weight === 0 || this.canRetry) return false;
    if (!only.serveCalmly(arrivals, toMs - fromMs, toMs)) return false;
    this.passed = only.station.completed;
    return true;
  }

  /** What changes here is no reason for others to make a step. */
  #stepByChange(arrivals: number, fromMs: number, toMs: number): void {
    let left = arrivals;
    for (let atMs = fromMs; atMs < toMs; ) {
      const untilMs = Math.max(atMs, Math.min(toMs, this.#nextChangeMs));
      const some = untilMs === toMs ? left : this.#random.binomial(left, (untilMs - atMs) / (toMs - atMs));
      left -= some;
      if (untilMs > atMs) this.#part(some, atMs, untilMs);
      atMs = untilMs;
      this.#settle(atMs);
    }
  }

  /** Nothing changes but what requests change. */
  #part(arrivals: number, fromMs: number, toMs: number): void {
    if (this.canRetry) this.#retries.earn(arrivals, toMs - fromMs);
    this.#admitAll(arrivals, fromMs, toMs);
    for (const backend of this.#backends) this.#work(backend, fromMs, toMs);
  }

  /** First tries, and the later ones whose time comes within the step, those of this step's failures too. */
  #admitAll(arrivals: number, fromMs: number, toMs: number): void {
    this.#admit(arrivals, 0, (fromMs + toMs) / 2);
    if (!this.canRetry) return;
    for (let due = this.#retries.take(toMs); due; due = this.#retries.take(toMs)) {
      this.#admit(due.count, due.attempt, due.atMs);
    }
  }

  /** Divides tries between the backends, and lets in those that do not fail at the door. */
  #admit(tries: number, attempt: number, atMs: number): void {
    if (tries === 0) return;
    const [only] = this.#backends;
    if (only && this.#backends.length === 1 && only.weight === undefined) {
      this.#admitTo(only, tries, attempt, atMs);
      return;
    }
    const parts = this.#weights();
    let weightLeft = parts.reduce((sum, weight) => sum + weight, 0);
    if (weightLeft === 0) {
      this.#fail("noEndpoint", tries, attempt, atMs);
      return;
    }
    let left = tries;
    for (const [index, backend] of this.#backends.entries()) {
      const weight = parts[index] ?? 0;
      const some = weight >= weightLeft ? left : this.#random.binomial(left, weight / weightLeft);
      weightLeft -= weight;
      left -= some;
      if (some > 0) this.#admitTo(backend, some, attempt, atMs);
    }
  }

  #admitTo(backend: Backend, tries: number, attempt: number, atMs: number): void {
    const admitted = backend.admit(tries, rejected);
    backend.admitted[attempt] = (backend.admitted[attempt] ?? 0) + admitted;
    if (admitted < tries) this.#reject(tries - admitted, attempt, atMs);
  }

  /** Of each reason the same share is tried again. */
  #reject(tries: number, attempt: number, atMs: number): void {
    let left = this.canRetry ? this.#retries.failed(tries, attempt, atMs) : tries;
    let triesLeft = tries;
    for (const reason of rejections) {
      const count = rejected[reason];
      rejected[reason] = 0;
      const some = count === triesLeft ? left : Math.min(left, count, Math.round((left * count) / triesLeft));
      if (some > 0) this.#failForGood(reason, some);
      triesLeft -= count;
      left -= some;
    }
  }

  /** Without weights each replica that is routed to gets the same. */
  #weights(): number[] {
    const backends = this.#backends;
    if (backends.some(({ weight }) => weight !== undefined)) return backends.map(({ weight = 0 }) => weight);
    const routed = backends.map((backend) => backend.routed);
    if (routed.some((count) => count > 0)) return routed;
    // Nobody is there: they are refused or held where replicas were made last.
    return backends.map((_, index) => (index === backends.length - 1 ? 1 : 0));
  }

  #work(backend: Backend, fromMs: number, toMs: number): void {
    const { station } = backend;
    backend.work(fromMs, toMs);
    this.passed += station.completed;
    backend.completed += station.completed;
    if (station.late > 0) this.#lateInside += this.#notYetLate(station.late);
    if (backend.interrupted > 0) {
      this.#failForGood("interrupted", backend.interrupted);
      backend.interrupted = 0;
    }
    if (station.timedOut > 0) this.#failTries("timeout", station.timedOutTries, toMs);
    if (station.refused > 0) this.#failTries("overload", station.refusedTries, toMs);
  }

  #failTries(reason: FailureReason, tries: readonly number[], atMs: number): void {
    for (const [attempt, count] of tries.entries()) if (count > 0) this.#fail(reason, count, attempt, atMs);
  }

  #fail(reason: FailureReason, tries: number, attempt: number, atMs: number): void {
    this.#failForGood(reason, this.canRetry ? this.#retries.failed(tries, attempt, atMs) : tries);
  }

  #failForGood(reason: FailureReason, count: number): void {
    this.failures[reason] += count;
    this.failed += count;
    this.failedNow += count;
  }

  /** Of some that waited too long here, those that had not been late before. */
  #notYetLate(some: number): number {
    const inside = this.passed + this.inFlight;
    return some - this.#random.binomial(some, Math.min(1, this.#lateInside / Math.max(1, inside)));
  }

  /** Who was late has been taken up, so it is among those that are worked on or have gone on. */
  #passLate(): void {
    const working = this.#backends.reduce((sum, { station }) => sum + station.inService + station.leaving, 0);
    const share = this.#lateInside / Math.max(1, this.passed + working);
    this.passedLate = Math.min(this.#lateInside, this.#random.binomial(this.passed, share));
    this.#lateInside = Math.min(this.#lateInside - this.passedLate, this.inFlight);
  }

  #backendOf(name: string): Backend {
    const known = this.#backends.find((backend) => backend.name === name);
    if (known) return known;
    const backend = new Backend(name, this.#settings, this.#random.stream(name));
    // Once there are weights, who has none gets nothing.
    if (this.#backends.some(({ weight }) => weight !== undefined)) backend.weight = 0;
    this.#backends.push(backend);
    return backend;
  }

  #settle(nowMs: number): void {
    if (this.#nextChangeMs > nowMs) return;
    for (const backend of this.#backends) backend.settle(nowMs);
    this.#planNext();
  }

  #planNext(): void {
    this.#nextChangeMs = Number.POSITIVE_INFINITY;
    for (const { replicas } of this.#backends) this.#nextChangeMs = Math.min(this.#nextChangeMs, replicas.nextChangeMs);
  }
}

const rejections = ["noEndpoint", "staleEndpoint", "release", "dependency"] as const;
/** Filled and emptied in one call. */
const rejected: Rejected = { noEndpoint: 0, staleEndpoint: 0, release: 0, dependency: 0 };
