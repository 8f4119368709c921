import type { Random, Timer } from "@fairway/kernel";
import type { ArmOperation } from "../world/arm/operations.ts";
import type { Configuration } from "../world/container-apps/configuration.ts";
import type { Environment, ResourceAddress } from "../world/container-apps/environment.ts";
import type { Json } from "../world/container-apps/json.ts";
import type { AppSpec } from "../world/container-apps/read-app.ts";
import { defaultTraffic } from "../world/container-apps/read-ingress.ts";
import { revisionName } from "../world/container-apps/revision-name.ts";
import { Stabilization } from "../world/container-apps/scale-steps.ts";
import type { Template } from "../world/container-apps/template.ts";
import { resolveTraffic } from "../world/container-apps/traffic.ts";
import { durationMs, type World } from "../world/world.ts";
import type { AppReplicaSpec } from "./container-app-replica.ts";
import { Revision, type RevisionHost } from "./container-app-revision.ts";
import { type AppliedTraffic, RoutePublisher, routesOf } from "./container-app-routes.ts";
import { scaleRevision, scaleWindowSeconds } from "./container-app-scaling.ts";

/** What an app needs from the environment that it is in. */
export interface AppHost {
  readonly world: World;
  /** Node for a new replica of the revision. */
  place(app: ContainerApp, revision: string): number;
  /** The app's reconciliation has run. */
  reconciled(app: ContainerApp): void;
}

const noTraffic: AppliedTraffic = { weights: new Map(), labels: new Map() };

/** One container app with its revisions. Commands set what should be; `reconcile` makes it so. */
export class ContainerApp implements RevisionHost {
  readonly world: World;
  readonly address: ResourceAddress;
  readonly environment: Environment;
  readonly createdAtMs: number;
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
  traffic: AppliedTraffic = noTraffic;
  readonly #host: AppHost;
  readonly #random: Random;
  readonly #routes: RoutePublisher;
  #created = 0;
  #counted = 0;
  #reconciling: Timer | undefined;
  #shift: { readonly key: string; readonly timer: Timer } | undefined;
  #retirement: Timer | undefined;
  #scaling: Timer;
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
    this.#scaling = this.#scaleLater();
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
    this.world.trace.add("revision.created", { app: this.address.name, revision: name, replicas: desired });
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
    const { name } = this.address;
    const { ingress, secrets } = this.configuration;
    const port = ingress?.targetPort;
    return {
      revision: revision.name,
      containers: revision.template.containers,
      initContainers: revision.template.initContainers,
      targetPort: port,
      graceMs: (revision.template.terminationGraceSeconds ?? 30) * 1_000,
      env: {
        CONTAINER_APP_NAME: name,
        CONTAINER_APP_REVISION: revision.name,
        CONTAINER_APP_ENV_DNS_SUFFIX: this.environment.defaultDomain,
        ...(ingress ? { CONTAINER_APP_HOSTNAME: `${revision.name}.${this.domain}` } : {}),
        ...(port === undefined ? {} : { CONTAINER_APP_PORT: String(port) }),
      },
      secrets: new Map(secrets.map((secret) => [secret.name, secret.value ?? ""])),
      scope: this.environment.address.name,
      node: this.#host.place(this, revision.name),
    };
  }

  /** Ends everything; replicas get their grace period when `graceful`. */
  close(graceful: boolean): void {
    this.running = false;
    if (graceful) for (const revision of this.revisions) revision.deactivate();
    if (graceful) this.#reconcile();
    this.#closed = true;
    for (const timer of [this.#reconciling, this.#shift?.timer, this.#retirement, this.#scaling]) timer?.cancel();
    this.#routes.publish(new Map());
    if (!graceful) for (const revision of this.revisions) revision.close();
  }

  #reconcile(): void {
    for (const revision of this.revisions) revision.reconcile();
    this.latestReadyRevisionName = this.#newestReady()?.name ?? this.latestReadyRevisionName;
    this.#shiftTraffic();
    if (this.configuration.activeRevisionsMode === "Single") this.#retireOthers();
    this.#purgeInactive();
    this.#routes.publish(this.#routesNow());
    this.#host.reconciled(this);
  }

  #routesNow(): ReturnType<typeof routesOf> {
    if (!this.running || !this.configuration.ingress) return new Map();
    const { name } = this.address;
    const { domain, revisions, traffic } = this;
    const { policy } = this.configuration.ingress;
    return routesOf({ name, domain, environment: this.environment.address.name, revisions, traffic, policy });
  }

  #newestReady(): Revision | undefined {
    return this.revisions.findLast(({ active, everReady }) => active && everReady);
  }

  /** Single mode starts with as many as serve now, within the new limits. Source: azure-facts 4.1. */
  #firstReplicas({ scale }: Template): number {
    const serving = this.#newestReady();
    const inherited = this.configuration.activeRevisionsMode === "Single" ? (serving?.living.length ?? 0) : 0;
    return Math.min(scale.maxReplicas, Math.max(1, scale.minReplicas ?? 0, inherited));
  }

  /** The first split is there at once; every later one takes its time, the newest wish counts. */
  #shiftTraffic(): void {
    const wanted = this.wantedTraffic();
    const key = trafficKey(wanted);
    if (key === trafficKey(this.traffic)) {
      this.#shift?.timer.cancel();
      this.#shift = undefined;
      return;
    }
    if (this.traffic.weights.size === 0) return this.#applyTraffic(wanted);
    if (this.#shift?.key === key) return;
    this.#shift?.timer.cancel();
    const delayMs = durationMs(this.world, "containerApps.trafficPropagation", this.#random);
    const timer = this.world.clock.after(delayMs, () => {
      this.#shift = undefined;
      this.#applyTraffic(this.wantedTraffic());
      this.changed();
    });
    this.#shift = { key, timer };
  }

  /** What gets traffic for the first time is warmed. Source: Envoy documentation, xDS eventual consistency (make before break). */
  #applyTraffic(traffic: AppliedTraffic): void {
    for (const revision of this.revisions) {
      if (traffic.weights.has(revision.name) && !this.traffic.weights.has(revision.name)) revision.warm();
    }
    this.traffic = traffic;
    const weights = Object.fromEntries(traffic.weights);
    this.world.trace.add("containerApp.traffic", { app: this.address.name, weights });
  }

  /** What the configuration asks for, whether the proxy has it yet or not. */
  wantedTraffic(): AppliedTraffic {
    const { ingress, activeRevisionsMode } = this.configuration;
    if (!ingress) return noTraffic;
    const entries = activeRevisionsMode === "Single" ? defaultTraffic : ingress.traffic;
    const latestReady = this.#newestReady()?.name;
    const labels = ingress.traffic.flatMap(({ label, latestRevision, revisionName: named }) => {
      const revision = latestRevision ? latestReady : named;
      return label && revision ? [[label, revision] as const] : [];
    });
    return { weights: resolveTraffic(entries, this.revisions, latestReady), labels: new Map(labels) };
  }

  /** Single mode: once all traffic is at the latest revision, the others go; what never served goes as soon as it is outdated. */
  #retireOthers(): void {
    const latest = this.revisions.findLast(({ active }) => active);
    const others = this.revisions.filter((revision) => revision.active && revision !== latest);
    if (!latest || others.length === 0) return;
    const ready = this.#newestReady();
    for (const other of others) {
      const serves = this.traffic.weights.has(other.name) || other === ready;
      if (!serves && !latest.everReady) this.deactivate(other);
    }
    const hasMoved = !this.configuration.ingress || this.traffic.weights.has(latest.name);
    if (!latest.everReady || !hasMoved) return;
    const delayMs = durationMs(this.world, "revisions.deprovisionDelay", this.#random);
    this.#retirement ??= this.world.clock.after(delayMs, () => {
      this.#retirement = undefined;
      const newest = this.revisions.findLast(({ active }) => active);
      if (this.configuration.activeRevisionsMode !== "Single" || !newest?.everReady) return;
      for (const other of this.revisions) if (other !== newest) this.deactivate(other);
    });
  }

  #purgeInactive(): void {
    const kept = this.configuration.maxInactiveRevisions;
    const gone = this.revisions.filter(({ active, replicas }) => !active && replicas.length === 0);
    const surplus = new Set(gone.slice(0, Math.max(0, gone.length - kept)));
    if (surplus.size === 0) return;
    for (const revision of surplus) revision.close();
    this.revisions = this.revisions.filter((revision) => !surplus.has(revision));
  }

  #scaleLater(): Timer {
    return this.world.clock.after(scaleWindowSeconds * 1_000, () => {
      for (const revision of this.revisions) if (revision.active) this.#scale(revision);
      this.#scaling = this.#scaleLater();
      this.changed();
    });
  }

  #scale(revision: Revision): void {
    const stats = this.hosts.map((host) => this.world.dataPlane.stats(host, revision.name));
    const requests = stats.reduce((sum, stat) => sum + stat.requests, 0);
    const inFlight = stats.reduce((sum, stat) => sum + stat.active, 0);
    scaleRevision(this.world, revision, { requests, inFlight }, this.configuration.ingress !== undefined);
  }
}

function trafficKey({ weights, labels }: AppliedTraffic): string {
  const part = (entries: ReadonlyMap<string, unknown>): readonly string[] =>
    [...entries].map(([name, value]) => `${name}=${String(value)}`).toSorted();
  return JSON.stringify([part(weights), part(labels)]);
}
