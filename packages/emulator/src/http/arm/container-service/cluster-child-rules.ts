import type { ChildKind } from "../../../world/container-service/cluster-children.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { isPrivate } from "../../../world/container-service/private-cluster.ts";
import { invalidParameter, missingParameter, type RequestBody } from "../../../world/container-service/request-body.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import type { ChildRules, ChildScope } from "./child-rules.ts";
import { deploymentSafeguardRules } from "./deployment-safeguards.ts";
import { managedNamespaceRules } from "./managed-namespaces.ts";

/** How each kind is written (arm-wire for identity bindings, examples of the AKS REST API for the others). */
export const childRules: Readonly<Record<ChildKind, ChildRules>> = {
  deploymentSafeguards: deploymentSafeguardRules,
  identityBindings: {
    slow: true,
    creating: "Creating",
    hasETag: true,
    hasLocation: false,
    properties: identityBinding,
  },
  loadBalancers: {
    slow: true,
    creating: "Creating",
    hasETag: false,
    hasLocation: false,
    properties: loadBalancer,
  },
  jwtAuthenticators: {
    slow: true,
    creating: "Creating",
    hasETag: false,
    hasLocation: false,
    properties: jwtAuthenticator,
  },
  managedNamespaces: managedNamespaceRules,
  meshMemberships: {
    slow: true,
    creating: "Creating",
    hasETag: false,
    hasLocation: false,
    properties: meshMembership,
  },
  privateEndpointConnections: {
    slow: false,
    creating: "Creating",
    hasETag: false,
    hasLocation: false,
    properties: connection,
  },
  trustedAccessRoleBindings: {
    slow: true,
    alwaysCreated: true,
    creating: "Updating",
    hasETag: false,
    hasLocation: false,
    properties: trustedBinding,
  },
};

/** One more load balancer for services, in front of a pool of its own (AKS docs, multiple standard load balancers). */
function loadBalancer({ cluster, existing }: ChildScope, sent: RequestBody): Record<string, unknown> {
  const primaryAgentPoolName = sent.text("primaryAgentPoolName") ?? existing?.properties["primaryAgentPoolName"];
  if (typeof primaryAgentPoolName !== "string") throw missingParameter(sent.pathOf("primaryAgentPoolName"));
  if (!cluster.pools.has(primaryAgentPoolName.toLowerCase())) {
    const text = `names no agent pool of the cluster: '${primaryAgentPoolName}'`;
    throw invalidParameter(sent.pathOf("primaryAgentPoolName"), text);
  }
  return { allowServicePlacement: true, ...sent.sent(), primaryAgentPoolName };
}

/** Who signs tokens that the API server is to take, and what it takes from them (AKS docs, external identity providers). */
function jwtAuthenticator(_: ChildScope, sent: RequestBody): Record<string, unknown> {
  const issuer = sent.object("issuer");
  const url = issuer?.text("url");
  if (!issuer || url === undefined) throw missingParameter(sent.pathOf("issuer.url"));
  if (!url.startsWith("https://")) throw invalidParameter(issuer.pathOf("url"), `must begin with https://: '${url}'`);
  if (!issuer.texts("audiences")?.length) throw missingParameter(issuer.pathOf("audiences"));
  const claims = sent.object("claimMappings");
  if (!claims?.object("username")?.text("expression")) {
    throw missingParameter(sent.pathOf("claimMappings.username.expression"));
  }
  return sent.sent();
}

function meshMembership(_: ChildScope, sent: RequestBody): Record<string, unknown> {
  const managedMeshID = sent.text("managedMeshID");
  if (managedMeshID === undefined) throw missingParameter(sent.pathOf("managedMeshID"));
  return sent.sent();
}

function trustedBinding(_: ChildScope, sent: RequestBody): Record<string, unknown> {
  const sourceResourceId = sent.text("sourceResourceId");
  const roles = sent.texts("roles");
  if (sourceResourceId === undefined) throw missingParameter(sent.pathOf("sourceResourceId"));
  if (roles === undefined || roles.length === 0) throw missingParameter(sent.pathOf("roles"));
  if (!sourceResourceId.startsWith("/subscriptions/")) {
    throw invalidParameter(sent.pathOf("sourceResourceId"), `is no id of a resource: '${sourceResourceId}'`);
  }
  return { sourceResourceId, roles };
}

/** The ids of the identity are looked up by Azure; here they are drawn once. */
function identityBinding({ service, cluster, existing }: ChildScope, sent: RequestBody): Record<string, unknown> {
  const identity = sent.object("managedIdentity");
  const resourceId = identity?.text("resourceId");
  if (!identity || resourceId === undefined) throw missingParameter(sent.pathOf("managedIdentity.resourceId"));
  const before = existing?.properties["managedIdentity"] as Record<string, unknown> | undefined;
  const { clientId, objectId } = before ?? { clientId: cluster.random.uuid(), objectId: cluster.random.uuid() };
  return {
    managedIdentity: { resourceId, clientId, objectId, tenantId: service.tenantId },
    oidcIssuer: { oidcIssuerUrl: `https://ib.oic.prod-aks.azure.com/${service.tenantId}/${cluster.subscription}` },
  };
}

/** Approves or rejects an endpoint; only a private cluster has any. */
function connection({ cluster, existing }: ChildScope, sent: RequestBody): Record<string, unknown> {
  if (!isPrivate(cluster)) {
    const text = `Managed cluster '${cluster.name}' is no private cluster: it has no private endpoint connections.`;
    throw refusal(400, "OperationNotAllowed", text);
  }
  const state = sent.object("privateLinkServiceConnectionState");
  const status = state?.oneOf("status", ["Approved", "Pending", "Rejected", "Disconnected"]);
  if (!state || status === undefined) throw missingParameter(sent.pathOf("privateLinkServiceConnectionState.status"));
  const endpoint = sent.object("privateEndpoint")?.sent() ?? existing?.properties["privateEndpoint"];
  return {
    privateEndpoint: endpoint ?? { id: endpointId(cluster) },
    privateLinkServiceConnectionState: { ...state.sent(), status },
  };
}

function endpointId({ subscription, resourceGroup, name }: ManagedCluster): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/privateEndpoints/${name}`;
}
