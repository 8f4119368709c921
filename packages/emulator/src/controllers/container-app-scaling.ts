import type { Timer } from "@fairway/kernel";
import { nextReplicas, replicasForLoad } from "../world/container-apps/scale-steps.ts";
import type { ScaleRule, Trigger } from "../world/container-apps/template.ts";
import { durationMs, platformMs, type World } from "../world/world.ts";
import { type Demand, demandOf, isResource, type ScalerMetrics } from "./container-app-metrics.ts";
import type { Revision } from "./container-app-revision.ts";

/** What ingress without any rule has. */
const defaultConcurrency = 10;

/** What the scaler needs of an app. */
export interface ScaledApp {
  readonly world: World;
  readonly name: string;
  readonly metrics: ScalerMetrics;
  readonly revisions: () => readonly Revision[];
  readonly hasIngress: () => boolean;
  /** Requests since the start, over all hosts, and those in flight, waiting ones included. */
  readonly loadOf: (revision: Revision) => Load;
  /** Some revision should have another number of replicas, perhaps. */
  readonly changed: () => void;
}

export interface Load {
  readonly requests: number;
  readonly inFlight: number;
}

/** What was last seen of a revision. */
interface Seen {
  /** Replicas that the last window's requests ask for; undefined when no rule counts requests. */
  readonly forRequests: number | undefined;
  /** Of each other rule, as last polled; undefined where the source has no value. */
  readonly demands: readonly (Demand | undefined)[];
}

/** Looks at an app's load and at what its rules watch, and sets how many replicas its active revisions should have. */
export class AppScaler {
  readonly #app: ScaledApp;
  readonly #seen = new WeakMap<Revision, Seen>();
  /** Window and period of the HTTP and TCP rules. */
  readonly #windowMs: number;
  #window: Timer;
  #poll: Timer | undefined;

  constructor(app: ScaledApp) {
    this.#app = app;
    this.#windowMs = durationMs(app.world, "containerApps.scaleWindow", app.world.random.stream(`scaler/${app.name}`));
    this.#window = this.#windowLater();
  }

  /** Polls as long as an active revision has a rule that wants it. */
  follow(): void {
    const polled = this.#active().filter((revision) => triggersOf(revision).length > 0);
    if (polled.length === 0) {
      this.#poll?.cancel();
      this.#poll = undefined;
      return;
    }
    const seconds = Math.min(...polled.map(({ template }) => template.scale.pollingIntervalSeconds));
    this.#poll ??= this.#app.world.clock.after(platformMs(this.#app.world, seconds), () => {
      this.#poll = undefined;
      for (const revision of polled) this.#pollRules(revision);
      this.follow();
      this.#app.changed();
    });
  }

  close(): void {
    this.#window.cancel();
    this.#poll?.cancel();
  }

  #active(): readonly Revision[] {
    return this.#app.revisions().filter(({ active }) => active);
  }

  #windowLater(): Timer {
    return this.#app.world.clock.after(this.#windowMs, () => {
      for (const revision of this.#active()) this.#countRequests(revision);
      this.#window = this.#windowLater();
      this.#app.changed();
    });
  }

  #pollRules(revision: Revision): void {
    const { metrics, name, world } = this.#app;
    const demands = triggersOf(revision).map((trigger) =>
      demandOf(trigger, metrics.valueOf(trigger, name), world.clock.now(), revision.desired),
    );
    this.#scale(revision, { forRequests: this.#seen.get(revision)?.forRequests, demands });
  }

  #countRequests(revision: Revision): void {
    const { requests, inFlight } = this.#app.loadOf(revision);
    const recent = Math.max(0, requests - revision.requestsSeen);
    revision.requestsSeen = requests;
    if (recent > 0 || inFlight > 0) revision.lastActiveAtMs = this.#app.world.clock.now();
    const concurrency = concurrencyOf(revision.template.scale.rules, this.#app.hasIngress());
    const forRequests =
      concurrency === undefined ? undefined : replicasForLoad(recent, this.#windowMs / 1_000, concurrency);
    const demands = this.#seen.get(revision)?.demands ?? triggersOf(revision).map(() => undefined);
    this.#scale(revision, { forRequests, demands });
  }

  #scale(revision: Revision, seen: Seen): void {
    this.#seen.set(revision, seen);
    scaleRevision(this.#app.world, revision, seen);
  }
}

function scaleRevision(world: World, revision: Revision, { forRequests, demands }: Seen): void {
  const { scale } = revision.template;
  const now = world.clock.now();
  const known = demands.flatMap((demand) => demand ?? []);
  const isActive = known.some(({ active }) => active);
  if (isActive) revision.lastActiveAtMs = now;
  const limits = { min: scale.minReplicas ?? 0, max: scale.maxReplicas };
  // Nothing is known: such a revision keeps what it has, and never sleeps.
  if (forRequests === undefined && known.length === 0) {
    return resize(world, revision, Math.max(1, limits.min, revision.desired));
  }
  const wanted = Math.max(forRequests ?? 0, ...known.map(({ replicas }) => replicas));
  const stable = revision.stabilization.highest(Math.max(1, wanted), now);
  const isIdle = now - revision.lastActiveAtMs >= platformMs(world, scale.cooldownSeconds);
  const isQuiet = (forRequests ?? 0) === 0 && !isActive;
  if (isQuiet && isIdle && limits.min === 0 && maySleep(revision, { forRequests, demands }))
    return resize(world, revision, 0);
  if (revision.desired === 0 && isQuiet) return;
  resize(world, revision, nextReplicas(revision.desired, stable, { ...limits, min: Math.max(1, limits.min) }));
}

/** Not while a source has no value (KEDA leaves a scaler that fails alone), nor by cpu and memory alone. */
function maySleep(revision: Revision, { forRequests, demands }: Seen): boolean {
  if (demands.includes(undefined)) return false;
  const triggers = triggersOf(revision);
  return forRequests !== undefined || !triggers.every(isResource);
}

/** The rules whose metric does not come from the ingress. */
function triggersOf({ template }: Revision): readonly Trigger[] {
  return (template.scale.rules ?? []).flatMap(({ trigger }) => trigger ?? []);
}

/** Requests per replica that the strictest rule wants; undefined when only other rules decide. */
function concurrencyOf(rules: readonly ScaleRule[] | undefined, hasIngress: boolean): number | undefined {
  if (!rules) return hasIngress ? defaultConcurrency : Number.POSITIVE_INFINITY;
  const values = rules.flatMap(({ concurrency }) => concurrency ?? []);
  return values.length > 0 ? Math.min(...values) : undefined;
}

function resize(world: World, revision: Revision, desired: number): void {
  if (desired === revision.desired) return;
  world.trace.add("revision.scaled", { revision: revision.name, from: revision.desired, to: desired });
  revision.desired = desired;
}

/** What all hosts of an app have for one revision. */
export function loadOf({ dataPlane }: World, hosts: readonly string[], revision: string): Load {
  const stats = hosts.map((host) => dataPlane.stats(host, revision));
  const requests = stats.reduce((sum, stat) => sum + stat.requests, 0);
  const inFlight = stats.reduce((sum, stat) => sum + stat.active, 0);
  return { requests, inFlight };
}
