/** `GET /providers/Microsoft.ContainerService/operations`: the permissions of everything that is emulated. */
export function operationList(): readonly unknown[] {
  const crud = Object.entries(resources).flatMap(([type, [singular, ...verbs]]) =>
    verbs.map((verb) => operation(`${type}/${verb}`, `${words[verb]} ${singular}`, singular)),
  );
  const posts = Object.entries(actions).map(([path, text]) => operation(`${path}/action`, text, resourceOf(path)));
  return [...crud, ...posts];
}

type Verb = "read" | "write" | "delete";

const words: Readonly<Record<Verb, string>> = { read: "Get", write: "Create or Update", delete: "Delete" };

const resources: Readonly<Record<string, readonly [resource: string, ...verbs: Verb[]]>> = {
  operations: ["Available Container Service Operations", "read"],
  "locations/operations": ["Operation", "read"],
  "locations/operationresults": ["OperationResult", "read"],
  "locations/orchestrators": ["Orchestrator", "read"],
  "locations/kubernetesVersions": ["Kubernetes Versions", "read"],
  "locations/meshRevisionProfiles": ["Mesh Revision Profiles", "read"],
  "locations/trustedAccessRoles": ["Trusted Access Roles", "read"],
  managedClusters: ["Managed Cluster", "read", "write", "delete"],
  "managedClusters/accessProfiles": ["Access Profile", "read"],
  "managedClusters/agentPools": ["Agent Pool", "read", "write", "delete"],
  "managedClusters/agentPools/machines": ["Machine", "read"],
  "managedClusters/agentPools/upgradeProfiles": ["Agent Pool Upgrade Profile", "read"],
  "managedClusters/agentPools/upgradeNodeImageVersion": ["Agent Pool Node Image Version", "write"],
  "managedClusters/availableAgentPoolVersions": ["Available Agent Pool Versions", "read"],
  "managedClusters/commandResults": ["Command Result", "read"],
  "managedClusters/identityBindings": ["Identity Binding", "read", "write", "delete"],
  "managedClusters/jwtAuthenticators": ["JWT Authenticator", "read", "write", "delete"],
  "managedClusters/loadBalancers": ["Load Balancer", "read", "write", "delete"],
  "managedClusters/maintenanceConfigurations": ["Maintenance Configuration", "read", "write", "delete"],
  "managedClusters/managedNamespaces": ["Managed Namespace", "read", "write", "delete"],
  "managedClusters/meshMemberships": ["Mesh Membership", "read", "write", "delete"],
  "managedClusters/meshUpgradeProfiles": ["Mesh Upgrade Profile", "read"],
  "managedClusters/privateEndpointConnections": ["Private Endpoint Connection", "read", "write", "delete"],
  "managedClusters/trustedAccessRoleBindings": ["Trusted Access Role Binding", "read", "write", "delete"],
  "managedClusters/upgradeProfiles": ["Upgrade Profile", "read"],
  snapshots: ["Snapshot", "read", "write", "delete"],
};

/** Path to what the action is called. */
const actions: Readonly<Record<string, string>> = {
  register: "Register Subscription for Container Service",
  "managedClusters/abort": "Abort Latest Operation of Managed Cluster",
  "managedClusters/accessProfiles/listCredential": "Get Managed Cluster Access Profile by List Credential",
  "managedClusters/agentPools/abort": "Abort Latest Operation of Agent Pool",
  "managedClusters/agentPools/completeUpgrade": "Complete Upgrade of Agent Pool",
  "managedClusters/agentPools/deleteMachines": "Delete Machines of Agent Pool",
  "managedClusters/listClusterAdminCredential": "List clusterAdmin credential",
  "managedClusters/listClusterMonitoringUserCredential": "List clusterMonitoringUser credential",
  "managedClusters/listClusterUserCredential": "List clusterUser credential",
  "managedClusters/managedNamespaces/listCredential": "List credential of Managed Namespace",
  "managedClusters/rebalanceLoadBalancers": "Rebalance Load Balancers",
  "managedClusters/resetAADProfile": "Reset AAD profile",
  "managedClusters/resetServicePrincipalProfile": "Reset service principal profile",
  "managedClusters/resolvePrivateLinkServiceId": "Resolve private link service id",
  "managedClusters/rotateClusterCertificates": "Rotate certificates of the cluster",
  "managedClusters/rotateServiceAccountSigningKeys": "Rotate service account signing keys of the cluster",
  "managedClusters/runCommand": "Run Command",
  "managedClusters/start": "Start Managed Cluster",
  "managedClusters/stop": "Stop Managed Cluster",
};

function resourceOf(path: string): string {
  return resources[path.slice(0, path.lastIndexOf("/"))]?.[0] ?? "Container Service";
}

function operation(path: string, text: string, resource: string): unknown {
  return {
    name: `Microsoft.ContainerService/${path}`,
    origin: "user,system",
    display: { provider: "Microsoft Container Service", resource, operation: text, description: text },
  };
}
