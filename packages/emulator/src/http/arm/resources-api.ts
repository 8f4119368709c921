import { invalidResourceNamespace, methodNotAllowed, subscriptionNotFound } from "../../world/arm/errors.ts";
import { locations } from "../../world/arm/locations.ts";
import { ArmError, type ArmProvider, type ArmResponse } from "../../world/arm/provider.ts";
import { apiVersionOf, checkPlatformVersion } from "./api-version.ts";
import type { ArmOptions, CallContent } from "./call.ts";
import { cloudMetadata } from "./cloud-metadata.ts";
import { answerList, type Listed } from "./list-query.ts";
import { existingGroup, groupOperation, handleResourceGroup, resourcesOf } from "./resource-groups-api.ts";
import type { ResourcePath } from "./resource-path.ts";
import {
  groupBody,
  locationBody,
  operationsOf,
  providerBody,
  subscriptionBody,
  tenantBody,
} from "./resources-bodies.ts";

/** Microsoft.Resources and what stands above it: tenants, subscriptions, providers, resource groups, cloud metadata. */
export interface ResourcesApi {
  /** What answers without a token: the metadata of the cloud. Undefined for everything else. */
  withoutToken(call: OpenCall): ArmResponse | undefined;
  handle(path: Exclude<ResourcePath, { kind: "provider" | "locks" | "extension" }>, call: CallContent): ArmResponse;
  /** As `GET …/providers/{namespace}` answers. */
  registration(namespace: string): unknown;
}

interface OpenCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly baseUrl: string;
}

export function createResourcesApi(options: ArmOptions): ResourcesApi {
  const { subscriptionId, tokens } = options;

  function withoutToken({ method, path, query, baseUrl }: OpenCall): ArmResponse | undefined {
    // The command line puts a slash behind an address that has one already.
    if (method !== "GET" || !/^\/{1,2}metadata\/endpoints\/?$/i.test(path)) return undefined;
    return { status: 200, body: cloudMetadata(baseUrl, tokens.tenantId, apiVersionOf(query)) };
  }

  function handle(
    path: Exclude<ResourcePath, { kind: "provider" | "locks" | "extension" }>,
    call: CallContent,
  ): ArmResponse {
    checkPlatformVersion(call.apiVersion);
    if (path.kind === "platform") return platform(path.segments, call);
    if (path.subscription !== subscriptionId) throw subscriptionNotFound(path.subscription);
    const [collection] = path.rest;
    if (path.rest.length === 0) return handleResourceGroup(options, path.group, call);
    if (collection?.toLowerCase() === "resources" && path.rest.length === 1 && call.method === "GET") {
      const group = existingGroup(options, path.group);
      const at = `/subscriptions/${subscriptionId}/resourceGroups/${group.name}/resources`;
      return answerList(call, at, resourcesOf(options.providers, subscriptionId, group.name));
    }
    throw notFound();
  }

  function platform(segments: readonly string[], call: CallContent): ArmResponse {
    const [root, id, collection, name] = segments;
    if (root?.toLowerCase() === "providers") return tenantProviders(options.providers, segments.slice(1), call);
    if (segments.length === 1 && root?.toLowerCase() === "tenants") return list(call, [tenantBody(tokens.tenantId)]);
    if (root?.toLowerCase() !== "subscriptions") throw notFound();
    if (id === undefined) return list(call, [subscriptionBody(subscriptionId, tokens.tenantId)]);
    if (id.toLowerCase() !== subscriptionId) throw subscriptionNotFound(id);
    if (collection === undefined) return read(call, subscriptionBody(subscriptionId, tokens.tenantId));
    switch (`${collection.toLowerCase()}${name === undefined ? "" : "/name"}`) {
      case "locations":
        return list(
          call,
          locations.map((location) => locationBody(subscriptionId, location)),
        );
      case "resourcegroups":
        return page(call, segments, options.resourceGroups.list(subscriptionId).map(groupBody));
      case "resources":
        return page(call, segments, everyResource(options));
      case "providers":
        return list(
          call,
          options.providers.map(({ namespace }) => registration(namespace)),
        );
      case "providers/name":
        return read(call, registration(name ?? ""));
      case "operationresults/name":
        return groupOperation(options, name ?? "", call);
      default:
        throw notFound();
    }
  }

  function registration(namespace: string): unknown {
    return providerBody(subscriptionId, providerNamed(namespace));
  }

  function providerNamed(namespace: string): ArmProvider {
    const provider = options.providers.find((known) => known.namespace.toLowerCase() === namespace.toLowerCase());
    if (provider) return provider;
    throw invalidResourceNamespace(namespace);
  }

  return { withoutToken, handle, registration };
}

/** `/providers/{namespace}/operations`: what can be allowed to somebody. The same for every tenant. */
function tenantProviders(
  providers: ArmOptions["providers"],
  [namespace = "", collection, ...rest]: readonly string[],
  call: CallContent,
): ArmResponse {
  const provider = providers.find((known) => known.namespace.toLowerCase() === namespace.toLowerCase());
  if (!provider) throw invalidResourceNamespace(namespace);
  if (collection?.toLowerCase() !== "operations" || rest.length > 0) throw notFound();
  return list(call, provider.operations?.() ?? operationsOf(provider));
}

function read(call: CallContent, body: unknown): ArmResponse {
  if (call.method !== "GET") throw methodNotAllowed(call.method);
  return { status: 200, body };
}

function page(call: CallContent, segments: readonly string[], all: readonly Listed[]): ArmResponse {
  if (call.method !== "GET") throw methodNotAllowed(call.method);
  return answerList(call, `/${segments.join("/")}`, all);
}

function list(call: CallContent, value: readonly unknown[]): ArmResponse {
  return read(call, { value });
}

function notFound(): ArmError {
  const text = "The request did not have a subscription or a valid tenant level resource provider.";
  return new ArmError(404, "MissingSubscription", text);
}

function everyResource({ providers, resourceGroups, subscriptionId }: ArmOptions): readonly Listed[] {
  return resourceGroups.list(subscriptionId).flatMap(({ name }) => resourcesOf(providers, subscriptionId, name));
}
