import { methodNotAllowed, resourceGroupBeingDeleted, resourceGroupNotFound } from "../../world/arm/errors.ts";
import { locationName, locations } from "../../world/arm/locations.ts";
import { operationHeaders, operationResult } from "../../world/arm/operation-endpoints.ts";
import { ArmError, type ArmProvider, type ArmResponse, type TrackedResource } from "../../world/arm/provider.ts";
import type { ResourceGroup } from "../../world/arm/resource-groups.ts";
import { platformMs } from "../../world/world.ts";
import type { ArmOptions, CallContent } from "./call.ts";
import { groupBody } from "./resources-bodies.ts";

/** How often a group that is being deleted looks whether it is empty, in seconds of real Azure. */
const emptyCheckSeconds = 5;

/** Calls of one resource group itself. */
export function handleResourceGroup(options: ArmOptions, name: string, call: CallContent): ArmResponse {
  switch (call.method) {
    case "GET":
      return { status: 200, body: groupBody(existingGroup(options, name)) };
    case "HEAD":
      return { status: options.resourceGroups.get(options.subscriptionId, name) ? 204 : 404 };
    case "PUT":
      return putGroup(options, name, call);
    case "PATCH":
      return patchGroup(options, existingGroup(options, name), call);
    case "DELETE":
      return deleteGroup(options, existingGroup(options, name), call);
    case "POST":
      throw methodNotAllowed("POST");
  }
}

export function existingGroup({ resourceGroups, subscriptionId }: ArmOptions, name: string): ResourceGroup {
  const group = resourceGroups.get(subscriptionId, name);
  if (!group) throw resourceGroupNotFound(name);
  return group;
}

/** Of every provider. */
export function resourcesOf(
  providers: readonly ArmProvider[],
  subscription: string,
  group: string,
): readonly TrackedResource[] {
  return providers.flatMap((provider) => provider.resources?.(subscription, group) ?? []);
}

function putGroup(options: ArmOptions, name: string, call: CallContent): ArmResponse {
  const { resourceGroups, subscriptionId } = options;
  checkGroupName(name);
  const { location, tags } = groupContent(call.body);
  const existing = resourceGroups.get(subscriptionId, name);
  if (existing?.provisioningState === "Deleting") throw resourceGroupBeingDeleted(name);
  if (location === undefined) {
    throw new ArmError(400, "LocationRequired", "The location property is required for this definition.");
  }
  const short = locationName(location);
  if (!short) {
    const text = `The provided location '${location.slice(0, 60)}' is not available for resource group. List of available regions is '${locations.map((known) => known.name).join(",")}'.`;
    throw new ArmError(400, "LocationNotAvailableForResourceGroup", text);
  }
  if (existing && existing.location !== short) {
    const text = `Invalid resource group location '${short}'. The Resource group already exists in location '${existing.location}'.`;
    throw new ArmError(409, "InvalidResourceGroupLocation", text);
  }
  const group = { subscription: subscriptionId, name, location: short, tags, provisioningState: "Succeeded" as const };
  return { status: existing ? 200 : 201, body: groupBody(resourceGroups.set(group)) };
}

function patchGroup(options: ArmOptions, group: ResourceGroup, call: CallContent): ArmResponse {
  if (group.provisioningState === "Deleting") throw resourceGroupBeingDeleted(group.name);
  const { tags } = groupContent(call.body);
  return { status: 200, body: groupBody(options.resourceGroups.set({ ...group, tags: tags ?? group.tags })) };
}

function deleteGroup(options: ArmOptions, group: ResourceGroup, call: CallContent): ArmResponse {
  const { world, operations, resourceGroups, providers } = options;
  const operation = operations.start({
    provider: "Microsoft.Resources",
    location: group.location,
    kind: "",
    subscription: group.subscription,
    result: () => undefined,
  });
  resourceGroups.set({ ...group, provisioningState: "Deleting" });
  for (const provider of providers) provider.deleteGroup?.(group.subscription, group.name);
  const finishWhenEmpty = (): void => {
    if (resourcesOf(providers, group.subscription, group.name).length > 0) {
      world.clock.after(platformMs(world, emptyCheckSeconds), finishWhenEmpty);
      return;
    }
    resourceGroups.remove(group.subscription, group.name);
    operations.succeed(operation);
  };
  world.clock.after(platformMs(world, emptyCheckSeconds), finishWhenEmpty);
  return { status: 202, headers: operationHeaders(world, operation, call, { location: true }) };
}

/** The result URL of a group's deletion: 200 without a body at the end, where resource providers say 204. */
export function groupOperation(options: ArmOptions, id: string, call: CallContent): ArmResponse {
  const operation = options.operations.get(id);
  if (!operation || operation.provider !== "Microsoft.Resources") {
    throw new ArmError(404, "OperationNotFound", `The operation '${id}' could not be found.`);
  }
  const result = operationResult(options.world, operation, call);
  return result.status === 204 ? { status: 200 } : result;
}

function checkGroupName(name: string): void {
  if (/^[-\w.()]{1,90}$/.test(name) && !name.endsWith(".")) return;
  const text = `The provided resource group name '${name.slice(0, 90)}' is invalid. The name can only be up to 90 letters, digits, '-', '.', '(', ')' or '_', and can not end with '.'.`;
  throw new ArmError(400, "InvalidResourceGroup", text);
}

function groupContent(body: unknown): { location?: string; tags?: Record<string, string> } {
  if (typeof body !== "object" || body === null) return {};
  const location = "location" in body && typeof body.location === "string" ? body.location : undefined;
  const tags = "tags" in body && typeof body.tags === "object" && body.tags !== null ? body.tags : undefined;
  const texts = tags && Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]));
  return { ...(location === undefined ? {} : { location }), ...(texts ? { tags: texts } : {}) };
}
