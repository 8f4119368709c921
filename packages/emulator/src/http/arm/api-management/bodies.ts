import type { ApiManagement } from "../../../world/api-management/api-management.ts";
import type { PlainResource } from "../../../world/arm/plain-resources.ts";
import { nameOf, propertiesOf } from "../../../world/traffic/published-resources.ts";

/** As the REST API shows a service. */
export function serviceBody(apiManagement: ApiManagement, service: PlainResource) {
  const { id, content, createdMs } = service;
  const { location, tags, sku, etag } = content;
  const name = nameOf(id);
  const isCreating = apiManagement.isCreating(service);
  return {
    id,
    name,
    type: "Microsoft.ApiManagement/service",
    location,
    tags,
    sku,
    etag: String(etag).replaceAll('"', ""),
    properties: {
      ...propertiesOf(service),
      notificationSenderEmail: "apimgmt-noreply@mail.windowsazure.com",
      provisioningState: isCreating ? "Created" : "Succeeded",
      targetProvisioningState: isCreating ? "Activating" : "",
      createdAtUtc: new Date(createdMs).toISOString(),
      gatewayUrl: `https://${name.toLowerCase()}.azure-api.net`,
      virtualNetworkType: "None",
      platformVersion: "stv2",
    },
  };
}

export function backendBody(backend: PlainResource) {
  const { id } = backend;
  return { id, type: "Microsoft.ApiManagement/service/backends", name: nameOf(id), properties: propertiesOf(backend) };
}
