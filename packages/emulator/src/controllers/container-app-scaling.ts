import { nextReplicas, replicasForLoad } from "../world/container-apps/scale-steps.ts";
import type { ScaleRule } from "../world/container-apps/template.ts";
import { platformMs, type World } from "../world/world.ts";
import type { Revision } from "./container-app-revision.ts";

/** Window and period of the HTTP and TCP rules: real seconds of the running app, not scaled. Source: Container Apps, scale-app. */
export const scaleWindowSeconds = 15;

/** What ingress without any rule has. */
const defaultConcurrency = 10;

export interface Load {
  /** Requests since the start, over all hosts. */
  readonly requests: number;
  /** In flight now, waiting ones included. */
  readonly inFlight: number;
}

/** One look at a revision's load, every `scaleWindowSeconds`: sets how many replicas it should have. */
export function scaleRevision(world: World, revision: Revision, load: Load, hasIngress: boolean): void {
  const { scale } = revision.template;
  const now = world.clock.now();
  const recent = Math.max(0, load.requests - revision.requestsSeen);
  revision.requestsSeen = load.requests;
  if (recent > 0 || load.inFlight > 0) revision.lastActiveAtMs = now;
  const limits = { min: scale.minReplicas ?? 0, max: scale.maxReplicas };
  const concurrency = concurrencyOf(scale.rules, hasIngress);
  // Other rules have no metric here: such a revision keeps what it has, and never sleeps.
  if (concurrency === undefined) return resize(world, revision, Math.max(1, limits.min, revision.desired));
  const wanted = replicasForLoad(recent, scaleWindowSeconds, concurrency);
  const stable = revision.stabilization.highest(Math.max(1, wanted), now);
  const isIdle = now - revision.lastActiveAtMs >= platformMs(world, scale.cooldownSeconds);
  if (wanted === 0 && isIdle && limits.min === 0) return resize(world, revision, 0);
  if (revision.desired === 0 && wanted === 0) return;
  resize(world, revision, nextReplicas(revision.desired, stable, { ...limits, min: Math.max(1, limits.min) }));
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
