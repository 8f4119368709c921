import type { ScaleRule as AzureScaleRule, Scale, ScaleRuleAuth } from "@azure/arm-appcontainers";
import { approximated, type NotEquivalent } from "@fairway/core";
import type { App, ScaleRule } from "@fairway/model";

export function scaleOf({ scale }: App): Scale {
  return {
    minReplicas: scale.min,
    maxReplicas: scale.max,
    pollingInterval: scale.pollingSeconds,
    cooldownPeriod: scale.cooldownSeconds,
    ...(scale.rules.length > 0 ? { rules: scale.rules.map(ruleOf) } : {}),
  };
}

/** Rules that read a queue without a connection string do so as the app itself. */
export function needsIdentity({ scale }: App): boolean {
  return scale.rules.some((rule) => rule.type === "serviceBus" && rule.connectionSecret === undefined);
}

export function scaleRemarks({ scale, ingress }: App): NotEquivalent[] {
  if (scale.rules.length > 0 || ingress.exposure === "none" || scale.min === scale.max) return [];
  return [approximated("scale.rules", "Without rules, Container Apps scales at 10 concurrent requests per replica.")];
}

/** Names are unique within the app: the type and its place in the list. */
function ruleOf(rule: ScaleRule, index: number): AzureScaleRule {
  const name = `${rule.type.toLowerCase()}-${index}`;
  switch (rule.type) {
    case "http":
      return { name, http: { metadata: { concurrentRequests: String(rule.concurrentRequests) } } };
    case "cpu":
    case "memory":
      return { name, custom: { type: rule.type, metadata: { type: "Utilization", value: String(rule.utilization) } } };
    case "serviceBus":
      return {
        name,
        custom: { type: "azure-servicebus", metadata: serviceBusMetadata(rule), ...serviceBusAccess(rule) },
      };
    case "cron": {
      const { timezone, start, end, replicas } = rule;
      return { name, custom: { type: "cron", metadata: { timezone, start, end, desiredReplicas: String(replicas) } } };
    }
    case "keda":
      return { name, custom: { type: rule.trigger, metadata: rule.metadata, ...authOf(rule.auth) } };
  }
}

type ServiceBusRule = Extract<ScaleRule, { type: "serviceBus" }>;

// https://keda.sh/docs/latest/scalers/azure-service-bus/
function serviceBusMetadata(rule: ServiceBusRule): Record<string, string> {
  return {
    namespace: rule.namespace,
    ...(rule.queue === undefined ? {} : { queueName: rule.queue }),
    ...(rule.topic === undefined ? {} : { topicName: rule.topic }),
    ...(rule.subscription === undefined ? {} : { subscriptionName: rule.subscription }),
    messageCount: String(rule.messageCount),
    activationMessageCount: String(rule.activationMessageCount),
  };
}

function serviceBusAccess({ connectionSecret }: ServiceBusRule): { identity: string } | { auth: ScaleRuleAuth[] } {
  if (connectionSecret === undefined) return { identity: "system" };
  return { auth: [{ secretRef: connectionSecret, triggerParameter: "connection" }] };
}

function authOf(auth: Extract<ScaleRule, { type: "keda" }>["auth"]): { auth?: ScaleRuleAuth[] } {
  if (auth.length === 0) return {};
  return { auth: auth.map(({ secret, parameter }) => ({ secretRef: secret, triggerParameter: parameter })) };
}
