import { timestamp } from "../../world/store.ts";
import { durationMs, platformMs } from "../../world/world.ts";
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

/** The highest recommendation of this long decides on the way down (azure-facts 2.6). */
const scaleDownWindowSeconds = 300;

interface Recommendation {
  readonly atMs: number;
  readonly replicas: number;
}

/** Limits, and what the metrics that there are ask for, looked at every 15 s (azure-facts 2.6). */
export function startAutoscalers(plane: ControlPlane, metrics: MetricSource): void {
  const { clock } = plane.world;
  const random = plane.world.random.stream(`${plane.clusterName}/autoscalers`);
  const startedAtMs = clock.now();
  const recommendations = new Map<string, Recommendation[]>();
  const queue = plane.queue("autoscaler", (key) => {
    const { namespace, name } = fromKey(key);
    const autoscaler = getObject(plane.store, autoscalers, namespace, name);
    if (!autoscaler) return void recommendations.delete(key);
    const history = recommendations.get(key) ?? [];
    recommendations.set(key, history);
    const again = syncAutoscaler(plane, autoscaler, metrics, history);
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
  history: Recommendation[],
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
  const recommended = recommend(plane, history, wanted.replicas);
  const desired = clamp(limitGrowth(current, recommended), minReplicas, maxReplicas);
  report(plane, autoscaler, current, desired, [able, wanted.active, limited(recommended, minReplicas, maxReplicas)]);
  if (desired !== current) rescale(plane, autoscaler, desired, () => scale.set(desired));
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

function recommend(plane: ControlPlane, history: Recommendation[], replicas: number): number {
  const nowMs = plane.world.clock.now();
  const oldestMs = nowMs - platformMs(plane.world, scaleDownWindowSeconds);
  history.push({ atMs: nowMs, replicas });
  while (history[0] && history[0].atMs < oldestMs) history.shift();
  return Math.max(...history.map((one) => one.replicas));
}

/** At most four more, or twice as many, in one period. */
function limitGrowth(current: number, wanted: number): number {
  return Math.min(wanted, Math.max(current + 4, 2 * current));
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
