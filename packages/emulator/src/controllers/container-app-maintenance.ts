import type { Random, Timer } from "@fairway/kernel";
import type { Environment } from "../world/container-apps/environment.ts";
import { durationMs, type World } from "../world/world.ts";
import type { ContainerApp } from "./container-app.ts";
import type { AppReplica } from "./container-app-replica.ts";

interface Placed {
  readonly app: ContainerApp;
  readonly replica: AppReplica;
}

/**
 * The platform updates an environment's nodes, one after another. A node's replicas are stopped BEFORE their successors
 * run elsewhere: an app with a single replica is down for its start. Source: azure-facts 4.10 (reports 1436 and 1144).
 */
export class EnvironmentMaintenance {
  readonly #world: World;
  readonly #environment: Environment;
  readonly #apps: () => readonly ContainerApp[];
  readonly #random: Random;
  readonly #startedAtMs: number;
  readonly #total: number;
  #replaced = 0;
  #batch: readonly Placed[] = [];
  #timer: Timer | undefined;
  /** The node that is being updated. */
  closedNode: number | undefined;

  constructor(world: World, environment: Environment, apps: () => readonly ContainerApp[]) {
    this.#world = world;
    this.#environment = environment;
    this.#apps = apps;
    this.#startedAtMs = world.clock.now();
    this.#random = world.random.stream(`maintenance/${environment.address.name}/${this.#startedAtMs}`);
    this.#total = this.#outdated().length;
    this.#report();
    world.trace.add("maintenance.started", { environment: environment.address.name, replicas: this.#total });
    this.#next();
  }

  /** Called whenever an app of the environment has been reconciled. */
  check(): void {
    if (this.#batch.length === 0) return;
    const isDone = this.#batch.every(({ app, replica }) => replica.ended && hasRecovered(app, replica.spec.revision));
    if (isDone) this.#finishBatch("recovered");
  }

  close(): void {
    this.#timer?.cancel();
    this.#batch = [];
  }

  /** Replicas started since then run on updated nodes already. */
  #outdated(): readonly Placed[] {
    return this.#apps().flatMap((app) =>
      app.revisions.flatMap((revision) =>
        revision.living
          .filter(({ createdAtMs, replacement }) => createdAtMs <= this.#startedAtMs && replacement !== "maintenance")
          .map((replica) => ({ app, replica })),
      ),
    );
  }

  #next(): void {
    const outdated = this.#outdated();
    if (outdated.length === 0) return this.#end();
    const node = Math.min(...outdated.map(({ replica }) => replica.spec.node));
    this.closedNode = node;
    this.#batch = outdated.filter(({ replica }) => replica.spec.node === node);
    for (const { app, replica } of this.#batch) this.#stop(app, replica);
    this.#report();
    this.#timer = this.#world.clock.after(durationMs(this.#world, "maintenance.batchTimeout", this.#random), () =>
      this.#finishBatch("timeout"),
    );
  }

  #stop(app: ContainerApp, replica: AppReplica): void {
    replica.replacement = "maintenance";
    replica.terminate();
    this.#replaced += 1;
    const { name, revision, node } = replica.spec;
    this.#world.trace.add("maintenance.replica", {
      environment: this.#environment.address.name,
      replica: name,
      revision,
      node,
    });
    app.changed();
  }

  #finishBatch(how: "recovered" | "timeout"): void {
    this.#timer?.cancel();
    this.#batch = [];
    this.#world.trace.add("maintenance.node", {
      environment: this.#environment.address.name,
      node: this.closedNode,
      how,
    });
    this.closedNode = undefined;
    if (this.#outdated().length === 0) return this.#end();
    const pauseMs = durationMs(this.#world, "maintenance.batchPause", this.#random);
    this.#timer = this.#world.clock.after(pauseMs, () => this.#next());
  }

  #end(): void {
    const endedAtMs = this.#world.clock.now();
    const { name } = this.#environment.address;
    this.#environment.maintenance = {
      kind: "done",
      startedAtMs: this.#startedAtMs,
      endedAtMs,
      replaced: this.#replaced,
    };
    this.#world.trace.add("maintenance.ended", { environment: name, replaced: this.#replaced });
  }

  #report(): void {
    this.#environment.maintenance = {
      kind: "running",
      startedAtMs: this.#startedAtMs,
      replicas: this.#total,
      replaced: this.#replaced,
    };
  }
}

function hasRecovered(app: ContainerApp, revisionName: string): boolean {
  const revision = app.revisions.find(({ name }) => name === revisionName);
  return !revision || revision.readyReplicas >= revision.wanted;
}
