import {
  errorResponse,
  invalidRequestContent,
  invalidResourceNamespace,
  invalidResourceType,
  resourceGroupBeingDeleted,
  resourceGroupNotFound,
  subscriptionNotFound,
} from "../../world/arm/errors.ts";
import { locationDisplayName, locations } from "../../world/arm/locations.ts";
import { ManagementLocks } from "../../world/arm/locks.ts";
import { operationEndpoint } from "../../world/arm/operation-endpoints.ts";
import { PlainResources } from "../../world/arm/plain-resources.ts";
import { ArmError, type ArmProvider, type ArmRequest, type ArmResponse } from "../../world/arm/provider.ts";
import type { ResourceGroups } from "../../world/arm/resource-groups.ts";
import { retryAfter } from "../../world/arm/retry-after.ts";
import { apiVersionOf, checkApiVersion } from "./api-version.ts";
import { authenticate } from "./authentication.ts";
import type { ArmCall, ArmOptions, CallContent } from "./call.ts";
import type { Send } from "./deployments/run-deployment.ts";
import { extensionsEndpoint } from "./extensions-api.ts";
import { frontProviders, newestOf } from "./front-providers.ts";
import { joinProviders } from "./join-providers.ts";
import { strictJson } from "./lenient-json.ts";
import { type LockPath, locksEndpoint, refuseLocked } from "./locks-api.ts";
import { noteActivity } from "./note-activity.ts";
import { budgetOf, createRateLimits, type RateLimits, rateLimitHeaders } from "./rate-limits.ts";
import { type ProviderPath, parseResourcePath, type ResourcePath } from "./resource-path.ts";
import { createResourcesApi } from "./resources-api.ts";
import { commonHeaders } from "./response-headers.ts";

const methods = ["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD"] as const;

export type { ArmCall, ArmOptions } from "./call.ts";

/** Azure Resource Manager as a function: synchronous, so that it works over TLS and in process alike. */
export function createArmHandler(given: ArmOptions): (call: ArmCall) => ArmResponse {
  const plain = given.plain ?? new PlainResources();
  const options = {
    ...given,
    providers: joinProviders([...given.providers, ...frontProviders(given, plain, sendInside)]),
  };
  const resources = createResourcesApi(options);
  const random = options.world.random.stream("arm/requests");
  const limits = createRateLimits(options.world.clock, { timeScale: options.world.timeScale, ...options.rateLimits });
  const locks = options.locks ?? new ManagementLocks();

  function answer(call: ArmCall, common: Readonly<Record<string, string>>): ArmResponse {
    const [path, search] = splitTarget(call.target);
    const query = new URLSearchParams(search);
    const open = resources.withoutToken({ method: call.method, path, query, baseUrl: call.baseUrl });
    if (open) return open;
    const principal = authenticate(
      { authorization: call.headers["authorization"], baseUrl: call.baseUrl },
      options.tokens,
    );
    const counted = countCall(options, limits, call, principal);
    const response = refusalsAsResponses(() => answerKnown(call, path, query, principal));
    noteActivity(options, { call, path, principal, response, common });
    return { ...response, headers: { ...counted, ...response.headers } };
  }

  function answerKnown(call: ArmCall, path: string, query: URLSearchParams, principal: string): ArmResponse {
    return answerContent(path, contentOf(call, query), principal);
  }

  /** What a deployment does, in the name of who began it. Without a version: the newest. */
  function sendInside(baseUrl: string): Send {
    return (method, path, version, body) =>
      refusalsAsResponses(() => {
        const parsed = parseResourcePath(path);
        const apiVersion = version === "" ? newestOf(options.providers, parsed) : version;
        const query = new URLSearchParams({ "api-version": apiVersion });
        const json: unknown = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
        return answerContent(path, { method, apiVersion, query, headers: {}, body: json, baseUrl }, "deployment");
      });
  }

  function answerContent(path: string, content: CallContent, principal: string): ArmResponse {
    const parsed = parseResourcePath(path);
    if (parsed.kind === "locks") return callLocks(options, locks, parsed, content);
    if (parsed.kind !== "platform") refuseLocked(locks, lockedScope(path, parsed), content.method);
    if (parsed.kind === "extension") {
      checkPlace(options, parsed);
      const exists = (scope: string): boolean => isThere(scope, content);
      return extensionsEndpoint({ world: options.world, plain, exists, principal }, parsed, content);
    }
    if (parsed.kind !== "provider") return resources.handle(parsed, content);
    return callProvider(options, resources.registration, parsed, content);
  }

  /** Whether a GET of it is answered, at any version that its provider has. */
  function isThere(scope: string, content: CallContent): boolean {
    const parsed = parseResourcePath(scope);
    if (parsed.kind !== "provider") return true;
    const apiVersion = newestOf(options.providers, parsed);
    const look = { ...content, method: "GET" as const, apiVersion, body: undefined };
    return refusalsAsResponses(() => callProvider(options, resources.registration, parsed, look)).status === 200;
  }

  return (call) => {
    const common = commonHeaders(call, {
      random,
      location: options.location,
      nowMs: options.world.clock.now(),
    });
    const response = refusalsAsResponses(() => answer(call, common));
    return { ...response, headers: { ...common, ...response.headers } };
  };
}

/** Takes a token for the call: its headers tell what is left. Throws 429 when none is. */
function countCall(
  { world, subscriptionId }: ArmOptions,
  limits: RateLimits,
  call: ArmCall,
  principal: string,
): Record<string, string> {
  const budget = budgetOf(call);
  const taken = limits.take(budget, principal);
  const headers = rateLimitHeaders(budget, taken);
  if (taken.waitSeconds === undefined) return headers;
  const wait = retryAfter(world, taken.waitSeconds, call.headers["user-agent"]);
  const kind = budget === "reads" ? "read" : budget === "deletes" ? "delete" : "write";
  const text = `Number of '${kind}' requests for subscription '${subscriptionId}' actor '${principal}' exceeded. Please try again after '${taken.waitSeconds}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.`;
  throw new ArmError(429, "SubscriptionRequestsThrottled", text, {
    headers: { ...headers, "retry-after": wait, "x-ms-failure-cause": "gateway" },
  });
}

/** What a call changes: for an action, that which stands before it in the path. */
function lockedScope(path: string, parsed: Exclude<ResourcePath, { kind: "platform" | "locks" }>): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  const isAction = parsed.kind === "provider" && parsed.types.length > parsed.names.length;
  return `/${(isAction ? segments.slice(0, -1) : segments).join("/")}`;
}

function callLocks(options: ArmOptions, locks: ManagementLocks, path: LockPath, content: CallContent): ArmResponse {
  checkPlace(options, path);
  return locksEndpoint(locks, path, content);
}

/** Of what stands below a scope: its subscription and its group must be there. */
function checkPlace(options: ArmOptions, { subscription, group }: Pick<LockPath, "subscription" | "group">): void {
  if (subscription !== options.subscriptionId) throw subscriptionNotFound(subscription);
  const managed = options.providers.flatMap((provider) => provider.managedGroups?.(subscription) ?? []);
  const isManaged = managed.some((name) => name.toLowerCase() === group?.toLowerCase());
  if (group !== undefined && !isManaged) checkGroup(options.resourceGroups, subscription, group, "GET");
}

function refusalsAsResponses(answer: () => ArmResponse): ArmResponse {
  try {
    return answer();
  } catch (error) {
    if (error instanceof ArmError) return errorResponse(error);
    throw error;
  }
}

function splitTarget(target: string): [string, string] {
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  return [unquotedScope(path), question < 0 ? "" : target.slice(question + 1)];
}

/** The command line quotes the scope of an extension as if it were one name: `/%2Fsubscriptions%2F…/providers/…`. */
function unquotedScope(path: string): string {
  return path.replace(/^\/%2Fsubscriptions%2F[^/]*/i, (scope) => scope.slice(1).replaceAll(/%2F/gi, "/"));
}

function contentOf(call: ArmCall, query: URLSearchParams): CallContent {
  const method = methods.find((known) => known === call.method);
  if (!method)
    throw new ArmError(405, "MethodNotAllowed", `The http method '${call.method.slice(0, 20)}' is not supported.`);
  const apiVersion = apiVersionOf(query);
  return { method, apiVersion, query, headers: call.headers, body: parseBody(call), baseUrl: call.baseUrl };
}

function parseBody(call: ArmCall): unknown {
  if (call.body.length === 0) return undefined;
  const type = call.headers["content-type"] ?? "application/json";
  if (!/^(application|text)\/([\w.-]+\+)?json\b/i.test(type)) {
    const text = `The content media type '${type.slice(0, 80)}' is not supported. Only 'application/json' is supported.`;
    throw new ArmError(415, "UnsupportedMediaType", text);
  }
  let body: unknown;
  try {
    body = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(call.body), call.target);
  } catch (error) {
    throw invalidRequestContent(error instanceof Error ? error.message.slice(0, 200) : "it is no JSON");
  }
  if (isDeeperThan(body, deepestBody))
    throw invalidRequestContent(`The reader's MaxDepth of ${deepestBody} has been exceeded.`);
  return body;
}

/** Templates are taken as they are written, everything else is strict JSON. */
function parseJson(text: string, target: string): unknown {
  if (!/\/deployments\//i.test(target)) return JSON.parse(text);
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(strictJson(text));
  }
}

/** Objects and arrays within one another that a body may have; nothing in Azure comes near. */
const deepestBody = 64;

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeperThan(member, depth - 1));
}

function callProvider(
  options: ArmOptions,
  registration: (namespace: string) => unknown,
  path: ProviderPath,
  content: CallContent,
): ArmResponse {
  const { subscription, group, types, names } = path;
  if (subscription !== options.subscriptionId) throw subscriptionNotFound(subscription);
  const provider = options.providers.find(({ namespace }) => namespace.toLowerCase() === path.namespace.toLowerCase());
  if (!provider) throw invalidResourceNamespace(path.namespace);
  if (group === undefined && types[0] === "register" && content.method === "POST") {
    return { status: 200, body: registration(provider.namespace) };
  }
  const request: ArmRequest = {
    ...content,
    subscription,
    ...(group === undefined ? {} : { resourceGroup: group }),
    types,
    names,
  };
  options.refuse?.({ ...request, namespace: provider.namespace });
  const polled = withHeaders(provider, () => operationEndpoint(options.world, options.operations, request));
  if (polled) return polled;
  checkResourceType(provider, request);
  if (group !== undefined) checkGroup(options.resourceGroups, subscription, group, content.method);
  if ((content.method === "PUT" || content.method === "PATCH") && !isObject(content.body)) {
    throw invalidRequestContent("The request body must be a JSON object.");
  }
  return withHeaders(provider, () => provider.handle(request));
}

/** Those of the provider, unless the front door answers in its place. */
function withHeaders<Answer extends ArmResponse | undefined>(
  { responseHeaders }: ArmProvider,
  call: () => Answer,
): Answer {
  try {
    const answer = call();
    return answer && { ...answer, headers: { ...responseHeaders, ...answer.headers } };
  } catch (error) {
    if (!(error instanceof ArmError) || error.headers["x-ms-failure-cause"] === "gateway") throw error;
    const { status, code, message, extra, flat } = error;
    throw new ArmError(status, code, message, { headers: { ...responseHeaders, ...error.headers }, extra, flat });
  }
}

/** A collection or an action at the end is the provider's to know; everything that has a name must be a known type. */
function checkResourceType(provider: ArmProvider, request: ArmRequest): void {
  const all = locations.map(({ name }) => locationDisplayName(name)).join(", ");
  const named = request.types.slice(0, request.names.length).join("/");
  const known = [...provider.resourceTypes, ...(provider.actionTypes ?? [])].map((type) => type.toLowerCase());
  const first = request.types[0] ?? "";
  if (!known.includes(named === "" ? first : named)) {
    throw invalidResourceType(request.types.join("/"), provider.namespace, request.apiVersion);
  }
  checkApiVersion(request.apiVersion, provider.apiVersions, request.types.join("/"), all);
}

function checkGroup(groups: ResourceGroups, subscription: string, name: string, method: ArmRequest["method"]): void {
  const group = groups.get(subscription, name);
  if (!group) throw resourceGroupNotFound(name);
  if (group.provisioningState === "Deleting" && (method === "PUT" || method === "PATCH")) {
    throw resourceGroupBeingDeleted(name);
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
