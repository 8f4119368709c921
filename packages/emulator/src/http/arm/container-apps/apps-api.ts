import type { ContainerApp } from "../../../controllers/container-app.ts";
import {
  invalidResourceType,
  methodNotAllowed,
  parentResourceNotFound,
  resourceNotFound,
} from "../../../world/arm/errors.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { ResourceAddress } from "../../../world/container-apps/environment.ts";
import type { Json } from "../../../world/container-apps/json.ts";
import { Refusal } from "../../../world/container-apps/refusal.ts";
import { appBody, appId, type BodyStyle } from "./app-body.ts";
import { handleAuthConfigs } from "./auth-configs-api.ts";
import { appDetectors } from "./detectors.ts";
import { handleLabelHistories } from "./label-histories-api.ts";
import { logStreamAudience } from "./log-stream.ts";
import type { AppProviderOptions } from "./options.ts";
import { privateLinkResources } from "./private-link.ts";
import { handleRevisions } from "./revisions-api.ts";
import { accessToken } from "./shared-bodies.ts";

export function handleApps(options: AppProviderOptions, request: ArmRequest): ArmResponse {
  const [name] = request.names;
  if (name === undefined) return listApps(options, request);
  if (request.resourceGroup === undefined) throw unknownType(request);
  const address = { subscription: request.subscription, resourceGroup: request.resourceGroup, name };
  if (request.types.length === 1) return handleApp(options, request, address);
  const app = options.apps.get(address);
  if (request.types[1] === "revisions") {
    if (!app) throw parentNotFound(request, address);
    return handleRevisions(options, request, app);
  }
  if (!app) throw notFound(address);
  if (request.types[1] === "detectors") return appDetectors(options, request, app);
  if (request.types[1] === "detectorproperties") return detectorProperties(options, request, app);
  if (request.types[1] === "functions") return functions(request);
  if (request.types[1] === "privatelinkresources") {
    const owner = { id: appId(address), type: "containerApps", location: app.environment.location } as const;
    return privateLinkResources(request, owner);
  }
  // The second is what previews before 2025-10-02 call it.
  if (/^labelhistor(ies|y)$/.test(request.types[1] ?? "")) return handleLabelHistories(request, app);
  if (/^(patches|builds)$/.test(request.types[1] ?? "")) return noneOf(request);
  if (request.types[1] === "authconfigs") return handleAuthConfigs(request, app);
  if (request.method !== "POST" || request.types.length !== 2) throw unknownType(request);
  return act(options, request, app);
}

function listApps({ apps, tokens }: AppProviderOptions, request: ArmRequest): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const group = request.resourceGroup?.toLowerCase();
  const context = { baseUrl: request.baseUrl, tenantId: tokens.tenantId };
  const listed = apps.list().filter((app) => group === undefined || app.address.resourceGroup.toLowerCase() === group);
  return { status: 200, body: { value: listed.map((app) => appBody(app, context, "settled")) } };
}

function handleApp(options: AppProviderOptions, request: ArmRequest, address: ResourceAddress): ArmResponse {
  const { apps, world } = options;
  const app = apps.get(address);
  switch (request.method) {
    case "GET":
      if (!app) throw notFound(address);
      return { status: 200, body: bodyOf(options, request, app, "settled") };
    case "PUT": {
      const { resource, operation } = apps.put(address, request.body as Json, settled(options, request));
      const headers = operationHeaders(world, operation, request, { asyncOperation: true, timeout: "PT15M" });
      return { status: 201, headers, body: bodyOf(options, request, resource, "accepted") };
    }
    case "PATCH": {
      if (!app) throw notFound(address);
      const { operation } = apps.patch(app, request.body as Json, settled(options, request));
      return {
        status: 202,
        headers: operationHeaders(world, operation, request, { asyncOperation: true, location: true }),
      };
    }
    case "DELETE":
      if (!app) return { status: 204 };
      return { status: 202, headers: operationHeaders(world, apps.delete(app), request, { location: true }) };
    case "POST":
    case "HEAD":
      throw methodNotAllowed(request.method);
  }
}

function act(options: AppProviderOptions, request: ArmRequest, app: ContainerApp): ArmResponse {
  switch (request.types[1] ?? "") {
    case "start":
    case "stop": {
      const operation = options.apps.setRunning(app, request.types[1] === "start", settled(options, request));
      return { status: 202, headers: operationHeaders(options.world, operation, request, { location: true }) };
    }
    case "listsecrets":
      return {
        status: 200,
        body: { value: app.configuration.secrets.map(({ name, value }) => ({ name, value: value ?? "" })) },
      };
    case "getauthtoken": {
      const audience = logStreamAudience("containerApps", app.address);
      const type = "Microsoft.App/containerApps/accesstoken";
      return {
        status: 200,
        body: accessToken(options.tokens, audience, bodyOf(options, request, app, "settled"), type),
      };
    }
    case "listcustomhostnameanalysis":
      return { status: 200, body: hostNameAnalysis(app, request.query.get("customHostname") ?? "") };
    default:
      throw unknownType(request);
  }
}

/** No app here is one of Azure Functions. */
function functions(request: ArmRequest): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const name = request.names[1];
  if (name === undefined) return { status: 200, body: { value: [] } };
  throw new Refusal(404, "FunctionNotFound", `Function '${name}' was not found.`);
}

/** Images that the platform builds and patches: it does neither here, so that no app has any. */
function noneOf({ method, names, types }: ArmRequest): ArmResponse {
  const name = names[1];
  if (method === "GET" && name === undefined) return { status: 200, body: { value: [] } };
  if (method === "DELETE") return { status: 204 };
  const kind = types[1] === "patches" ? "Patch" : "Build";
  throw new Refusal(404, `${kind}NotFound`, `${kind} with name '${name}' was not found.`);
}

/** What detectors look at: the app itself and its revisions. */
function detectorProperties(options: AppProviderOptions, request: ArmRequest, app: ContainerApp): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const [, api, revision] = request.names;
  if (request.types[2] === "revisions") {
    const names = [app.address.name, ...(revision === undefined ? [] : [revision])];
    return handleRevisions(options, { ...request, types: ["containerapps", "revisions"], names }, app);
  }
  if (api?.toLowerCase() !== "rootapi") throw unknownType(request);
  return { status: 200, body: bodyOf(options, request, app, "settled") };
}

/** There is no DNS here: a name counts as set up for the app. Source: wire facts. */
function hostNameAnalysis(app: ContainerApp, hostName: string): Json {
  const { staticIp, verificationId } = app.environment;
  const isApex = hostName.split(".").length === 2;
  const isTaken = app.configuration.ingress?.carried["customDomains"];
  const domains = Array.isArray(isTaken) ? (isTaken as readonly Json[]) : [];
  return {
    hostName,
    isHostnameAlreadyVerified: domains.some(({ name }) => name === hostName),
    customDomainVerificationTest: "Passed",
    hasConflictOnManagedEnvironment: false,
    cNameRecords: isApex || hostName === "" ? [] : [`${app.address.name}.${app.domain}`],
    txtRecords: [],
    aRecords: isApex ? [staticIp] : [],
    alternateCNameRecords: [],
    alternateTxtRecords: [verificationId],
  };
}

function settled(options: AppProviderOptions, request: ArmRequest): (app: ContainerApp) => unknown {
  return (app) => bodyOf(options, request, app, "settled");
}

function bodyOf({ tokens }: AppProviderOptions, { baseUrl }: ArmRequest, app: ContainerApp, style: BodyStyle): Json {
  return appBody(app, { baseUrl, tenantId: tokens.tenantId }, style);
}

function notFound({ name, resourceGroup }: ResourceAddress): Error {
  return resourceNotFound(`Microsoft.App/containerApps/${name}`, resourceGroup);
}

function parentNotFound(request: ArmRequest, address: ResourceAddress): Error {
  const operation = request.method === "GET" ? "read" : "write";
  return parentResourceNotFound(operation, "Microsoft.App/containerApps/revisions", appId(address));
}

function unknownType(request: ArmRequest): Error {
  return invalidResourceType(request.types.join("/"), "Microsoft.App", request.apiVersion);
}
