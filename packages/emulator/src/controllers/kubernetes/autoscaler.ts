import { timestamp } from "../../world/store.ts";
import { durationMs, platformMs } from "../../world/world.ts";
import { longestWindowSeconds, type Now, type ScalingHistory, stabilized, withinRate } from "./autoscaler-behavior.ts";
import { withConditions } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import {
  autoscalers,
  deployments,
  fromKey,
  getObject,
  involved,
  keyOf,
  listObjects,
  replicaSets,
  updateObject,
} from "./kinds.ts";
import { scaleOf } from "./scale-target.ts";
import type { Condition, HorizontalPodAutoscaler, ReplicaSet } from "./types.ts";

/** Where metrics would come from. */
export interface MetricSource {
  /** Replicas that one metric asks for; undefined: no value can be had. */
  desiredReplicas(autoscaler: HorizontalPodAutoscaler, metric: unknown): number | undefined;
}

interface Memory {
  recommendations: ScalingHistory["recommendations"];
  changes: ScalingHistory["changes"];
}

/** Limits, and what the metrics that there are ask for, looked at every 15 s (azure-facts 2.6). */
export function startAutoscalers(plane: ControlPlane, metrics: MetricSource): void {
  const { clock } = plane.world;
  const random = plane.world.random.stream(`${plane.clusterName}/autoscalers`);
  const startedAtMs = clock.now();
  const memories = new Map<string, Memory>();
  const queue = plane.queue("autoscaler", (key) => {
    const { namespace, name } = fromKey(key);
    const autoscaler = getObject(plane.store, autoscalers, namespace, name);
    if (!autoscaler) return void memories.delete(key);
    const memory = memories.get(key) ?? { recommendations: [], changes: [] };
    memories.set(key, memory);
    const again = syncAutoscaler(plane, autoscaler, metrics, memory);
    if (again) atNextSync(key);
  });
  /** On the beat of the controller. */
  function atNextSync(key: string): void {
    const periodMs = durationMs(plane.world, "horizontalPodAutoscalers.sync", random);
    queue.addAt(key, startedAtMs + (Math.floor((clock.now() - startedAtMs) / periodMs) + 1) * periodMs);
  }
  plane.watch(autoscalers, ({ object }) => atNextSync(keyOf(object)));
  for (const kind of [deployments, replicaSets]) {
    plane.watch<{ metadata: ReplicaSet["metadata"]; spec: { replicas?: number } }>(kind, ({ object, previous }) => {
      if (previous && previous.spec.replicas === object.spec.replicas) return;
      for (const autoscaler of listObjects(plane.store, autoscalers, object.metadata.namespace ?? "")) {
        if (autoscaler.spec.scaleTargetRef.name === object.metadata.name) atNextSync(keyOf(autoscaler));
      }
    });
  }
}

/** True while it has to be looked at again though nothing changes. */
function syncAutoscaler(
  plane: ControlPlane,
  autoscaler: HorizontalPodAutoscaler,
  metrics: MetricSource,
  memory: Memory,
): boolean {
  const { scaleTargetRef, minReplicas = 1, maxReplicas } = autoscaler.spec;
  const scale = scaleOf(plane.store, autoscaler.metadata.namespace, scaleTargetRef);
  if (!scale) {
    const message = `the HPA controller was unable to get the target's current scale: ${scaleTargetRef.kind} "${scaleTargetRef.name}" not found`;
    report(plane, autoscaler, 0, 0, [{ type: "AbleToScale", status: "False", reason: "FailedGetScale", message }]);
    return false;
  }
  const able: Condition = {
    type: "AbleToScale",
    status: "True",
    reason: "SucceededGetScale",
    message: "the HPA controller was able to get the target's current scale",
  };
  const current = scale.replicas;
  if (current === 0) {
    const message = "scaling is disabled since the replica count of the target is zero";
    report(plane, autoscaler, 0, 0, [
      able,
      { type: "ScalingActive", status: "False", reason: "ScalingDisabled", message },
    ]);
    return false;
  }
  const wanted = wantedReplicas(autoscaler, current, metrics);
  const { behavior = {} } = autoscaler.spec;
  const now: Now = { atMs: plane.world.clock.now(), current, secondMs: platformMs(plane.world, 1) };
  const recommended = stabilized(behavior, memory, wanted.replicas, now);
  remember(memory, wanted.replicas, now);
  const paced = withinRate(behavior, memory, recommended, now);
  const desired = clamp(paced, minReplicas, maxReplicas);
  const scaling = paced === recommended ? limited(recommended, minReplicas, maxReplicas) : tooFast(paced > current);
  report(plane, autoscaler, current, desired, [stability(able, wanted.replicas, recommended), wanted.active, scaling]);
  if (desired !== current) {
    memory.changes = [...memory.changes, { atMs: now.atMs, by: desired - current }];
    rescale(plane, autoscaler, desired, () => scale.set(desired));
  }
  return wanted.measured;
}

interface Wanted {
  readonly replicas: number;
  readonly measured: boolean;
  readonly active: Condition;
}

/** The highest of all metrics; when one has no value, nothing goes down. */
function wantedReplicas(autoscaler: HorizontalPodAutoscaler, current: number, metrics: MetricSource): Wanted {
  const asked = (autoscaler.spec.metrics ?? []).map((metric) => metrics.desiredReplicas(autoscaler, metric));
  const known = asked.filter((replicas) => replicas !== undefined);
  const failed = known.length < asked.length || asked.length === 0;
  const highest = known.length > 0 ? Math.max(...known) : current;
  const active: Condition =
    known.length > 0
      ? {
          type: "ScalingActive",
          status: "True",
          reason: "ValidMetricFound",
          message: "the HPA was able to compute the replica count",
        }
      : { type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric", message: noMetrics };
  return { replicas: failed ? Math.max(current, highest) : highest, measured: known.length > 0, active };
}

const noMetrics =
  "the HPA was unable to compute the replica count: unable to get metrics: no metrics returned from resource metrics API";

/** What has become too old for every rule is forgotten. */
function remember(memory: Memory, replicas: number, { atMs, secondMs }: Now): void {
  const oldestMs = atMs - longestWindowSeconds * secondMs;
  memory.recommendations = [...memory.recommendations, { atMs, replicas }].filter((one) => one.atMs > oldestMs);
  memory.changes = memory.changes.filter((change) => change.atMs > oldestMs);
}

/** Says when it was not the present moment alone that decided. */
function stability(able: Condition, wanted: number, recommended: number): Condition {
  if (wanted === recommended) return able;
  const [reason, which, applied] =
    recommended > wanted
      ? (["ScaleDownStabilized", "higher", "highest"] as const)
      : (["ScaleUpStabilized", "lower", "lowest"] as const);
  const message = `recent recommendations were ${which} than current one, applying the ${applied} recent recommendation`;
  return { ...able, reason, message };
}

function tooFast(up: boolean): Condition {
  const reason = up ? "ScaleUpLimit" : "ScaleDownLimit";
  const message = `the desired replica count is ${up ? "increasing" : "decreasing"} faster than the maximum scale rate`;
  return { type: "ScalingLimited", status: "True", reason, message };
}

function clamp(replicas: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, replicas));
}

function limited(replicas: number, least: number, most: number): Condition {
  const type = "ScalingLimited";
  if (replicas < least)
    return {
      type,
      status: "True",
      reason: "TooFewReplicas",
      message: "the desired replica count is less than the minimum replica count",
    };
  if (replicas > most)
    return {
      type,
      status: "True",
      reason: "TooManyReplicas",
      message: "the desired replica count is more than the maximum replica count",
    };
  return {
    type,
    status: "False",
    reason: "DesiredWithinRange",
    message: "the desired count is within the acceptable range",
  };
}

function report(
  plane: ControlPlane,
  autoscaler: HorizontalPodAutoscaler,
  currentReplicas: number,
  desiredReplicas: number,
  conditions: readonly Condition[],
): void {
  updateObject(plane.store, autoscalers, autoscaler, (object) => ({
    ...object,
    status: {
      ...object.status,
      observedGeneration: object.metadata.generation ?? 1,
      currentReplicas,
      desiredReplicas,
      conditions: withConditions(object.status?.conditions, conditions, timestamp(plane.world.clock.now())),
    },
  }));
}

function rescale(plane: ControlPlane, autoscaler: HorizontalPodAutoscaler, desired: number, scale: () => void): void {
  scale();
  const lastScaleTime = timestamp(plane.world.clock.now());
  updateObject(plane.store, autoscalers, autoscaler, (object) => ({
    ...object,
    status: { ...object.status, lastScaleTime },
  }));
  plane.recordEvent({
    type: "Normal",
    reason: "SuccessfulRescale",
    message: `New size: ${desired}`,
    source: "horizontal-pod-autoscaler",
    involved: involved(autoscalers, autoscaler),
  });
}
