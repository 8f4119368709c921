import type { ArmResponse } from "../../../world/arm/provider.ts";

/** `GET …/locations/{location}/trustedAccessRoles`: what other services may ask to do in a cluster (AKS docs, trusted access). */
export function trustedAccessRoles(): ArmResponse {
  return { status: 200, body: { value: roles } };
}

const roles = [
  role("Microsoft.MachineLearningServices/workspaces", "mlworkload", ["*"], ["", "apps", "batch"], ["*"]),
  role("Microsoft.MachineLearningServices/workspaces", "inference-v1", ["get", "list"], [""], ["pods", "services"]),
  role("Microsoft.DataProtection/backupVaults", "backup-operator", ["get", "list", "create"], ["*"], ["*"]),
  role("Microsoft.CognitiveServices/accounts", "cognitive-reader", ["get"], [""], ["pods"]),
];

function role(
  sourceResourceType: string,
  name: string,
  verbs: readonly string[],
  apiGroups: readonly string[],
  resources: readonly string[],
) {
  return {
    sourceResourceType,
    name,
    rules: [{ verbs, apiGroups, resources, resourceNames: [], nonResourceURLs: [] }],
  };
}
