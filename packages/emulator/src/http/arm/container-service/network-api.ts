import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import {
  isPrivate,
  privateLinkResource,
  privateLinkServiceId,
} from "../../../world/container-service/private-cluster.ts";
import { missingParameter, RequestBody } from "../../../world/container-service/request-body.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";

/** `GET …/privateLinkResources`: what an endpoint can be made for. */
export function privateLinkResources(cluster: ManagedCluster): ArmResponse {
  return { status: 200, body: { value: isPrivate(cluster) ? [shownResource(cluster)] : [] } };
}

/** `POST …/resolvePrivateLinkServiceId` */
export function resolvePrivateLinkService(cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  const name = new RequestBody(request.body).text("name");
  if (name === undefined) throw missingParameter("name");
  if (!isPrivate(cluster) || name.toLowerCase() !== "management") {
    throw refusal(404, "NotFound", `Could not find the private link resource '${name}' of cluster '${cluster.name}'.`);
  }
  return { status: 200, body: shownResource(cluster) };
}

function shownResource(cluster: ManagedCluster): Record<string, unknown> {
  return { ...privateLinkResource(cluster), privateLinkServiceID: privateLinkServiceId(cluster) };
}

/** `GET …/outboundNetworkDependenciesEndpoints`: where nodes have to get to (AKS docs, outbound network rules). */
export function outboundDependencies({ location }: ManagedCluster): ArmResponse {
  const value = Object.entries(dependencies(location)).map(([category, endpoints]) => ({
    category,
    endpoints: endpoints.map(([domainName, port, protocol]) => ({
      domainName,
      endpointDetails: [{ port, protocol }],
    })),
  }));
  return { status: 200, body: { value } };
}

type Endpoint = readonly [domain: string, port: number, protocol: "Https" | "Http" | "TCP" | "UDP"];

function dependencies(location: string): Readonly<Record<string, readonly Endpoint[]>> {
  return {
    "azure-resource-management": [
      ["management.azure.com", 443, "Https"],
      ["login.microsoftonline.com", 443, "Https"],
    ],
    images: [
      ["mcr.microsoft.com", 443, "Https"],
      ["*.data.mcr.microsoft.com", 443, "Https"],
    ],
    artifacts: [
      ["packages.microsoft.com", 443, "Https"],
      ["packages.aks.azure.com", 443, "Https"],
    ],
    "time-sync": [["ntp.ubuntu.com", 123, "UDP"]],
    "ubuntu-optional": [
      ["security.ubuntu.com", 80, "Http"],
      ["azure.archive.ubuntu.com", 80, "Http"],
      ["changelogs.ubuntu.com", 80, "Http"],
    ],
    apiserver: [[`*.hcp.${location}.azmk8s.io`, 443, "Https"]],
  };
}
