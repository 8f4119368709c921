import { methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { Json } from "../../../world/container-apps/json.ts";
import { Refusal } from "../../../world/container-apps/refusal.ts";

/** What a private endpoint of an environment or of an app can connect to: itself. Source: Container Apps docs, private endpoints. */
export function privateLinkResources(
  request: ArmRequest,
  owner: { readonly id: string; readonly type: "managedEnvironments" | "containerApps"; readonly location: string },
): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const { id, type, location } = owner;
  const body: Json = {
    id: `${id}/privateLinkResources/${type}`,
    name: type,
    type: `Microsoft.App/${type}/privateLinkResources`,
    properties: {
      groupId: type,
      requiredMembers: [type],
      requiredZoneNames: [`privatelink.${location}.azurecontainerapps.io`],
    },
  };
  const name = request.names[1];
  if (name === undefined) return { status: 200, body: { value: [body] } };
  if (name.toLowerCase() === type.toLowerCase()) return { status: 200, body };
  throw new Refusal(404, "PrivateLinkResourceNotFound", `Private link resource '${name}' was not found.`);
}
