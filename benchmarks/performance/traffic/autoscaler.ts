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
  readonly #starting: Planned[] = [];
  readonly #ending: Planned[] = [];
  /** Of the loops of the last five minutes. */
  readonly #recommendations: number[] = [];
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
    const { busyMs } = this.#model.usage(this.#options.service);
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
      this.#ending.push({ id, atMs: this.#model.nowMs + seenAfterMs });
      this.#starting.push({ id: this.#newId(), atMs: this.#model.nowMs + seenAfterMs + startMs });
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
    const known = this.#recommendations;
    known.push(wanted);
    if (known.length > stabilizationMs / loopMs) known.shift();
    if (wanted >= this.replicas) return wanted;
    let most = 0;
    for (const replicas of known) if (replicas > most) most = replicas;
    return Math.min(this.replicas, most);
  }

  #scaleTo(wanted: number, nowMs: number): void {
    if (wanted === this.replicas) return;
    this.scaleEvents += 1;
    while (this.replicas < wanted) this.#starting.push({ id: this.#newId(), atMs: nowMs + startMs });
    while (this.replicas > wanted) {
      if (this.#starting.pop()) continue;
      const id = this.#ready.pop();
      if (id === undefined) return;
      this.#model.setReplica(this.#options.service, "v1", id, "draining");
      this.#ending.push({ id, atMs: nowMs + graceMs });
    }
  }

  #carryOut(nowMs: number): void {
    for (const { id } of takeDue(this.#starting, nowMs)) this.#add(id);
    for (const { id } of takeDue(this.#ending, nowMs))
      this.#model.setReplica(this.#options.service, "v1", id, undefined);
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

function takeDue(planned: Planned[], nowMs: number): readonly Planned[] {
  if (planned.every(({ atMs }) => atMs > nowMs)) return none;
  const due = planned.filter(({ atMs }) => atMs <= nowMs);
  planned.splice(0, planned.length, ...planned.filter(({ atMs }) => atMs > nowMs));
  return due;
}

const none: readonly Planned[] = [];
