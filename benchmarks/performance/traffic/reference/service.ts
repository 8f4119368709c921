import type { Random } from "@fairway/kernel";
import type { FailureReason, Health, ReplicaState, ServiceSpec, Usage } from "@fairway/lab";
import { RequestBackend } from "./backend.ts";
import type { RequestReplica } from "./replica.ts";
import type { Request } from "./request.ts";

export interface Surroundings {
  now(): number;
  at(timeMs: number, run: () => void): number;
  cancel(ticket: number): void;
  served(request: Request): void;
  failed(reason: FailureReason): void;
}

const retryWindowMs = 10_000;

/** One service, request by request. */
export class RequestService {
  failed = 0;
  retries = 0;
  readonly #spec: Required<Omit<ServiceSpec, "retries">> & { retries: Required<NonNullable<ServiceSpec["retries"]>> };
  readonly #random: Random;
  readonly #world: Surroundings;
  readonly #backends: RequestBackend[] = [];
  /** Of the first tries of the last ten seconds, the times: they are what retries are allowed for. */
  #firstTries: number[] = [];
  #retryTimes: number[] = [];

  constructor(spec: ServiceSpec, random: Random, world: Surroundings) {
    this.#spec = {
      cpuMillicores: 1_000 / spec.concurrency,
      timeoutMs: 30_000,
      lateAfterMs: 1_000,
      waitingMaxPerReplica: Number.POSITIVE_INFINITY,
      withoutEndpoints: "refuse",
      warmUp: { durationMs: 0, speed: 1 },
      propagation: { medianMs: 1_000, p95Ms: 3_000 },
      ...spec,
      retries: { attemptsMax: 1, budgetShare: 0.2, delayMs: 100, ...spec.retries },
    };
    this.#random = random;
    this.#world = world;
  }

  accept(request: Request): void {
    const nowMs = this.#world.now();
    if (request.attempt === 0 && this.#spec.retries.attemptsMax > 1) this.#firstTries.push(nowMs);
    const backend = this.#choose();
    if (!backend) {
      this.#fail(request, "noEndpoint");
      return;
    }
    backend.arrivals += 1;
    const { routed } = backend;
    if (routed.length === 0) {
      if (this.#spec.withoutEndpoints === "hold") this.#wait(request, backend);
      else this.#fail(request, "noEndpoint");
      return;
    }
    if (backend.answering.length < routed.length && !this.#random.pick(routed)?.answers) {
      this.#fail(request, "staleEndpoint");
      return;
    }
    const { releaseErrorShare, dependencyErrorShare } = backend.health;
    if (releaseErrorShare > 0 && this.#random.unit() < releaseErrorShare) this.#fail(request, "release");
    else if (dependencyErrorShare > 0 && this.#random.unit() < dependencyErrorShare) this.#fail(request, "dependency");
    else this.#takeUp(request, backend);
  }

  idsOf(backend: string): string[] {
    return [...this.#backend(backend).byId.keys()];
  }

  setWeights(weights: Readonly<Record<string, number>> | undefined): void {
    for (const name of Object.keys(weights ?? {})) this.#backend(name);
    for (const backend of this.#backends) backend.weight = weights && (weights[backend.name] ?? 0);
  }

  setHealth(name: string, { releaseErrorShare = 0, dependencyErrorShare = 0, speed = 1 }: Health): void {
    this.#backend(name).health = { releaseErrorShare, dependencyErrorShare, speed };
  }

  setReplica(backendName: string, id: string, state: ReplicaState | undefined, isSettled: boolean): void {
    const backend = this.#backend(backendName);
    const replica = backend.replica(id);
    const nowMs = this.#world.now();
    const answered = replica.answers;
    replica.state = state ?? "gone";
    if (!answered && replica.answers) {
      replica.warmFromMs = isSettled ? nowMs : nowMs + this.#spec.warmUp.durationMs;
    }
    if (answered && !replica.answers) this.#breakOff(replica);
    this.#planRouting(replica, isSettled);
    if (replica.state === "gone" && !replica.isRouted) backend.byId.delete(id);
    this.#recount(backend);
  }

  usage(name?: string): Usage {
    const total = { arrivals: 0, completed: 0, busyMs: 0, inSystemMs: 0, inService: 0, waiting: 0, routed: 0 };
    for (const backend of this.#backends) {
      if (name !== undefined && backend.name !== name) continue;
      backend.measure(this.#world.now());
      total.arrivals += backend.arrivals;
      total.completed += backend.completed;
      total.busyMs += backend.busyMs;
      total.inSystemMs += backend.inSystemMs;
      total.inService += backend.busy;
      total.waiting += backend.waiting;
      total.routed += backend.routed.length;
    }
    return { ...total, cpuMillicoreMs: total.busyMs * this.#spec.cpuMillicores };
  }

  #choose(): RequestBackend | undefined {
    const backends = this.#backends;
    if (backends.length === 1) return backends[0];
    const isWeighted = backends.some(({ weight }) => weight !== undefined);
    const weightOf = (one: RequestBackend): number => (isWeighted ? (one.weight ?? 0) : one.routed.length);
    const sum = backends.reduce((total, one) => total + weightOf(one), 0);
    if (sum === 0) return isWeighted ? undefined : backends.at(-1);
    let left = this.#random.unit() * sum;
    return backends.find((one) => {
      left -= weightOf(one);
      return left < 0;
    });
  }

  #takeUp(request: Request, backend: RequestBackend): void {
    const { concurrency, waitingMaxPerReplica } = this.#spec;
    const replica = backend.free(this.#random, concurrency);
    if (replica) this.#start(request, replica);
    else if (backend.waiting >= waitingMaxPerReplica * backend.answering.length) this.#fail(request, "overload");
    else this.#wait(request, backend);
  }

  #wait(request: Request, backend: RequestBackend): void {
    const nowMs = this.#world.now();
    backend.measure(nowMs);
    request.place = { kind: "waiting", sinceMs: nowMs };
    backend.enqueue(request);
    request.timeout = this.#world.at(nowMs + this.#spec.timeoutMs, () => {
      backend.measure(this.#world.now());
      backend.waiting -= 1;
      request.place = undefined;
      this.#fail(request, "timeout");
    });
  }

  #start(request: Request, replica: RequestReplica): void {
    const nowMs = this.#world.now();
    const { backend } = replica;
    backend.measure(nowMs);
    backend.busy += 1;
    backend.freeSlots -= 1;
    replica.requests.add(request);
    const speed = backend.health.speed * (replica.warmFromMs <= nowMs ? 1 : this.#spec.warmUp.speed);
    const endMs = nowMs + Math.round(this.#random.exponential(this.#spec.serviceMs / speed));
    request.place = { kind: "served", replica, ticket: this.#world.at(endMs, () => this.#complete(request, replica)) };
  }

  #complete(request: Request, replica: RequestReplica): void {
    const { backend } = replica;
    backend.measure(this.#world.now());
    backend.busy -= 1;
    backend.completed += 1;
    replica.requests.delete(request);
    request.place = undefined;
    if (replica.isRouted && replica.answers && replica.requests.size < this.#spec.concurrency) {
      backend.freeSlots += 1;
      this.#takeNext(backend);
    }
    this.#world.served(request);
  }

  #takeNext(backend: RequestBackend): void {
    while (backend.waiting > 0) {
      const replica = backend.free(this.#random, this.#spec.concurrency);
      if (!replica) return;
      backend.measure(this.#world.now());
      const request = backend.dequeue();
      if (!request) return;
      this.#endPatience(request);
      this.#start(request, replica);
    }
  }

  #endPatience(request: Request): void {
    if (request.timeout !== undefined) this.#world.cancel(request.timeout);
    request.timeout = undefined;
    if (request.place?.kind !== "waiting") return;
    if (this.#world.now() - request.place.sinceMs > this.#spec.lateAfterMs) request.isLate = true;
  }

  #breakOff(replica: RequestReplica): void {
    replica.backend.measure(this.#world.now());
    for (const request of replica.requests) {
      replica.backend.busy -= 1;
      if (request.place?.kind === "served") this.#world.cancel(request.place.ticket);
      this.#failForGood("interrupted");
    }
    replica.requests.clear();
  }

  #fail(request: Request, reason: FailureReason): void {
    const { attemptsMax, delayMs } = this.#spec.retries;
    if (request.attempt + 1 >= attemptsMax || !this.#mayRetry()) {
      this.#failForGood(reason);
      return;
    }
    this.#world.at(this.#world.now() + delayMs, () => {
      request.attempt += 1;
      this.retries += 1;
      this.accept(request);
    });
  }

  #failForGood(reason: FailureReason): void {
    this.failed += 1;
    this.#world.failed(reason);
  }

  #mayRetry(): boolean {
    const sinceMs = this.#world.now() - retryWindowMs;
    this.#firstTries = forget(this.#firstTries, sinceMs);
    this.#retryTimes = forget(this.#retryTimes, sinceMs);
    if (this.#retryTimes.length + 1 > this.#firstTries.length * this.#spec.retries.budgetShare) return false;
    this.#retryTimes.push(this.#world.now());
    return true;
  }

  #planRouting(replica: RequestReplica, isSettled: boolean): void {
    if (replica.isListed === replica.isRouted) {
      if (replica.routing !== undefined) this.#world.cancel(replica.routing);
      replica.routing = undefined;
      return;
    }
    if (isSettled) replica.isRouted = replica.isListed;
    if (isSettled || replica.routing !== undefined) return;
    const { medianMs, p95Ms } = this.#spec.propagation;
    const delayMs = medianMs <= 0 ? 0 : Math.round(this.#random.logNormal(medianMs, p95Ms));
    replica.routing = this.#world.at(this.#world.now() + delayMs, () => {
      replica.routing = undefined;
      replica.isRouted = replica.isListed;
      if (replica.state === "gone") replica.backend.byId.delete(replica.id);
      this.#recount(replica.backend);
    });
  }

  #recount(backend: RequestBackend): void {
    backend.count(this.#spec.concurrency);
    this.#takeNext(backend);
  }

  #backend(name: string): RequestBackend {
    const known = this.#backends.find((backend) => backend.name === name);
    if (known) return known;
    const backend = new RequestBackend(name);
    if (this.#backends.some(({ weight }) => weight !== undefined)) backend.weight = 0;
    this.#backends.push(backend);
    return backend;
  }
}

function forget(times: number[], beforeMs: number): number[] {
  if ((times[0] ?? Number.POSITIVE_INFINITY) >= beforeMs) return times;
  const first = times.findIndex((time) => time >= beforeMs);
  return first === -1 ? [] : times.slice(first);
}
