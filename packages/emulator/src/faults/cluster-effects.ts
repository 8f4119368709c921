import type { Cluster } from "../world/cluster.ts";
import type { Effect, EffectContext } from "./effect.ts";
import { FaultError } from "./parameters.ts";

export function loseNode(cluster: Cluster, node: string): Effect {
  if (!cluster.store.get({ group: "", resource: "nodes" }, undefined, node)) {
    const names = cluster.store.list({ group: "", resource: "nodes" }).map(({ metadata }) => metadata.name);
    const hint = `Its nodes are ${names.join(", ") || "not there yet"}.`;
    throw new FaultError("parameters.node", `Cluster ${cluster.name} has no node ${node}.`, hint);
  }
  return {
    begin() {
      cluster.loseNode(node);
      return "over";
    },
  };
}

/** Reports of replaced control planes say up to five minutes. */
const longestGapSeconds = 300;

export function cutOff(cluster: Cluster, { targets, id }: EffectContext): Effect {
  return { defaultSeconds: longestGapSeconds, begin: () => targets.outages.begin(cluster, id) };
}

const budgets = { group: "policy", resource: "poddisruptionbudgets" };

/** A budget that asks for more pods than there are passes the check before an upgrade; one that allows nothing does not. */
export function createBudget(
  cluster: Cluster,
  target: { readonly namespace: string; readonly selector?: Readonly<Record<string, string>> },
  id: string,
  kind: "never met" | "allows nothing",
): Effect {
  const { namespace, selector = {} } = target;
  if (!cluster.store.get({ group: "", resource: "namespaces" }, undefined, namespace)) {
    const hint = "Create it first, or name another one.";
    throw new FaultError("parameters.namespace", `Cluster ${cluster.name} has no namespace ${namespace}.`, hint);
  }
  const name = `hidden-${id}`;
  const limit = kind === "never met" ? { minAvailable: 1_000 } : { maxUnavailable: 0 };
  return {
    begin() {
      cluster.store.create(budgets, {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name, namespace, labels: { "app.kubernetes.io/managed-by": "Helm" } },
        spec: { ...limit, selector: { matchLabels: { ...selector } } },
      });
      return () => void cluster.store.delete(budgets, namespace, name);
    },
  };
}

export const webhooks = { group: "admissionregistration.k8s.io", resource: "validatingwebhookconfigurations" };

export function deadWebhookName(id: string): string {
  return `policy-${id}`;
}

/** The configuration of a policy engine whose pods are down. Whoever deletes it is free again. */
export function deadWebhook(cluster: Cluster, id: string, webhook = "validate.policy.fairway.test"): Effect {
  const name = deadWebhookName(id);
  const service = { namespace: "policy-system", name: "policy-webhook", path: "/validate", port: 443 };
  return {
    begin() {
      cluster.store.create(webhooks, {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name },
        webhooks: [
          {
            name: webhook,
            clientConfig: { service },
            rules: [
              {
                apiGroups: ["*"],
                apiVersions: ["*"],
                operations: ["CREATE", "UPDATE"],
                resources: ["*"],
                scope: "Namespaced",
              },
            ],
            failurePolicy: "Fail",
            matchPolicy: "Equivalent",
            namespaceSelector: {
              matchExpressions: [
                { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system", "policy-system"] },
              ],
            },
            objectSelector: {},
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
            timeoutSeconds: 10,
          },
        ],
      });
      return () => void cluster.store.delete(webhooks, undefined, name);
    },
  };
}
