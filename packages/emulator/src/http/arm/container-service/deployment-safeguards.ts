import type { RequestBody } from "../../../world/container-service/request-body.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import type { ChildRules, ChildScope } from "./child-rules.ts";

/** What a cluster's deployments are held to, an extension of it: there is one, `default` (AKS docs, deployment safeguards). */
export const deploymentSafeguardRules: ChildRules = {
  slow: true,
  creating: "Creating",
  hasETag: true,
  hasLocation: false,
  properties: deploymentSafeguard,
};

/** Where it stands below its cluster. */
export function safeguardId({ subscription, resourceGroup, name }: ManagedCluster, safeguard: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerService/managedClusters/${name}/providers/Microsoft.ContainerService/deploymentSafeguards/${safeguard}`;
}

function deploymentSafeguard({ existing }: ChildScope, sent: RequestBody): Record<string, unknown> {
  const before = existing?.properties;
  const level = sent.oneOf("level", ["Warn", "Enforce"]) ?? before?.["level"] ?? "Warn";
  const standards = sent.oneOf("podSecurityStandardsLevel", ["Privileged", "Baseline", "Restricted"]);
  const excludedNamespaces = sent.texts("excludedNamespaces");
  return {
    level,
    podSecurityStandardsLevel: standards ?? before?.["podSecurityStandardsLevel"] ?? "Privileged",
    ...(excludedNamespaces?.length ? { excludedNamespaces } : {}),
    systemExcludedNamespaces,
  };
}

const systemExcludedNamespaces = [
  "aks-command",
  "kube-system",
  "calico-system",
  "tigera-system",
  "gatekeeper-system",
  "azappconfig-system",
  "azureml",
  "dapr-system",
  "dataprotection-microsoft",
  "flux-system",
  "acstor",
  "sc-system",
  "azure-extensions-usage-system",
  "app-routing-system",
  "aks-periscope",
  "aks-istio-system",
  "aks-istio-ingress",
  "aks-istio-egress",
];
