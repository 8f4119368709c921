import type { Cluster } from "../cluster.ts";
import { authorize } from "./access/authorization.ts";
import { ServiceAccountTokens } from "./access/service-account-tokens.ts";
import { createTokenSecretLifecycle } from "./access/token-secrets.ts";
import type { UserInfo } from "./access/user.ts";
import { createPolicyLifecycle } from "./admission/policies/lifecycle.ts";
import { createQuotaLifecycle } from "./admission/quota-lifecycle.ts";
import { AdmissionRequired } from "./admission/required.ts";
import { unavailableVersions } from "./aggregation/api-services.ts";
import { createApiServiceLifecycle } from "./aggregation/lifecycle.ts";
import { answer } from "./answer.ts";
import { alsoWarning, json, refusal, withDeprecation } from "./answered.ts";
import { createSystemObjects } from "./bootstrap.ts";
import type { Call } from "./call.ts";
import { createDefinitionLifecycle } from "./custom/definition-lifecycle.ts";
import { discover } from "./discovery.ts";
import { healthOf, healthPaths } from "./health.ts";
import { createNamespaceLifecycle } from "./namespaces.ts";
import { requireForm } from "./negotiation.ts";
import { openApiV2 } from "./openapi/v2.ts";
import { openApiV3 } from "./openapi/v3.ts";
import { builtInTypes, Registry } from "./registry.ts";
import {
  type KubeRequest,
  type KubeResponse,
  pageNotFound,
  parseResourcePath,
  type ResourcePath,
  segmentsOf,
} from "./request.ts";
import { apiVersionOf, type ResourceType, type SubresourceName } from "./resource-type.ts";
import { rootPaths } from "./root-paths.ts";
import { metricsOf } from "./server-metrics.ts";
import { methodNotAllowed, notFound, pathNotFound, StatusError } from "./status-error.ts";
import { versionInfo } from "./version.ts";

/**
 * The Kubernetes API of one cluster: a call in, an answer out, at once. It reads and writes the cluster's store; what
 * then happens to the objects is the controllers' business.
 */
export class KubeApi {
  readonly #cluster: Cluster;
  readonly #registry: Registry;
  readonly #tokens: ServiceAccountTokens;
  readonly #endLifecycle: () => void;

  /** `caPem`: what signs the server's certificate; pods find it in their namespace. */
  constructor(cluster: Cluster, caPem = "", types: readonly ResourceType[] = builtInTypes) {
    this.#cluster = cluster;
    this.#registry = new Registry(types, () => cluster.kubernetesVersion);
    this.#tokens = new ServiceAccountTokens(cluster);
    createSystemObjects(cluster, types);
    const endNamespaces = createNamespaceLifecycle(cluster, this.#registry, caPem);
    const endDefinitions = createDefinitionLifecycle(cluster, this.#registry);
    const endApiServices = createApiServiceLifecycle(cluster, this.#registry);
    const endPolicies = createPolicyLifecycle(cluster, this.#registry);
    const endQuotas = createQuotaLifecycle(cluster);
    const endTokenSecrets = createTokenSecretLifecycle(cluster, this.#tokens, caPem);
    this.#endLifecycle = () => {
      endNamespaces();
      endDefinitions();
      endApiServices();
      endPolicies();
      endQuotas();
      endTokenSecrets();
    };
  }

  /** Never throws for what a client can send: refusals are `Status` bodies. */
  handle(request: KubeRequest): KubeResponse {
    try {
      return this.#route(request);
    } catch (error) {
      if (error instanceof StatusError) return refusal(error);
      if (error instanceof AdmissionRequired) return { kind: "admission", attempt: error.attempt };
      throw error;
    }
  }

  /** Whose bearer token this is, when it is one of a service account. */
  authenticate(token: string): UserInfo | undefined {
    return this.#tokens.userOf(token);
  }

  close(): void {
    this.#endLifecycle();
  }

  #route(sent: KubeRequest): KubeResponse {
    if (sent.path.startsWith("//")) return pageNotFound;
    const { request, segments } = asWatch(sent, segmentsOf(sent.path));
    const [root = ""] = segments;
    if (root === "api" || root === "apis") {
      const path = parseResourcePath(segments);
      authorize(this.#cluster, request, path);
      if (path && this.#registry.find(path.group, path.version, path.plural)) {
        const warned: string[] = [];
        const call = this.#callOf(path, request, (text) => warned.push(text));
        return withDeprecation(call, () => alsoWarning(warned, () => answer(call)));
      }
      const elsewhere = unavailableVersions(this.#cluster, this.#registry);
      if (elsewhere.some(({ group, version }) => segments[1] === group && segments[2] === version)) {
        return { kind: "text", status: 503, text: "service unavailable\n" };
      }
      const [, group] = segments;
      const isKnown =
        group === undefined || this.#registry.groups().has(group) || elsewhere.some((one) => one.group === group);
      if (root === "apis" && !isKnown) return pageNotFound;
      if (path) throw pathNotFound();
      if (segments.length > 2 || root === "api") requireGet(request);
      requireForm(request.accept);
      return discover(this.#registry, elsewhere, segments, request.accept);
    }
    authorize(this.#cluster, request, undefined);
    if (root === "") return json({ paths: rootPaths(this.#registry) });
    if (root === "version" && segments.length === 1) {
      requireGet(request);
      requireForm(request.accept, ["application/json"]);
      return json(versionInfo(this.#cluster.kubernetesVersion));
    }
    if (root === "metrics" && segments.length === 1) {
      requireGet(request);
      return { kind: "text", status: 200, text: metricsOf(this.#cluster) };
    }
    if (healthPaths.includes(root)) return healthOf(root, segments.slice(1), request.query);
    if (root === "openapi") return this.#openApi(request, segments.slice(1));
    return pageNotFound;
  }

  #openApi(request: KubeRequest, [version, ...rest]: readonly string[]): KubeResponse {
    requireGet(request);
    const { kubernetesVersion } = this.#cluster;
    if (version === "v3") return openApiV3(this.#registry, kubernetesVersion, rest);
    if (version === "v2" && rest.length === 0) return openApiV2(this.#registry, kubernetesVersion, request.accept);
    return pageNotFound;
  }

  #callOf(path: ResourcePath, request: KubeRequest, warn: Call["warn"]): Call {
    const type = this.#registry.find(path.group, path.version, path.plural);
    const { namespace, name = "", subresource = "" } = path;
    if (!type) throw pathNotFound();
    if (!type.namespaced && namespace !== undefined) throw pathNotFound();
    if (type.namespaced && namespace === undefined && name !== "") throw pathNotFound();
    // What only answers questions has no objects.
    if (name !== "" && !type.verbs.includes("get")) throw pathNotFound();
    if (subresource !== "" && !type.subresources.includes(subresource as SubresourceName)) {
      // Custom resources could have these.
      const isPossible = type.custom && (subresource === "status" || subresource === "scale");
      throw isPossible ? notFound(type, name) : pathNotFound();
    }
    const kindOf = (apiVersion: string, kind: string): ResourceType | undefined =>
      this.#registry.types.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
    return {
      cluster: this.#cluster,
      request,
      type,
      namespace,
      name,
      subresource,
      tokens: this.#tokens,
      warn,
      knowsKind: (apiVersion, kind) => kindOf(apiVersion, kind) !== undefined,
      builtIn: kindOf,
    };
  }
}

/** The older way to watch, `/api/v1/watch/…`, as the newer one. */
function asWatch(
  request: KubeRequest,
  segments: readonly string[],
): { readonly request: KubeRequest; readonly segments: readonly string[] } {
  const place = segments[0] === "api" ? 2 : 3;
  if ((segments[0] !== "api" && segments[0] !== "apis") || segments[place] !== "watch" || request.method !== "GET")
    return { request, segments };
  const rest = segments.toSpliced(place, 1);
  const path = parseResourcePath(rest);
  const query = new URLSearchParams(request.query);
  query.set("watch", "true");
  if (path?.name !== undefined) query.set("fieldSelector", `metadata.name=${path.name}`);
  const watched = path?.name === undefined ? rest : rest.slice(0, -1);
  return { request: { ...request, query }, segments: watched };
}

function requireGet({ method }: KubeRequest): void {
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed();
}
