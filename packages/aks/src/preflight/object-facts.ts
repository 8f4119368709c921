import type {
  AutoscalerFacts,
  BudgetFacts,
  NodeFacts,
  ObjectWrite,
  ServiceFacts,
  WebhookFacts,
  WorkloadFacts,
} from "@fairway/core";
import type {
  KubernetesObject,
  V1Deployment,
  V1Node,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1Service,
  V1StatefulSet,
  V1ValidatingWebhookConfiguration,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { resourcesOf, selectorOf } from "./pod-facts.ts";

export function nodeFacts({ metadata, spec, status }: V1Node): NodeFacts {
  const labels = metadata?.labels ?? {};
  const conditions = status?.conditions ?? [];
  const allocatable = status?.allocatable ?? {};
  return {
    name: metadata?.name ?? "",
    pool: labels["kubernetes.azure.com/agentpool"] ?? labels["agentpool"] ?? "",
    version: (status?.nodeInfo?.kubeletVersion ?? "").replace(/^v/, ""),
    labels,
    taints: (spec?.taints ?? []).map(({ key, value = "", effect }) => ({ key, value, effect })),
    isReady: conditions.some(({ type, status: value }) => type === "Ready" && value === "True"),
    isSchedulable: spec?.unschedulable !== true,
    pressures: conditions
      .filter(({ type, status: value }) => type.endsWith("Pressure") && value === "True")
      .map(({ type }) => type),
    allocatable: { ...resourcesOf(allocatable), pods: Number(allocatable["pods"] ?? "110") },
  };
}

export function workloadFacts(
  kind: string,
  { metadata, spec }: V1Deployment | V1StatefulSet | V1ReplicaSet,
): WorkloadFacts {
  return {
    kind,
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
    replicas: spec?.replicas ?? 1,
    minReadySeconds: spec?.minReadySeconds ?? 0,
    labels: metadata?.labels ?? {},
  };
}

export function budgetFacts({ metadata, spec }: V1PodDisruptionBudget): BudgetFacts {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec ?? {};
  return {
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
    labels: metadata?.labels ?? {},
    ...(selector ? { selector: selectorOf(selector) } : {}),
    ...(minAvailable === undefined ? {} : { minAvailable: String(minAvailable) }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable: String(maxUnavailable) }),
    unhealthyPolicy: unhealthyPodEvictionPolicy ?? "IfHealthyBudget",
  };
}

export function serviceFacts({ metadata, spec }: V1Service): ServiceFacts {
  return { namespace: metadata?.namespace ?? "", name: metadata?.name ?? "", selector: spec?.selector ?? {} };
}

export function autoscalerFacts({ metadata, spec, status }: V2HorizontalPodAutoscaler): AutoscalerFacts {
  return {
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
    target: { kind: spec?.scaleTargetRef.kind ?? "", name: spec?.scaleTargetRef.name ?? "" },
    currentReplicas: status?.currentReplicas ?? 0,
    maxReplicas: spec?.maxReplicas ?? 0,
  };
}

export function webhookFacts(
  kind: WebhookFacts["kind"],
  { metadata, webhooks = [] }: V1ValidatingWebhookConfiguration,
): readonly WebhookFacts[] {
  return webhooks.map(({ name, failurePolicy, timeoutSeconds, clientConfig, rules = [] }) => ({
    kind,
    configuration: metadata?.name ?? "",
    name,
    failurePolicy: failurePolicy ?? "Fail",
    timeoutSeconds: timeoutSeconds ?? 10,
    ...(clientConfig.service
      ? { service: { namespace: clientConfig.service.namespace, name: clientConfig.service.name } }
      : {}),
    coversPods: rules.some(({ resources = [] }) => resources.some((one) => /^(\*|pods)(\/.*)?$/.test(one))),
  }));
}

/** Under which versions of its API an object was written: by server-side apply and updates, and by kubectl apply. */
export function writesOf(kind: string, { metadata }: KubernetesObject): readonly ObjectWrite[] {
  const written = (apiVersion: string, by: string): ObjectWrite => ({
    kind,
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
    apiVersion,
    by,
  });
  const managed = (metadata?.managedFields ?? []).flatMap(({ apiVersion, manager }) =>
    apiVersion === undefined ? [] : [written(apiVersion, manager ?? "somebody")],
  );
  const applied = appliedVersion(metadata?.annotations?.["kubectl.kubernetes.io/last-applied-configuration"]);
  return applied === undefined ? managed : [...managed, written(applied, "kubectl apply")];
}

function appliedVersion(text: string | undefined): string | undefined {
  return text === undefined ? undefined : /"apiVersion"\s*:\s*"([^"]+)"/.exec(text)?.[1];
}
