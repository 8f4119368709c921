import type { Random, Timer } from "@fairway/kernel";
import type { ArmOperation } from "../world/arm/operations.ts";
import type { Configuration } from "../world/container-apps/configuration.ts";
import type { Environment, ResourceAddress } from "../world/container-apps/environment.ts";
import type { Json } from "../world/container-apps/json.ts";
import type { AppSpec } from "../world/container-apps/read-app.ts";
import { defaultTraffic, type TrafficEntry } from "../world/container-apps/read-ingress.ts";
import { revisionName } from "../world/container-apps/revision-name.ts";
import { Stabilization } from "../world/container-apps/scale-steps.ts";
import type { Template } from "../world/container-apps/template.ts";
import { durationMs, type World } from "../world/world.ts";
import { RevisionLabels } from "./container-app-labels.ts";
import type { ScalerMetrics } from "./container-app-metrics.ts";
import { type AppProgress, progressOf } from "./container-app-progress.ts";
import type { AppReplicaSpec } from "./container-app-replica.ts";
import { replicaSpecOf } from "./container-app-replica-spec.ts";
import { newestReady, RevisionRetirement } from "./container-app-retirement.ts";
import { Revision, type RevisionHost } from "./container-app-revision.ts";
import { type AppliedTraffic, appliedTraffic, noTraffic, RoutePublisher, routesOf } from "./container-app-routes.ts";
import { AppScaler, loadOf } from "./container-app-scaling.ts";
import { TrafficShift } from "./container-app-traffic.ts";

/** What an app needs from the environment that it is in. */
export interface AppHost {
  readonly world: World;
  readonly metrics: ScalerMetrics;
  /** Node for a new replica of the revision. */
  place(app: ContainerApp, revision: string): number;
  /** The app's reconciliation has run. */
  reconciled(app: ContainerApp): void;
}

/** One container app with its revisions. Commands set what should be; `reconcile` makes it so. */
export class ContainerApp implements RevisionHost {
  readonly world: World;
  readonly address: ResourceAddress;
  readonly environment: Environment;
  createdAtMs: number;
  modifiedAtMs: number;
  /** As sent, PATCHes merged in. */
  content: Json;
  spec: AppSpec;
  provisioningState: "InProgress" | "Succeeded" | "Failed" | "Deleting" = "InProgress";
  /** False between stop and start. */
  running = true;
  /** The write that runs: until it ends, others are refused. */
  operation: ArmOperation | undefined;
  deploymentErrors: string | undefined;
  /** In order of creation. */
  revisions: Revision[] = [];
  latestRevisionName: string | undefined;
  latestReadyRevisionName: string | undefined;
  /** As sent, by name. */
  readonly authConfigs = new Map<string, Json>();
  /** Used in Labels mode only. */
  readonly labels = new RevisionLabels();
  readonly #host: AppHost;
  readonly #random: Random;
  readonly #routes: RoutePublisher;
  readonly #scaler: AppScaler;
  readonly #shift: TrafficShift;
  readonly #retirement: RevisionRetirement;
  #created = 0;
  #counted = 0;
  #reconciling: Timer | undefined;
  #closed = false;

  constructor(
    host: AppHost,
    made: { address: ResourceAddress; environment: Environment; content: Json; spec: AppSpec },
  ) {
    this.#host = host;
    this.world = host.world;
    this.address = made.address;
    this.environment = made.environment;
    this.content = made.content;
    this.spec = made.spec;
    this.createdAtMs = this.world.clock.now();
    this.modifiedAtMs = this.createdAtMs;
    this.#random = this.world.random.stream(`container-app/${made.address.name}/${this.createdAtMs}`);
    this.#routes = new RoutePublisher(this.world.dataPlane);
    this.#shift = new TrafficShift(this.world, made.address.name, this.#random, {
      coming: (names) => {
        for (const revision of this.revisions) if (names.has(revision.name)) revision.warm();
      },
      applied: () => this.changed(),
    });
    this.#retirement = new RevisionRetirement({
      world: this.world,
      random: this.#random,
      revisions: () => this.revisions,
      isSingle: () => this.#isSingle(),
      deactivate: (revision) => this.deactivate(revision),
    });
    this.#scaler = new AppScaler({
      world: this.world,
      name: made.address.name,
      metrics: host.metrics,
      revisions: () => this.revisions,
      hasIngress: () => this.configuration.ingress !== undefined,
      loadOf: ({ name }) => loadOf(this.world, this.hosts, name),
      changed: () => this.changed(),
    });
  }

  get configuration(): Configuration {
    return this.spec.configuration;
  }

  get hosts(): readonly string[] {
    return this.#routes.hosts;
  }

  /** Suffix of all its host names. */
  get domain(): string {
    const { defaultDomain } = this.environment;
    return this.configuration.ingress?.external === false ? `internal.${defaultDomain}` : defaultDomain;
  }

  /** The name that the next revision gets. */
  nextRevisionName(suffix: string | undefined): string {
    const earlier = { count: this.#created, counted: this.#counted };
    return revisionName(this.address.name, suffix, earlier, this.#random);
  }

  addRevision(name: string, template: Template): void {
    if (!template.revisionSuffix && this.#created > 0) this.#counted += 1;
    this.#created += 1;
    const stabilization = new Stabilization(durationMs(this.world, "scaling.scaleDownStabilization", this.#random));
    const desired = this.#firstReplicas(template);
    this.revisions.push(new Revision(this, { name, template, desired, stabilization }));
    this.latestRevisionName = name;
    if (this.configuration.targetLabel) this.labels.await(this.configuration.targetLabel, name, this.world.clock.now());
    this.world.trace.add("revision.created", { app: this.address.name, revision: name, replicas: desired });
    this.changed();
  }

  progress(): AppProgress {
    return progressOf(this, { created: this.#created, counted: this.#counted });
  }

  /** Goes on where an earlier run was: the same revisions, with new replicas. */
  resume(before: AppProgress): void {
    this.createdAtMs = before.createdAtMs;
    this.modifiedAtMs = before.modifiedAtMs;
    this.running = before.running;
    this.latestRevisionName = before.latestRevisionName;
    this.latestReadyRevisionName = before.latestReadyRevisionName;
    this.#created = before.created;
    this.#counted = before.counted;
    this.provisioningState = "Succeeded";
    for (const { active, everReady, ...spec } of before.revisions) {
      const stabilization = new Stabilization(durationMs(this.world, "scaling.scaleDownStabilization", this.#random));
      const revision = new Revision(this, { ...spec, stabilization });
      revision.active = active;
      revision.everReady = everReady;
      this.revisions.push(revision);
    }
    for (const [label, name] of before.labels) this.labels.assign(label, name, this.world.clock.now());
    for (const [name, config] of before.authConfigs) this.authConfigs.set(name, config);
    this.changed();
  }

  activate(revision: Revision): void {
    if (revision.active) return;
    revision.activate(Math.max(1, revision.template.scale.minReplicas ?? 0));
    this.world.trace.add("revision.activated", { app: this.address.name, revision: revision.name });
    this.changed();
  }

  deactivate(revision: Revision): void {
    if (!revision.active) return;
    revision.deactivate();
    this.world.trace.add("revision.deactivated", { app: this.address.name, revision: revision.name });
    this.changed();
  }

  /** A request waits at the proxy for a revision without replicas. */
  wake(revisionName: string): void {
    const revision = this.revisions.find(({ name }) => name === revisionName);
    if (!revision?.active || revision.desired > 0) return;
    revision.desired = Math.max(1, revision.template.scale.minReplicas ?? 0);
    revision.coldStart = true;
    revision.lastActiveAtMs = this.world.clock.now();
    this.world.trace.add("revision.woken", { app: this.address.name, revision: revisionName });
    this.changed();
  }

  changed(): void {
    if (this.#closed) return;
    this.#reconciling ??= this.world.clock.after(0, () => {
      this.#reconciling = undefined;
      this.#reconcile();
    });
  }

  replicaSpec(revision: Revision): Omit<AppReplicaSpec, "name"> {
    return replicaSpecOf(this, revision, this.#host.place(this, revision.name));
  }

  /** Ends everything; replicas get their grace period when `graceful`. */
  close(graceful: boolean): void {
    this.running = false;
    if (graceful) for (const revision of this.revisions) revision.deactivate();
    if (graceful) this.#reconcile();
    this.#closed = true;
    this.#reconciling?.cancel();
    this.#retirement.close();
    this.#scaler.close();
    this.#shift.close();
    this.#routes.publish(new Map());
    if (!graceful) for (const revision of this.revisions) revision.close();
  }

  #reconcile(): void {
    for (const revision of this.revisions) revision.reconcile();
    this.latestReadyRevisionName = this.#newestReady()?.name ?? this.latestReadyRevisionName;
    this.#shift.follow(this.wantedTraffic());
    if (this.#isSingle()) this.#retirement.follow(this.#shift.applied, this.configuration.ingress !== undefined);
    if (this.configuration.activeRevisionsMode === "Labels") this.#followLabels();
    this.#purgeInactive();
    this.#scaler.follow();
    this.#routes.publish(this.#routesNow());
    this.#host.reconciled(this);
  }

  #routesNow(): ReturnType<typeof routesOf> {
    if (!this.running || !this.configuration.ingress) return new Map();
    const { name } = this.address;
    const { domain, revisions } = this;
    const traffic = this.#shift.applied;
    const { policy, customDomains } = this.configuration.ingress;
    const environment = this.environment.address.name;
    return routesOf({ name, domain, environment, revisions, traffic, policy, customDomains });
  }

  #newestReady(): Revision | undefined {
    return newestReady(this.revisions);
  }

  #isSingle(): boolean {
    return this.configuration.activeRevisionsMode === "Single";
  }

  /** Single mode starts with as many as serve now, within the new limits. Source: azure-facts 4.1. */
  #firstReplicas({ scale }: Template): number {
    const serving = this.#newestReady();
    const inherited = this.#isSingle() ? (serving?.living.length ?? 0) : 0;
    return Math.min(scale.maxReplicas, Math.max(1, scale.minReplicas ?? 0, inherited));
  }

  /** The split as it is shown: in Labels mode what the labels are on now, in the others as it was written. */
  trafficEntries(): readonly TrafficEntry[] {
    const { ingress, activeRevisionsMode } = this.configuration;
    if (!ingress) return [];
    return activeRevisionsMode === "Labels" ? this.labels.entries(ingress.traffic) : ingress.traffic;
  }

  /** Labels mode: brings the labels where a write wants them, and what they are on becomes active. */
  moveLabels(): void {
    const { ingress, activeRevisionsMode, targetLabel } = this.configuration;
    const nowMs = this.world.clock.now();
    if (activeRevisionsMode !== "Labels") return this.labels.clear(nowMs);
    const entries = ingress?.traffic.filter(({ label }) => label !== undefined) ?? [];
    for (const { label = "", revisionName: name } of entries) this.#putOn(label, name, nowMs);
    const named = new Set(entries.map(({ label }) => label));
    const dropped = [...this.labels.current.keys()].filter((label) => named.size > 0 && !named.has(label));
    for (const label of dropped) this.labels.release(label, nowMs);
    if (targetLabel && this.labels.current.size === 0) this.#putOn(targetLabel, this.#newestReady()?.name, nowMs);
  }

  #putOn(label: string, name: string | undefined, nowMs: number): void {
    const revision = this.revisions.find((candidate) => candidate.name === name);
    if (!revision) return;
    this.labels.assign(label, revision.name, nowMs);
    this.activate(revision);
  }

  /** What the configuration asks for, whether the proxy has it yet or not. */
  wantedTraffic(): AppliedTraffic {
    if (!this.configuration.ingress) return noTraffic;
    const shown = this.trafficEntries();
    return appliedTraffic(shown, this.#isSingle() ? defaultTraffic : shown, this.revisions, this.#newestReady()?.name);
  }

  #followLabels(): void {
    this.labels.settle(this.revisions, this.world.clock.now());
    for (const revision of this.revisions) if (!this.labels.holds(revision.name)) this.deactivate(revision);
    this.#shift.follow(this.wantedTraffic());
  }

  #purgeInactive(): void {
    const kept = this.configuration.maxInactiveRevisions;
    const gone = this.revisions.filter(({ active, replicas }) => !active && replicas.length === 0);
    const surplus = new Set(gone.slice(0, Math.max(0, gone.length - kept)));
    if (surplus.size === 0) return;
    for (const revision of surplus) revision.close();
    this.revisions = this.revisions.filter((revision) => !surplus.has(revision));
  }
}
