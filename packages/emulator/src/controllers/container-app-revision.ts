import type { Random, Timer } from "@fairway/kernel";
import type { Stabilization } from "../world/container-apps/scale-steps.ts";
import type { Template } from "../world/container-apps/template.ts";
import type { Address } from "../world/ports.ts";
import { durationMs, type World } from "../world/world.ts";
import { AppReplica, type AppReplicaSpec } from "./container-app-replica.ts";

/** What a revision needs from its app. */
export interface RevisionHost {
  readonly world: World;
  /** Everything of a replica's spec but its name. Read when the replica is made, so secrets are those of that moment. */
  replicaSpec(revision: Revision): Omit<AppReplicaSpec, "name">;
  /** False while the app is stopped. */
  readonly running: boolean;
  /** Something changed that the app's reconciliation must look at. */
  changed(): void;
}

/** One revision: keeps as many replicas as it should have, and says how they are. */
export class Revision {
  readonly name: string;
  readonly template: Template;
  readonly createdAtMs: number;
  active = true;
  desired: number;
  /** All replicas that it should have had were ready once since it was activated. */
  everReady = false;
  failure: string | undefined;
  /** Woken by a request that waits. */
  coldStart = false;
  lastActiveAtMs: number;
  /** What the proxy knows; follows the ready replicas after the propagation delay. */
  endpoints: readonly Address[] = [];
  stabilization: Stabilization;
  requestsSeen = 0;
  replicas: AppReplica[] = [];
  readonly #host: RevisionHost;
  readonly #random: Random;
  readonly #deploymentHash: string;
  /** Then it shows `Deployment Progress Deadline Exceeded`. */
  readonly #progressDeadlineMs: number;
  #activatedAtMs: number;
  #publishing: Timer | undefined;
  #deadline: Timer | undefined;

  constructor(
    host: RevisionHost,
    spec: { name: string; template: Template; desired: number; stabilization: Stabilization; createdAtMs?: number },
  ) {
    this.#host = host;
    this.name = spec.name;
    this.template = spec.template;
    this.desired = spec.desired;
    this.stabilization = spec.stabilization;
    const nowMs = host.world.clock.now();
    this.createdAtMs = spec.createdAtMs ?? nowMs;
    this.lastActiveAtMs = nowMs;
    this.#activatedAtMs = nowMs;
    this.#random = host.world.random.stream(`revision/${spec.name}/${this.createdAtMs}`);
    this.#progressDeadlineMs = durationMs(host.world, "revisions.progressDeadline", this.#random);
    this.#deploymentHash = this.#random.text(10, "0123456789abcdef");
    this.#watchDeadline();
  }

  /** Replicas that are meant to be there. */
  get living(): readonly AppReplica[] {
    return this.replicas.filter(({ terminating }) => !terminating);
  }

  get readyReplicas(): number {
    return this.replicas.filter(({ ready }) => ready).length;
  }

  /** How many replicas it should have now. */
  get wanted(): number {
    return this.active && this.#host.running ? this.desired : 0;
  }

  activate(desired: number): void {
    this.active = true;
    this.desired = desired;
    this.everReady = false;
    this.failure = undefined;
    this.#activatedAtMs = this.#host.world.clock.now();
    this.lastActiveAtMs = this.#activatedAtMs;
    this.#watchDeadline();
  }

  deactivate(): void {
    this.active = false;
    this.coldStart = false;
    this.failure = undefined;
    this.#deadline?.cancel();
  }

  /** New replicas come first, then the old ones go. */
  restart(): void {
    for (const replica of this.living) replica.replacement = "restart";
  }

  /** Level-triggered: makes and stops replicas, looks at them, tells the proxy. */
  reconcile(): void {
    this.replicas = this.replicas.filter(({ ended }) => !ended);
    this.#replaceAndResize();
    this.#observe();
    this.#publishEndpoints();
  }

  /** The proxy learns of the ready replicas at once: it takes a route with the endpoints behind it, never before them. */
  warm(): void {
    this.#publishing?.cancel();
    this.#publishing = undefined;
    this.endpoints = this.#readyAddresses();
  }

  close(): void {
    this.#deadline?.cancel();
    this.#publishing?.cancel();
    for (const replica of this.replicas) replica.kill();
  }

  #replaceAndResize(): void {
    const old = this.living.filter(({ replacement }) => replacement === "restart");
    const current = this.living.filter(({ replacement }) => replacement !== "restart");
    // A replica that maintenance has stopped holds its place until it is gone.
    const leaving = this.replicas.filter((replica) => replica.terminating && replica.replacement === "maintenance");
    const missing = this.wanted - current.length - leaving.length;
    for (let count = 0; count < missing; count++) this.#addReplica();
    for (const replica of surplus(current, current.length - this.wanted)) replica.terminate();
    const ready = current.filter((replica) => replica.ready).length;
    const keep = Math.max(0, this.wanted - ready);
    for (const replica of old.slice(0, Math.max(0, old.length - keep))) replica.terminate();
  }

  #addReplica(): void {
    const { world } = this.#host;
    const name = `${this.name}-${this.#deploymentHash}-${this.#random.text(5, "bcdfghjklmnpqrstvwxz2456789")}`;
    const spec = { ...this.#host.replicaSpec(this), name };
    this.replicas.push(new AppReplica(world, spec, this.#random, () => this.#host.changed()));
    world.trace.add("replica.created", { revision: this.name, replica: name });
  }

  #observe(): void {
    if (this.wanted === 0) return;
    const ready = this.readyReplicas;
    if (ready > 0) this.coldStart = false;
    if (ready >= this.wanted) return this.#becomeReady();
    const failing = this.living.map((replica) => replica.failing).find((failure) => failure !== undefined);
    if (failing) return this.#fail(describe(failing, ready, this.wanted));
    const deadlineMs = this.#activatedAtMs + this.#progressDeadlineMs;
    if (!this.everReady && this.#host.world.clock.now() >= deadlineMs) {
      this.#fail(`Deployment Progress Deadline Exceeded. ${ready}/${this.wanted} replicas ready.`);
    }
  }

  #becomeReady(): void {
    this.failure = undefined;
    if (this.everReady) return;
    this.everReady = true;
    this.#deadline?.cancel();
    this.#host.world.trace.add("revision.ready", { revision: this.name, replicas: this.readyReplicas });
  }

  #fail(failure: string): void {
    if (this.failure === failure) return;
    const isNew = this.failure === undefined;
    this.failure = failure;
    this.coldStart = false;
    if (isNew) this.#host.world.trace.add("revision.failed", { revision: this.name, failure });
  }

  #watchDeadline(): void {
    const { clock } = this.#host.world;
    this.#deadline?.cancel();
    this.#deadline = clock.at(this.#activatedAtMs + this.#progressDeadlineMs, () => this.#host.changed());
  }

  #publishEndpoints(): void {
    if (this.#publishing || sameAddresses(this.endpoints, this.#readyAddresses())) return;
    const { world } = this.#host;
    this.#publishing = world.clock.after(durationMs(world, "endpoints.propagation", this.#random), () => {
      this.#publishing = undefined;
      this.endpoints = this.#readyAddresses();
      this.#host.changed();
    });
  }

  #readyAddresses(): readonly Address[] {
    return this.replicas.filter(({ ready }) => ready).flatMap((replica) => replica.address() ?? []);
  }
}

/** Not ready ones first, then the youngest. */
function surplus(replicas: readonly AppReplica[], count: number): readonly AppReplica[] {
  if (count <= 0) return [];
  const youngestFirst = replicas.toReversed();
  return [...youngestFirst.filter(({ ready }) => !ready), ...youngestFirst.filter(({ ready }) => ready)].slice(
    0,
    count,
  );
}

function describe({ container, reason }: { container: string; reason: string }, ready: number, wanted: number): string {
  const what = reason === "CrashLoopBackOff" ? "Container crashing" : `Container ${reason}`;
  return `${ready}/${wanted} replicas ready. ${what}: ${container}`;
}

function sameAddresses(left: readonly Address[], right: readonly Address[]): boolean {
  const key = (addresses: readonly Address[]): string => addresses.map(({ host, port }) => `${host}:${port}`).join();
  return key(left) === key(right);
}
