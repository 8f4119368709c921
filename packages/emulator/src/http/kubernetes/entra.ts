import type { Cluster } from "../../world/cluster.ts";
import type { UserInfo } from "../../world/kubernetes/access/user.ts";
import { at, listAt } from "../../world/kubernetes/json.ts";
import type { TokenIssuer } from "../identity/tokens.ts";

/** The application that stands for the API servers of all AKS clusters, and that of its clients (AKS docs: kubelogin). */
export const serverAppId = "6dae42f8-4368-4678-94ff-3960e28e3630";
export const clientAppId = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";

/**
 * Who has a token of Entra, on a cluster with managed integration; undefined for tokens that are not for it. The one
 * principal of the embedded Azure is a member of every group, and with Azure RBAC it may do everything.
 * `aadProfileOf` gives the cluster's profile as Azure Resource Manager has it.
 */
export function entraAuthentication(
  tokens: TokenIssuer,
  aadProfileOf: (cluster: Cluster) => unknown,
): (cluster: Cluster, token: string) => UserInfo | undefined {
  return (cluster, token) => {
    const profile = aadProfileOf(cluster);
    if (at(profile, "managed") !== true) return undefined;
    const check = tokens.verify(token);
    if (check.kind !== "valid" || check.audience.replace(/^(api|spn):\/\//, "") !== serverAppId) return undefined;
    const groups = listAt(profile, "adminGroupObjectIDs").filter((group) => typeof group === "string");
    bindAdminGroups(cluster, groups);
    const allowedByAzure = at(profile, "enableAzureRBAC") === true;
    return {
      username: check.principal,
      groups: [...groups, "system:authenticated"],
      ...(allowedByAzure ? { allowedByAzure } : {}),
    };
  };
}

const bindings = { group: "rbac.authorization.k8s.io", resource: "clusterrolebindings" };
const bindingName = "aks-cluster-admin-binding-aad";

/** AKS binds the groups of administrators to `cluster-admin`. */
function bindAdminGroups({ store }: Cluster, groups: readonly string[]): void {
  const apiGroup = bindings.group;
  const subjects = groups.map((name) => ({ apiGroup, kind: "Group", name }));
  const binding = {
    apiVersion: `${apiGroup}/v1`,
    kind: "ClusterRoleBinding",
    metadata: {
      name: bindingName,
      labels: { "addonmanager.kubernetes.io/mode": "Reconcile", "kubernetes.io/cluster-service": "true" },
    },
    roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
    subjects,
  };
  if (store.create(bindings, binding)) return;
  store.update(bindings, undefined, bindingName, (current) =>
    JSON.stringify(current["subjects"]) === JSON.stringify(subjects) ? current : { ...current, subjects },
  );
}
