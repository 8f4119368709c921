import { methodNotAllowed } from "../../../world/arm/errors.ts";
import { operationResult, statusWord } from "../../../world/arm/operation-endpoints.ts";
import type { ArmOperation, Operations } from "../../../world/arm/operations.ts";
import { ArmError, type ArmRequest, type ArmResponse } from "../../../world/arm/provider.ts";
import { retryAfter } from "../../../world/arm/retry-after.ts";
import type { World } from "../../../world/world.ts";

/** Seconds between two looks, as recorded. */
const pollSeconds = 10;

type Caller = Pick<ArmRequest, "baseUrl" | "apiVersion" | "headers" | "subscription" | "resourceGroup" | "names">;

/** Of a 201 it is only the first. Source: recordings of the Azure CLI's test suite. */
export function acceptedHeaders(world: World, { id }: ArmOperation, caller: Caller) {
  const { baseUrl, subscription, resourceGroup = "", names, apiVersion, headers } = caller;
  const scope = `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/Microsoft.Cdn`;
  const status = `${baseUrl}${scope}/operationresults/${id}`;
  return {
    "azure-asyncoperation": `${status}?api-version=${apiVersion}`,
    location: `${status}/profileresults/${names[0]}?api-version=${apiVersion}`,
    "retry-after": retryAfter(world, pollSeconds, headers["user-agent"]),
  };
}

/** Of both addresses: with `profileresults` it answers as the write would have, had it been quick. */
export function operationAnswer(
  { world, operations }: { readonly world: World; readonly operations: Operations },
  request: ArmRequest,
): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const [id = ""] = request.names;
  const operation = operations.get(id);
  if (!operation || operation.provider !== "Microsoft.Cdn") {
    throw new ArmError(404, "NotFound", `The operation '${id}' could not be found.`);
  }
  if (request.types.length > 1) {
    const answer = operationResult(world, operation, request);
    return answer.status === 202 ? { ...answer, headers: acceptedHeaders(world, operation, request) } : answer;
  }
  return { status: 200, body: { status: statusWord(operation), error: { code: "None", message: null } } };
}
