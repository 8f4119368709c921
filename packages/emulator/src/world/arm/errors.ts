import { ArmError, type ArmResponse } from "./provider.ts";

/** Errors that Azure Resource Manager's front door gives itself, before a resource provider is asked. */
const byGateway = { headers: { "x-ms-failure-cause": "gateway" } };

export function resourceGroupNotFound(group: string): ArmError {
  return new ArmError(404, "ResourceGroupNotFound", `Resource group '${group}' could not be found.`, byGateway);
}

export function resourceGroupBeingDeleted(group: string): ArmError {
  const text = `The resource group '${group}' is in deprovisioning state and cannot perform this operation.`;
  return new ArmError(409, "ResourceGroupBeingDeleted", text);
}

/** `resource`: type and name, `Microsoft.App/containerApps/shop`. */
export function resourceNotFound(resource: string, group: string): ArmError {
  const text = `The Resource '${resource}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`;
  return new ArmError(404, "ResourceNotFound", text, byGateway);
}

/** `operation`: `read`, `write`, `delete`; `type` and `parent` as in `Microsoft.App/containerApps/revisions` and `/containerApps/shop`. */
export function parentResourceNotFound(operation: string, type: string, parent: string): ArmError {
  const text = `Failed to perform '${operation}' on resource(s) of type '${type}', because the parent resource '${parent}' could not be found.`;
  return new ArmError(404, "ParentResourceNotFound", text, byGateway);
}

export function subscriptionNotFound(subscription: string): ArmError {
  return new ArmError(404, "SubscriptionNotFound", `The subscription '${subscription}' could not be found.`, byGateway);
}

export function invalidResourceNamespace(namespace: string): ArmError {
  return new ArmError(404, "InvalidResourceNamespace", `The resource namespace '${namespace}' is invalid.`, byGateway);
}

export function invalidResourceType(type: string, namespace: string, apiVersion: string): ArmError {
  const text = `The resource type '${type}' could not be found in the namespace '${namespace}' for api version '${apiVersion}'.`;
  return new ArmError(404, "InvalidResourceType", text, byGateway);
}

export function methodNotAllowed(method: string): ArmError {
  return new ArmError(405, "MethodNotAllowed", `The requested resource does not support http method '${method}'.`);
}

export function invalidRequestContent(why: string): ArmError {
  return new ArmError(
    400,
    "InvalidRequestContent",
    `The request content was invalid and could not be deserialized: '${why}'.`,
  );
}

/** The body of an error: in the `error` envelope, or flat as Microsoft.ContainerService sometimes does. */
export function errorResponse(error: ArmError): ArmResponse {
  const body = { code: error.code, message: error.message, ...error.extra };
  return { status: error.status, headers: error.headers, body: error.flat ? body : { error: body } };
}
