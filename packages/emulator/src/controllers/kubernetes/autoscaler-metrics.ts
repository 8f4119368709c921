import type { PodSample, ResourceMetrics } from "../../world/cluster.ts";
import { parseQuantity, quantityText } from "../../world/kubernetes/validation/quantities.ts";
import { isAtLeast } from "../../world/kubernetes/version.ts";
import { durationMs } from "../../world/world.ts";
import {
  type PodMetric,
  type ReplicaCount,
  type ReplicaQuestion,
  replicasForAverage,
  replicasForRatio,
  replicasForTotal,
  replicasForUtilization,
  type Tolerances,
} from "./autoscaler-replicas.ts";
import { requestOf } from "./autoscaler-requests.ts";
import type {
  HorizontalPodAutoscaler,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
} from "./autoscaler-types.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Pod } from "./pod-types.ts";
import type { Scale } from "./scale-target.ts";

/** The total of an external metric in its own unit; undefined: it has no value. */
export interface ExternalMetrics {
  valueOf(autoscaler: HorizontalPodAutoscaler, metric: string): number | undefined;
}

export interface MetricSources {
  readonly resources: ResourceMetrics;
  readonly external: ExternalMetrics;
}

export interface MetricQuestion {
  readonly plane: ControlPlane;
  readonly sources: MetricSources;
  readonly autoscaler: HorizontalPodAutoscaler;
  readonly scale: Scale;
  /** What the scale selects. */
  readonly pods: readonly Pod[];
}

/** How many replicas one metric asks for. */
export type Proposal =
  | { readonly kind: "proposal"; readonly replicas: number; readonly name: string; readonly status: MetricStatus }
  /** `message` is recorded, `failure` tells the same at length. */
  | { readonly kind: "failed"; readonly reason: string; readonly message: string; readonly failure: string };

/** Source: pkg/controller/podautoscaler/horizontal.go computeReplicasForMetric and what it calls. */
export function proposalOf(question: MetricQuestion, spec: MetricSpec): Proposal {
  switch (spec.type) {
    case "Resource": {
      const { name, target } = spec.resource;
      const wrap = (current: object): MetricStatus => ({ type: "Resource", resource: { name, current } });
      const failure = `failed to get ${name} resource metric value`;
      return ofResource(question, { name, target, wrap, failure, reason: "FailedGetResourceMetric" });
    }
    case "ContainerResource": {
      const { name, container, target } = spec.containerResource;
      const wrap = (current: object): MetricStatus => ({
        type: "ContainerResource",
        containerResource: { name, current, container },
      });
      const failure = `failed to get ${container} container metric value`;
      return ofResource(question, {
        name,
        target,
        container,
        wrap,
        failure,
        reason: "FailedGetContainerResourceMetric",
      });
    }
    case "Pods": {
      const message = `unable to get metric ${spec.pods.metric.name}: ${noCustomMetrics}`;
      return failed("FailedGetPodsMetric", message, "failed to get pods metric value");
    }
    case "Object":
      return ofObject(question, spec.object);
    case "External":
      return ofExternal(question, spec.external.metric, spec.external.target);
  }
}

const noCustomMetrics =
  "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";

/** Of kube-controller-manager: --horizontal-pod-autoscaler-tolerance. */
const defaultTolerance = 0.1;

interface ResourceMetric {
  readonly name: string;
  readonly target: MetricTarget;
  readonly container?: string;
  readonly failure: string;
  readonly reason: string;
  wrap(current: object): MetricStatus;
}

function ofResource(question: MetricQuestion, metric: ResourceMetric): Proposal {
  const { name, target, container } = metric;
  const isUsage = target.averageValue !== undefined;
  const counted = countOf(question, metric);
  if (counted.kind === "failed") {
    const message = `failed to get ${name} ${isUsage ? "usage" : "utilization"}: ${counted.message}`;
    return failed(metric.reason, message, metric.failure);
  }
  const { replicas, average, utilization } = counted;
  const averageValue = name === "memory" ? binary(average) : decimal(average);
  const kind = container === undefined ? "resource" : "container resource";
  return {
    kind: "proposal",
    replicas,
    name: isUsage ? `${name} resource` : `${name} ${kind} utilization (percentage of request)`,
    status: metric.wrap({ ...(utilization === undefined ? {} : { averageUtilization: utilization }), averageValue }),
  };
}

function countOf(question: MetricQuestion, { name, target, container }: ResourceMetric): ReplicaCount {
  const { metrics, known } = podMetrics(question, name, container);
  if (known === 0) {
    return {
      kind: "failed",
      message: `unable to get metrics for resource ${name}: no metrics returned from resource metrics API`,
    };
  }
  const { plane, pods, scale } = question;
  const asked: ReplicaQuestion = {
    currentReplicas: scale.replicas,
    pods,
    metrics,
    isCpu: name === "cpu",
    tolerances: tolerancesOf(question),
    nowMs: plane.world.clock.now(),
    initializationMs: durationMs(plane.world, "horizontalPodAutoscalers.cpuInitialization", plane.world.random),
    readinessDelayMs: durationMs(plane.world, "horizontalPodAutoscalers.readinessDelay", plane.world.random),
  };
  if (target.averageValue !== undefined) return replicasForAverage(asked, milli(target.averageValue));
  const podLevel = isAtLeast(plane.kubernetesVersion(), "1.34");
  return replicasForUtilization(asked, target.averageUtilization ?? 0, (pod) =>
    requestOf(pod, { resource: name, container, podLevel }),
  );
}

/** `known`: of how many pods the resource metrics API tells anything at all. */
function podMetrics({ sources, pods }: MetricQuestion, resource: string, container: string | undefined) {
  const metrics = new Map<string, PodMetric>();
  let known = 0;
  for (const { metadata, status } of pods) {
    if (status?.phase !== "Running") continue;
    const sample = sources.resources.pod(metadata.namespace ?? "", metadata.name);
    if (!sample) continue;
    known += 1;
    const value = usageOf(sample, resource, container);
    if (value !== undefined)
      metrics.set(metadata.name, { value, atMs: Math.floor(sample.atMs / 1_000) * 1_000, windowMs: sample.windowMs });
  }
  return { metrics, known };
}

function usageOf({ containers }: PodSample, resource: string, container: string | undefined): number | undefined {
  const counted = container === undefined ? containers : containers.filter(({ name }) => name === container);
  if (counted.length === 0 || (resource !== "cpu" && resource !== "memory")) return undefined;
  return counted.reduce(
    // A quantity is rounded up to thousandths, each container's on its own.
    (sum, { cpuMillicores, memoryBytes }) =>
      sum + (resource === "cpu" ? Math.ceil(cpuMillicores) : memoryBytes * 1_000),
    0,
  );
}

function ofObject(
  { autoscaler }: MetricQuestion,
  { metric, describedObject, target }: Extract<MetricSpec, { type: "Object" }>["object"],
): Proposal {
  const { namespace = "" } = autoscaler.metadata;
  // The words stand in this order in the real message.
  const message = `unable to get metric ${metric.name}: ${describedObject.kind ?? ""} on ${namespace} ${describedObject.name}/${noCustomMetrics}`;
  const inner = target.averageValue === undefined ? "" : `: failed to get ${metric.name} object metric`;
  return failed("FailedGetObjectMetric", message, `failed to get object metric value${inner}`);
}

function ofExternal(question: MetricQuestion, metric: MetricIdentifier, target: MetricTarget): Proposal {
  const { autoscaler, scale, pods, sources } = question;
  const value = sources.external.valueOf(autoscaler, metric.name);
  const selector = selectorDump(metric);
  const averaged = target.averageValue !== undefined;
  if (value === undefined) {
    const where = `${autoscaler.metadata.namespace ?? ""}/${metric.name}/${selector}`;
    const message = `unable to get external metric ${where}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get ${metric.name}.external.metrics.k8s.io)`;
    const inner = averaged ? `${metric.name} external metric` : `external metric ${metric.name}`;
    return failed(
      "FailedGetExternalMetric",
      message,
      `failed to get ${metric.name} external metric value: failed to get ${inner}`,
    );
  }
  const total = value * 1_000;
  const tolerances = tolerancesOf(question);
  const readyCount = pods.filter(isRunningAndReady).length;
  const current = scale.currentReplicas;
  const replicas = averaged
    ? replicasForTotal(total, milli(target.averageValue), current, tolerances)
    : replicasForRatio(total / milli(target.value), readyCount, scale.replicas, tolerances);
  const shown = averaged
    ? { averageValue: decimal(Math.ceil(total / Math.max(1, current))) }
    : { value: decimal(total) };
  return {
    kind: "proposal",
    replicas,
    name: `external metric ${metric.name}(${selector})`,
    status: { type: "External", external: { metric, current: shown } },
  };
}

function isRunningAndReady({ status }: Pod): boolean {
  return (
    status?.phase === "Running" &&
    (status.conditions ?? []).some((one) => one.type === "Ready" && one.status === "True")
  );
}

/** Its own tolerances count from 1.35, when HPAConfigurableTolerance became beta. */
function tolerancesOf({ autoscaler, plane }: MetricQuestion): Tolerances {
  const { scaleUp, scaleDown } = isAtLeast(plane.kubernetesVersion(), "1.35") ? (autoscaler.spec.behavior ?? {}) : {};
  return {
    up: parseQuantity(scaleUp?.tolerance) ?? defaultTolerance,
    down: parseQuantity(scaleDown?.tolerance) ?? defaultTolerance,
  };
}

/** As Go prints the pointer to a selector. */
function selectorDump({ selector }: MetricIdentifier): string {
  if (!selector) return "nil";
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}: ${value},`);
  const map = labels.toSorted((a, b) => (a < b ? -1 : 1)).join("");
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${map}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}

function milli(quantity: string | number | undefined): number {
  return Math.ceil((parseQuantity(quantity) ?? 0) * 1_000 - 1e-6);
}

function decimal(thousandths: number): string {
  return quantityText(thousandths, 1_000, ["m", "", "k", "M", "G", "T"]);
}

function binary(thousandths: number): string {
  return quantityText(Math.ceil(thousandths / 1_000), 1_024, ["", "Ki", "Mi", "Gi", "Ti"]);
}

function failed(reason: string, message: string, failure: string): Proposal {
  return { kind: "failed", reason, message, failure: `${failure}: ${message}` };
}
