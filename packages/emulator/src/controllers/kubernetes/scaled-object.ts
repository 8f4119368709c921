import { timestamp } from "../../world/store.ts";
import { durationMs, platformMs } from "../../world/world.ts";
import type { ExternalMetrics } from "./autoscaler-metrics.ts";
import type { HorizontalPodAutoscaler, MetricSpec, MetricTarget } from "./autoscaler-types.ts";
import { withConditions } from "./conditions.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import { isWithinWindow } from "./cron.ts";
import {
  autoscalers,
  controllerOf,
  controllerReference,
  createObject,
  fromKey,
  getObject,
  involved,
  keyOf,
  scaledObjects,
  updateObject,
  withNextGeneration,
} from "./kinds.ts";
import type { Condition } from "./meta-types.ts";
import { scaleOf } from "./scale-target.ts";
import type { ScaledObject, ScaleTrigger } from "./types.ts";

/** KEDA: an autoscaler for each ScaledObject, and the way to zero and back (azure-facts 3.1). */
export function startScaledObjects(plane: ControlPlane): void {
  const queue = plane.queue("scaled-object", (key) => reconcile(plane, queue, key));
  plane.watch(scaledObjects, ({ object, previous }) => {
    if (!previous || previous.metadata.generation !== object.metadata.generation) queue.add(keyOf(object));
  });
  plane.watch(autoscalers, ({ type, object }) => {
    const owner = controllerOf(object);
    if (type === "DELETED" && owner?.kind === "ScaledObject") queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
}

/** What cron triggers ask for; KEDA's metrics of other triggers have no value here. */
export function scaledObjectMetrics(plane: ControlPlane): ExternalMetrics {
  return {
    valueOf(autoscaler, name) {
      const owner = controllerOf(autoscaler);
      if (owner?.kind !== "ScaledObject") return undefined;
      const object = getObject(plane.store, scaledObjects, autoscaler.metadata.namespace, owner.name);
      const index = Number(/^s(\d+)-cron/.exec(name)?.[1] ?? Number.NaN);
      const trigger = object?.spec.triggers[index];
      return trigger && cronReplicas(trigger, plane.world.clock.now());
    },
  };
}

function reconcile(plane: ControlPlane, queue: WorkQueue, key: string): void {
  const { namespace, name } = fromKey(key);
  const object = getObject(plane.store, scaledObjects, namespace, name);
  if (!object || object.metadata.deletionTimestamp) return;
  keepAutoscaler(plane, object);
  const activity = activityOf(object, plane.world.clock.now());
  const lastActiveMs = lastActive(plane, object, activity);
  scaleAroundZero(plane, object, activity, lastActiveMs);
  reportStatus(plane, object, activity, lastActiveMs);
  const { pollingInterval } = object.spec;
  const pauseMs =
    pollingInterval === undefined
      ? durationMs(plane.world, "scaledObjects.pollingInterval", plane.world.random)
      : platformMs(plane.world, pollingInterval);
  queue.addAt(key, plane.world.clock.now() + pauseMs);
}

interface Activity {
  readonly active: boolean;
  /** Why a trigger has no value. */
  readonly problem: string | undefined;
}

function activityOf({ spec }: ScaledObject, nowMs: number): Activity {
  const replicas = spec.triggers.map((trigger) => cronReplicas(trigger, nowMs));
  const failed = spec.triggers.find((_, index) => replicas[index] === undefined);
  return {
    active: replicas.some((count) => count !== undefined && count > 0),
    problem: failed && problemOf(failed),
  };
}

function problemOf({ type }: ScaleTrigger): string {
  return type === "cron"
    ? "error parsing cron metadata: start, end, timezone and desiredReplicas are needed"
    : `the scaler "${type}" has no source of metrics here yet: it neither activates nor scales`;
}

/** 0 outside of the window; undefined for other triggers and for unreadable ones. */
function cronReplicas({ type, metadata }: ScaleTrigger, nowMs: number): number | undefined {
  const { start, end, timezone, desiredReplicas } = metadata;
  if (type !== "cron" || !start || !end || !timezone || !desiredReplicas) return undefined;
  const within = isWithinWindow({ start, end, timezone }, nowMs);
  if (within === undefined) return undefined;
  return within ? Number(desiredReplicas) : 0;
}

function lastActive(plane: ControlPlane, { status }: ScaledObject, { active }: Activity): number | undefined {
  if (active) return plane.world.clock.now();
  return status?.lastActiveTime === undefined ? undefined : Date.parse(status.lastActiveTime);
}

/** Source: kedacore/keda pkg/scaling/executor/scale_scaledobjects.go RequestScale. */
function scaleAroundZero(
  plane: ControlPlane,
  object: ScaledObject,
  { active, problem }: Activity,
  lastActiveMs: number | undefined,
): void {
  const { minReplicaCount: least = 0, idleReplicaCount, cooldownPeriod = 300, initialCooldownPeriod = 0 } = object.spec;
  const scale = scaleOf(plane.store, object.metadata.namespace, object.spec.scaleTargetRef);
  if (!scale) return;
  const idle = idleReplicaCount ?? (least === 0 ? 0 : undefined);
  const current = scale.replicas;
  if (active) {
    if (current === 0 || (idleReplicaCount !== undefined && current < least))
      scaleTo(plane, object, Math.max(1, least));
    return;
  }
  if (problem === undefined && idle !== undefined && current > idle) {
    const createdMs = Date.parse(object.metadata.creationTimestamp ?? "");
    const [sinceMs, seconds] =
      lastActiveMs === undefined ? [createdMs, initialCooldownPeriod] : [lastActiveMs, cooldownPeriod];
    if (sinceMs + platformMs(plane.world, seconds) < plane.world.clock.now()) scaleTo(plane, object, idle);
  } else if (idleReplicaCount === undefined && current < least) {
    scaleTo(plane, object, least);
  }
}

function scaleTo(plane: ControlPlane, object: ScaledObject, replicas: number): void {
  const { namespace } = object.metadata;
  const { scaleTargetRef } = object.spec;
  const scale = scaleOf(plane.store, namespace, scaleTargetRef);
  if (!scale || scale.replicas === replicas) return;
  scale.set(replicas);
  const [reason, verb] =
    replicas > scale.replicas ? ["KEDAScaleTargetActivated", "Scaled"] : ["KEDAScaleTargetDeactivated", "Deactivated"];
  plane.recordEvent({
    type: "Normal",
    reason,
    message: `${verb} apps/v1.${scaleTargetRef.kind ?? "Deployment"} ${namespace}/${scaleTargetRef.name} from ${scale.replicas} to ${replicas}`,
    source: "keda-operator",
    involved: involved(scaledObjects, object),
  });
}

export function autoscalerName({ metadata, spec }: ScaledObject): string {
  return spec.advanced?.horizontalPodAutoscalerConfig?.name ?? `keda-hpa-${metadata.name}`;
}

function keepAutoscaler(plane: ControlPlane, object: ScaledObject): void {
  const spec = autoscalerSpec(object);
  const { namespace } = object.metadata;
  const existing = getObject(plane.store, autoscalers, namespace, autoscalerName(object));
  if (existing) {
    updateObject(plane.store, autoscalers, existing, (current) =>
      JSON.stringify(current.spec) === JSON.stringify(spec) ? current : withNextGeneration({ ...current, spec }),
    );
    return;
  }
  createObject<HorizontalPodAutoscaler>(plane.store, autoscalers, {
    metadata: {
      name: autoscalerName(object),
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        "app.kubernetes.io/managed-by": "keda-operator",
        "app.kubernetes.io/name": autoscalerName(object),
        "app.kubernetes.io/part-of": object.metadata.name,
        "scaledobject.keda.sh/name": object.metadata.name,
      },
      ownerReferences: [controllerReference(scaledObjects, object)],
    },
    spec,
  });
}

function autoscalerSpec(object: ScaledObject): HorizontalPodAutoscaler["spec"] {
  const { scaleTargetRef, minReplicaCount = 0, maxReplicaCount = 100, triggers, advanced } = object.spec;
  const behavior = advanced?.horizontalPodAutoscalerConfig?.behavior;
  return {
    scaleTargetRef: {
      apiVersion: scaleTargetRef.apiVersion ?? "apps/v1",
      kind: scaleTargetRef.kind ?? "Deployment",
      name: scaleTargetRef.name,
    },
    minReplicas: Math.max(1, minReplicaCount),
    maxReplicas: maxReplicaCount,
    metrics: triggers.map((trigger, index) => metricOf(object, trigger, index)),
    ...(behavior === undefined ? {} : { behavior }),
  };
}

function metricOf({ metadata }: ScaledObject, trigger: ScaleTrigger, index: number): MetricSpec {
  if (trigger.type === "cpu" || trigger.type === "memory") {
    const value = trigger.metadata["value"] ?? "";
    const target: MetricTarget =
      trigger.metricType === "AverageValue"
        ? { type: "AverageValue", averageValue: value }
        : { type: "Utilization", averageUtilization: Number(value) };
    return { type: "Resource", resource: { name: trigger.type, target } };
  }
  const metric = {
    name: `s${index}-${trigger.type}`,
    selector: { matchLabels: { "scaledobject.keda.sh/name": metadata.name } },
  };
  return { type: "External", external: { metric, target: { type: "AverageValue", averageValue: "1" } } };
}

function reportStatus(
  plane: ControlPlane,
  object: ScaledObject,
  { active, problem }: Activity,
  lastActiveMs: number | undefined,
): void {
  const now = timestamp(plane.world.clock.now());
  const ready: Condition = problem
    ? { type: "Ready", status: "False", reason: "TriggerError", message: problem }
    : {
        type: "Ready",
        status: "True",
        reason: "ScaledObjectReady",
        message: "ScaledObject is defined correctly and is ready for scaling",
      };
  const activity: Condition = active
    ? {
        type: "Active",
        status: "True",
        reason: "ScalerActive",
        message: "Scaling is performed because triggers are active",
      }
    : {
        type: "Active",
        status: "False",
        reason: "ScalerNotActive",
        message: "Scaling is not performed because triggers are not active",
      };
  const { scaleTargetRef, triggers } = object.spec;
  updateObject(plane.store, scaledObjects, object, (current) => ({
    ...current,
    status: {
      ...current.status,
      scaleTargetKind: `${scaleTargetRef.apiVersion ?? "apps/v1"}.${scaleTargetRef.kind ?? "Deployment"}`,
      hpaName: autoscalerName(object),
      externalMetricNames: triggers
        .map(({ type }, index) => `s${index}-${type}`)
        .filter((_, index) => !["cpu", "memory"].includes(triggers[index]?.type ?? "")),
      ...(lastActiveMs === undefined ? {} : { lastActiveTime: timestamp(lastActiveMs) }),
      conditions: withConditions(current.status?.conditions, [ready, activity], now),
    },
  }));
}
