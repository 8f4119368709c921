import { createHash } from "node:crypto";
import type { PlainResource } from "../../../world/arm/plain-resources.ts";
import type { FrontDoor } from "../../../world/front-door/front-door.ts";
import { nameOf, propertiesOf } from "../../../world/traffic/published-resources.ts";
import { guidFrom } from "../plain-provider.ts";

/** As the REST API shows a resource: types in lower case but for the profile's properties, as recorded from the service. */
export function resourceBody(frontDoor: FrontDoor, resource: PlainResource) {
  const { id, content } = resource;
  const types = id.split("/").filter((_, index) => index >= 7 && index % 2 === 1);
  const provisioningState = frontDoor.provisioningState(resource);
  const base = { id, type: `Microsoft.Cdn/${types.join("/")}`, name: nameOf(id) };
  const properties = propertiesOf(resource);
  const state = { provisioningState, deploymentStatus: "NotStarted" };
  if (types.length === 1) {
    const resourceState = { Succeeded: "Active", Creating: "Creating", Updating: "Active", Deleting: "Deleting" };
    const frontDoorId = guidFrom(createHash("sha256").update(id).digest("hex"));
    const filled = { frontDoorId, extendedProperties: {}, resourceState: resourceState[provisioningState] };
    const { sku, tags } = content;
    const all = { ...properties, ...filled, provisioningState };
    return { ...base, location: "Global", kind: "frontdoor", tags, sku, properties: all };
  }
  if (types.at(-1) === "afdendpoints") {
    return { ...base, location: "Global", tags: {}, properties: { ...properties, ...state } };
  }
  const parent = nameOf(id.split("/").slice(0, -2).join("/"));
  const owner = { origins: { originGroupName: parent }, routes: { endpointName: parent } }[types.at(-1) ?? ""];
  return { ...base, properties: { ...owner, ...properties, ...state } };
}

/** Nobody else's: the name, and letters that nobody can guess. */
export function hostNameOf(id: string): { readonly hostName: string } {
  const digest = createHash("sha256").update(id.toLowerCase()).digest("hex");
  return { hostName: `${nameOf(id).toLowerCase()}-${digest.slice(0, 16)}.z01.azurefd.net` };
}
