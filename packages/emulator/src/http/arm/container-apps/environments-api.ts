import { coresInUse } from "../../../controllers/container-app-cores.ts";
import {
  invalidRequestContent,
  invalidResourceType,
  methodNotAllowed,
  parentResourceNotFound,
  resourceNotFound,
} from "../../../world/arm/errors.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { childKinds } from "../../../world/container-apps/children.ts";
import { type Environment, environmentId, type ResourceAddress } from "../../../world/container-apps/environment.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import { handleChildren } from "./children-api.ts";
import { environmentDetectors } from "./detectors.ts";
import { environmentBody, usagesBody, workloadProfileStatesBody } from "./environment-body.ts";
import { nameAnswer } from "./kept-api.ts";
import { logStreamAudience } from "./log-stream.ts";
import type { AppProviderOptions } from "./options.ts";
import { privateLinkResources } from "./private-link.ts";
import { accessToken } from "./shared-bodies.ts";

export function handleEnvironments(options: AppProviderOptions, request: ArmRequest): ArmResponse {
  const [name] = request.names;
  if (name === undefined) return listEnvironments(options, request);
  if (request.resourceGroup === undefined)
    throw invalidResourceType("managedEnvironments", "Microsoft.App", request.apiVersion);
  const address = { subscription: request.subscription, resourceGroup: request.resourceGroup, name };
  if (request.types.length === 1) return handleEnvironment(options, request, address);
  const environment = options.apps.environments.get(address);
  if (!environment) throw missingBelow(request, address);
  const child = handleChildren(options, request, environment);
  if (child) return child;
  if (request.types[1] === "detectors") return environmentDetectors(options, request, environment);
  if (request.types[1] === "privatelinkresources") {
    const owner = {
      id: environmentId(environment),
      type: "managedEnvironments",
      location: environment.location,
    } as const;
    return privateLinkResources(request, owner);
  }
  switch (`${request.method} ${request.types.slice(1).join("/")}`) {
    case "GET usages":
      return { status: 200, body: usagesBody(Math.ceil(coresInUse(options.apps.appsOf(environment)))) };
    case "GET workloadprofilestates":
      return { status: 200, body: workloadProfileStatesBody(environment) };
    case "GET detectorproperties":
      return { status: 200, body: bodyOf(options, request, environment) };
    case "POST getauthtoken": {
      const audience = logStreamAudience("managedEnvironments", address);
      const type = "Microsoft.App/managedEnvironments/accesstoken";
      return { status: 200, body: accessToken(options.tokens, audience, bodyOf(options, request, environment), type) };
    }
    case "POST checknameavailability":
      return { status: 200, body: nameAvailability(options, environment, request) };
    default:
      throw invalidResourceType(
        `managedEnvironments/${request.types.slice(1).join("/")}`,
        "Microsoft.App",
        request.apiVersion,
      );
  }
}

function listEnvironments(options: AppProviderOptions, request: ArmRequest): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const group = request.resourceGroup?.toLowerCase();
  const listed = options.apps.environments
    .list()
    .filter(({ address }) => group === undefined || address.resourceGroup.toLowerCase() === group);
  return { status: 200, body: { value: listed.map((environment) => bodyOf(options, request, environment)) } };
}

function handleEnvironment(options: AppProviderOptions, request: ArmRequest, address: ResourceAddress): ArmResponse {
  const { apps, world } = options;
  const result = (environment: Environment): unknown => bodyOf(options, request, environment);
  switch (request.method) {
    case "GET":
      return { status: 200, body: result(existing(options, address)) };
    case "PUT": {
      const { resource, operation } = apps.environments.put(address, request.body as Json, result);
      if (!operation) return { status: 200, body: result(resource) };
      const headers = operationHeaders(world, operation, request, { asyncOperation: true, timeout: "PT15M" });
      return { status: 201, headers, body: result(resource) };
    }
    case "PATCH": {
      const { resource, operation } = apps.environments.patch(existing(options, address), request.body as Json, result);
      if (!operation) return { status: 200, body: result(resource) };
      return { status: 202, headers: operationHeaders(world, operation, request, { location: true }) };
    }
    case "DELETE": {
      const environment = apps.environments.get(address);
      if (!environment) return { status: 204 };
      const has = { apps: apps.appsOf(environment).length, jobs: apps.jobs.jobsOf(environment).length };
      const operation = apps.environments.delete(environment, has);
      return { status: 202, headers: operationHeaders(world, operation, request, { location: true }) };
    }
    case "POST":
    case "HEAD":
      throw methodNotAllowed(request.method);
  }
}

/** Its named children miss a parent; what else can be asked of it misses the environment itself. */
function missingBelow(request: ArmRequest, address: ResourceAddress): Error {
  const kind = childKinds.find((known) => known.toLowerCase() === request.types.slice(1).join("/"));
  if (!kind) return notFound(address);
  const operation = request.method === "GET" ? "read" : request.method === "DELETE" ? "delete" : "write";
  return parentResourceNotFound(operation, `managedEnvironments/${kind}`, environmentId({ address, kind: "managed" }));
}

function existing({ apps }: AppProviderOptions, address: ResourceAddress): Environment {
  const environment = apps.environments.get(address);
  if (!environment) throw notFound(address);
  return environment;
}

function notFound({ name, resourceGroup }: ResourceAddress): Error {
  return resourceNotFound(`Microsoft.App/managedEnvironments/${name}`, resourceGroup);
}

function bodyOf({ world, tokens }: AppProviderOptions, { baseUrl }: ArmRequest, environment: Environment): Json {
  return environmentBody(environment, world, { baseUrl, tenantId: tokens.tenantId });
}

function nameAvailability({ apps }: AppProviderOptions, environment: Environment, request: ArmRequest): Json {
  const { name, type } = isJson(request.body) ? request.body : {};
  if (typeof name !== "string") throw invalidRequestContent("The name is missing.");
  const isCertificate = String(type).toLowerCase() === "microsoft.app/managedenvironments/certificates";
  const taken = isCertificate
    ? apps.children.find(environment, "certificates", [name]) !== undefined
    : apps.appsOf(environment).some((app) => app.address.name === name);
  return nameAnswer(name, taken);
}
