import { approximated, ignored, type NotEquivalent } from "@fairway/core";
import { type App, type ScaleRule, unreachable } from "@fairway/model";
import type { V2HorizontalPodAutoscaler, V2MetricSpec } from "@kubernetes/client-node";
import { revisionLabels } from "../names.ts";
import type { Manifest, RevisionContext } from "./manifest.ts";
import { secretReference } from "./secrets.ts";

export interface ScalingContext extends RevisionContext {
  /** Whether the cluster has KEDA (`keda.sh` in its API groups). */
  readonly keda: boolean;
}

/** CPU use at which replicas are added when nothing better can be measured; the default of the HorizontalPodAutoscaler. */
const defaultCpuUtilization = 80;

/** What lets an app's replicas follow its load: a ScaledObject, an HPA, or nothing when the number is fixed. */
export function renderScaling(app: App, context: ScalingContext): Manifest[] {
  if (!isScaled(app, context.keda)) return [];
  return context.keda ? renderScaledObject(app, context) : [renderAutoscaler(app, context)];
}

/** Otherwise the number of replicas is fixed: `startReplicas`. */
export function isScaled(app: App, keda: boolean): boolean {
  return app.scale.max > lowestReplicas(app, keda);
}

/** Replicas that a revision starts with. It starts with one even if it may go to zero, to show that it can run. */
export function startReplicas(app: App): number {
  return Math.max(1, app.scale.min);
}

export function scalingRemarks(app: App, keda: boolean): NotEquivalent[] {
  const remarks: NotEquivalent[] = [];
  if (app.scale.min === 0 && lowestReplicas(app, keda) === 1) remarks.push(keepsOneReplica);
  if (!isScaled(app, keda)) return remarks;
  if (app.scale.rules.length === 0) remarks.push(noRule);
  app.scale.rules.forEach((rule, index) => remarks.push(...ruleRemarks(rule, `scale.rules[${index}]`, keda)));
  if (!keda && app.scale.pollingSeconds !== 30) remarks.push(fixedPolling);
  return remarks;
}

const keepsOneReplica = approximated(
  "scale.min",
  "One replica stays: only a serviceBus, cron or keda rule, with KEDA in the cluster, can wake an app from zero.",
);

const noRule = approximated("scale.rules", `Without a rule replicas follow CPU at ${defaultCpuUtilization} %.`);

const fixedPolling = ignored(
  "scale.pollingSeconds",
  "The HorizontalPodAutoscaler looks every 15 seconds; only KEDA can be told otherwise.",
);

function ruleRemarks(rule: ScaleRule, path: string, keda: boolean): NotEquivalent[] {
  switch (rule.type) {
    case "http":
      return [
        approximated(
          path,
          `Requests in flight are not counted here without KEDA's HTTP add-on: replicas follow CPU at ${defaultCpuUtilization} %.`,
        ),
      ];
    case "cpu":
    case "memory":
      return keda ? [] : [approximated(path, "KEDA is not in the cluster: a HorizontalPodAutoscaler does it.")];
    case "serviceBus":
    case "cron":
    case "keda":
      return keda
        ? []
        : [ignored(path, "KEDA is not in the cluster. Switch the AKS add-on on: az aks update --enable-keda.")];
    default:
      return unreachable(rule);
  }
}

/** Zero only where something outside of the replicas can wake them. */
function lowestReplicas(app: App, keda: boolean): number {
  return keda && app.scale.rules.some(canWake) ? app.scale.min : Math.max(1, app.scale.min);
}

function canWake(rule: ScaleRule): boolean {
  return rule.type === "serviceBus" || rule.type === "cron" || rule.type === "keda";
}

// ---------------------------------------------------------------- HPA

function renderAutoscaler(app: App, context: RevisionContext): V2HorizontalPodAutoscaler & Manifest {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadata(app, context, context.revision),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: context.revision },
      minReplicas: lowestReplicas(app, false),
      maxReplicas: app.scale.max,
      metrics: resourceTargets(app).map(
        ({ resource, utilization }): V2MetricSpec => ({
          type: "Resource",
          resource: { name: resource, target: { type: "Utilization", averageUtilization: utilization } },
        }),
      ),
    },
  };
}

interface ResourceTarget {
  readonly resource: "cpu" | "memory";
  readonly utilization: number;
}

/** One per resource, since an HPA may name each only once: the strictest. Without any rule that it can follow: CPU. */
function resourceTargets(app: App): ResourceTarget[] {
  const lowest = new Map<ResourceTarget["resource"], number>();
  for (const rule of app.scale.rules) {
    const target = resourceTarget(rule);
    if (target) lowest.set(target.resource, Math.min(target.utilization, lowest.get(target.resource) ?? 100));
  }
  if (lowest.size === 0) return [{ resource: "cpu", utilization: defaultCpuUtilization }];
  return [...lowest].map(([resource, utilization]) => ({ resource, utilization }));
}

function resourceTarget(rule: ScaleRule): ResourceTarget | undefined {
  if (rule.type === "cpu" || rule.type === "memory") return { resource: rule.type, utilization: rule.utilization };
  return rule.type === "http" ? { resource: "cpu", utilization: defaultCpuUtilization } : undefined;
}

// ---------------------------------------------------------------- KEDA

interface Trigger {
  readonly type: string;
  readonly metricType?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly authenticationRef?: { readonly name: string };
}

/** A ScaledObject (KEDA 2.x, keda.sh/v1alpha1) and what its triggers need to log in. */
function renderScaledObject(app: App, context: RevisionContext): Manifest[] {
  const authentications = app.scale.rules.flatMap((rule, index) => renderAuthentication(app, context, rule, index));
  const eventTriggers = app.scale.rules.flatMap((rule, index) =>
    eventTrigger(rule, authenticationName(context, index)),
  );
  const needsResources = eventTriggers.length === 0 || app.scale.rules.some((rule) => resourceTarget(rule));
  return [
    ...authentications,
    {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: metadata(app, context, context.revision),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: context.revision },
        pollingInterval: app.scale.pollingSeconds,
        cooldownPeriod: app.scale.cooldownSeconds,
        minReplicaCount: lowestReplicas(app, true),
        maxReplicaCount: app.scale.max,
        triggers: [...(needsResources ? resourceTargets(app).map(resourceTrigger) : []), ...eventTriggers],
      },
    },
  ];
}

function resourceTrigger({ resource, utilization }: ResourceTarget): Trigger {
  return { type: resource, metricType: "Utilization", metadata: { value: String(utilization) } };
}

function eventTrigger(rule: ScaleRule, authentication: string): Trigger[] {
  switch (rule.type) {
    case "serviceBus":
      return [
        {
          type: "azure-servicebus",
          metadata: {
            namespace: rule.namespace,
            ...(rule.queue === undefined ? {} : { queueName: rule.queue }),
            ...(rule.topic === undefined ? {} : { topicName: rule.topic }),
            ...(rule.subscription === undefined ? {} : { subscriptionName: rule.subscription }),
            messageCount: String(rule.messageCount),
            activationMessageCount: String(rule.activationMessageCount),
          },
          authenticationRef: { name: authentication },
        },
      ];
    case "cron":
      return [
        {
          type: "cron",
          metadata: {
            timezone: rule.timezone,
            start: rule.start,
            end: rule.end,
            desiredReplicas: String(rule.replicas),
          },
        },
      ];
    case "keda":
      return [
        {
          type: rule.trigger,
          metadata: rule.metadata,
          ...(rule.auth.length > 0 ? { authenticationRef: { name: authentication } } : {}),
        },
      ];
    case "http":
    case "cpu":
    case "memory":
      return [];
    default:
      return unreachable(rule);
  }
}

function renderAuthentication(app: App, context: RevisionContext, rule: ScaleRule, index: number): Manifest[] {
  const spec = authenticationSpec(context, rule);
  if (!spec) return [];
  return [
    {
      apiVersion: "keda.sh/v1alpha1",
      kind: "TriggerAuthentication",
      metadata: metadata(app, context, authenticationName(context, index)),
      spec,
    },
  ];
}

function authenticationSpec(context: RevisionContext, rule: ScaleRule): Record<string, unknown> | undefined {
  if (rule.type === "serviceBus") {
    return rule.connectionSecret === undefined
      ? { podIdentity: { provider: "azure-workload" } }
      : { secretTargetRef: [{ parameter: "connection", ...secretReference(context, rule.connectionSecret) }] };
  }
  if (rule.type !== "keda" || rule.auth.length === 0) return undefined;
  return {
    secretTargetRef: rule.auth.map(({ secret, parameter }) => ({ parameter, ...secretReference(context, secret) })),
  };
}

function authenticationName(context: RevisionContext, ruleIndex: number): string {
  return `${context.revision}-${ruleIndex}`;
}

function metadata(app: App, context: RevisionContext, name: string): Manifest["metadata"] {
  return { name, namespace: context.namespace, labels: revisionLabels(app.name, context.revision) };
}
