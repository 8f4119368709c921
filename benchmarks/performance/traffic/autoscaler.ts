import type { TrafficModel } from "@fairway/lab";

interface AutoscalerOptions {
  readonly service: string;
  /** Requests that a replica works on at the same time. */
  readonly concurrency: number;
  /** At the beginning. */
  readonly replicas: number;
  readonly replicasMin: number;
}

/** The loop of the Horizontal Pod Autoscaler and its defaults, as the Kubernetes docs give them. */
export const loopMs = 15_000;
const tolerance = 0.1;
const stabilizationMs = 300_000;
/** Of the slots, the share that should be at work. */
const targetShare = 0.6;
const replicasMax = 1_000;
/** From the decision to a replica that is ready, and to one that is gone. */
const startMs = 2 * loopMs;
const graceMs = 20 * loopMs;

/** Scales one service, whose replicas work on `concurrency` requests at a time, by the share of the slots at work. */
export class Autoscaler {
  scaleEvents = 0;
  readonly #model: TrafficModel;
  readonly #options: AutoscalerOptions;
  readonly #ready: string[] = [];
  readonly #starting = new Plan();
  readonly #ending = new Plan();
  /** Of the loops of the last five minutes, the oldest of which is overwritten next. */
  readonly #recommendations = new Int32Array(stabilizationMs / loopMs);
  #loops = 0;
  #lastBusyMs = 0;
  #nextId = 0;

  constructor(model: TrafficModel, options: AutoscalerOptions) {
    this.#model = model;
    this.#options = options;
    for (let index = 0; index < options.replicas; index++) this.#add(this.#newId());
  }

  get replicas(): number {
    return this.#ready.length + this.#starting.length;
  }

  /** Each 15 s, after the model has come there. */
  run(): void {
    const nowMs = this.#model.nowMs;
    this.#carryOut(nowMs);
    const busyMs = this.#model.busyMs(this.#options.service);
    const busy = (busyMs - this.#lastBusyMs) / loopMs;
    this.#lastBusyMs = busyMs;
    if (this.#ready.length === 0) return;
    this.#scaleTo(this.#stabilized(this.#wanted(busy)), nowMs);
  }

  /** So many replicas are lost with their nodes, which is seen after some time; then others take their place. */
  lose(count: number, seenAfterMs: number): void {
    for (let index = 0; index < count; index++) {
      const id = this.#ready.shift();
      if (id === undefined) return;
      this.#model.setReplica(this.#options.service, "v1", id, "lost");
      this.#ending.add(id, this.#model.nowMs + seenAfterMs);
      this.#starting.add(this.#newId(), this.#model.nowMs + seenAfterMs + startMs);
    }
  }

  #wanted(busy: number): number {
    const { replicasMin } = this.#options;
    const share = busy / (this.#ready.length * this.#options.concurrency);
    const ratio = share / targetShare;
    if (Math.abs(ratio - 1) <= tolerance) return this.replicas;
    // Replicas that are not ready are taken for idle when it goes up, and for busy as wanted when it goes down.
    const counted = ratio > 1 ? this.#ready.length : this.replicas;
    const wanted = Math.ceil(ratio > 1 ? counted * ratio : this.#ready.length * ratio + this.#starting.length);
    const upMost = this.replicas + Math.max(4, this.replicas);
    return Math.min(replicasMax, upMost, Math.max(replicasMin, ratio > 1 ? Math.max(this.replicas, wanted) : wanted));
  }

  #stabilized(wanted: number): number {
    this.#recommendations[this.#loops++ % this.#recommendations.length] = wanted;
    if (wanted >= this.replicas) return wanted;
    let most = 0;
    for (const replicas of this.#recommendations) if (replicas > most) most = replicas;
    return Math.min(this.replicas, most);
  }

  #scaleTo(wanted: number, nowMs: number): void {
    if (wanted === this.replicas) return;
    this.scaleEvents += 1;
    while (this.replicas < wanted) this.#starting.add(this.#newId(), nowMs + startMs);
    while (this.replicas > wanted) {
      if (this.#starting.takeBack()) continue;
      const id = this.#ready.pop();
      if (id === undefined) return;
      this.#model.setReplica(this.#options.service, "v1", id, "draining");
      this.#ending.add(id, nowMs + graceMs);
    }
  }

  #carryOut(nowMs: number): void {
    if (this.#starting.nextMs <= nowMs) for (const id of this.#starting.takeDue(nowMs)) this.#add(id);
    if (this.#ending.nextMs > nowMs) return;
    for (const id of this.#ending.takeDue(nowMs)) {
      this.#model.setReplica(this.#options.service, "v1", id, undefined);
    }
  }

  #add(id: string): void {
    this.#ready.push(id);
    this.#model.setReplica(this.#options.service, "v1", id, "ready");
  }

  #newId(): string {
    return `pod-${this.#nextId++}`;
  }
}

interface Planned {
  readonly id: string;
  readonly atMs: number;
}

/** Replicas that start or end at a time. */
class Plan {
  nextMs = Number.POSITIVE_INFINITY;
  #planned: Planned[] = [];

  get length(): number {
    return this.#planned.length;
  }

  add(id: string, atMs: number): void {
    this.#planned.push({ id, atMs });
    if (atMs < this.nextMs) this.nextMs = atMs;
  }

  /** The one that was added last does not happen; false: there is none. */
  takeBack(): boolean {
    return this.#planned.pop() !== undefined;
  }

  takeDue(nowMs: number): readonly string[] {
    const due: string[] = [];
    const left: Planned[] = [];
    this.nextMs = Number.POSITIVE_INFINITY;
    for (const one of this.#planned) {
      if (one.atMs <= nowMs) {
        due.push(one.id);
        continue;
      }
      left.push(one);
      if (one.atMs < this.nextMs) this.nextMs = one.atMs;
    }
    this.#planned = left;
    return due;
  }
}
