import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../objects.ts";
import { authorize } from "./access/authorization.ts";
import { ServiceAccountTokens } from "./access/service-account-tokens.ts";
import { requestToken } from "./access/token-request.ts";
import { createTokenSecretLifecycle } from "./access/token-secrets.ts";
import type { UserInfo } from "./access/user.ts";
import { createPolicyLifecycle } from "./admission/policies/lifecycle.ts";
import { createQuotaLifecycle } from "./admission/quota-lifecycle.ts";
import { AdmissionRequired } from "./admission/required.ts";
import { unavailableVersions } from "./aggregation/api-services.ts";
import { createApiServiceLifecycle } from "./aggregation/lifecycle.ts";
import { recordUpdate } from "./apply/managers.ts";
import { readObjectBody } from "./body.ts";
import { createSystemObjects } from "./bootstrap.ts";
import { type Call, findObject, isTrue, readObject, writerOf } from "./call.ts";
import { createDefinitionLifecycle } from "./custom/definition-lifecycle.ts";
import { type Deletion, deleteObject, deleteOptionsOf, deletionWarnings } from "./delete.ts";
import { recordDeprecatedCall } from "./deprecated-calls.ts";
import { discover } from "./discovery.ts";
import { healthOf, healthPaths } from "./health.ts";
import { listObjects, representList, representOne } from "./list.ts";
import { requestedVersion, selectObjects } from "./list-options.ts";
import { createNamespaceLifecycle } from "./namespaces.ts";
import { negotiate, requireForm } from "./negotiation.ts";
import { openApiV2 } from "./openapi/v2.ts";
import { openApiV3 } from "./openapi/v3.ts";
import { checkWriteOptions } from "./options.ts";
import { patchObject } from "./patch.ts";
import { builtInTypes, Registry } from "./registry.ts";
import {
  type KubeRequest,
  type KubeResponse,
  pageNotFound,
  parseResourcePath,
  type ResourcePath,
  segmentsOf,
} from "./request.ts";
import { apiVersionOf, type ResourceType, type SubresourceName, type Verb } from "./resource-type.ts";
import { rootPaths } from "./root-paths.ts";
import { metricsOf } from "./server-metrics.ts";
import { methodNotAllowed, notFound, pathNotFound, StatusError } from "./status-error.ts";
import { createsOnUpdate, returnsDeleted } from "./strategy.ts";
import { bindingType, bindPod } from "./subresources/binding.ts";
import { connectToPod, proxyTo } from "./subresources/connect.ts";
import { evictPod } from "./subresources/eviction.ts";
import { podLog } from "./subresources/log.ts";
import { scaleObject } from "./subresources/scale.ts";
import { versionInfo } from "./version.ts";
import { watchObjects } from "./watch.ts";
import { checkIdentity, createObject, replaceObject } from "./write.ts";

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

/** Who uses an old version is told so, and the use is remembered: AKS asks for it before an upgrade. */
function withDeprecation(call: Call, respond: () => KubeResponse): KubeResponse {
  const { type, cluster, request } = call;
  if (type.deprecation === undefined) return respond();
  recordDeprecatedCall(cluster, type, request.userAgent);
  return withWarning([type.deprecation], respond);
}

/** A refusal carries the warnings too. */
function withWarning(warnings: readonly string[], respond: () => KubeResponse): KubeResponse {
  if (warnings.length === 0) return respond();
  const response = answered(respond);
  if (response.kind !== "json" && response.kind !== "stream") return response;
  return { ...response, warnings: [...warnings, ...(response.warnings ?? [])] };
}

/** `warned`: what comes up while the call is carried out. */
function alsoWarning(warned: readonly string[], respond: () => KubeResponse): KubeResponse {
  const response = answered(respond);
  if (warned.length === 0 || (response.kind !== "json" && response.kind !== "stream")) return response;
  return { ...response, warnings: [...(response.warnings ?? []), ...warned] };
}

/** A refusal is an answer too. */
function answered(respond: () => KubeResponse): KubeResponse {
  try {
    return respond();
  } catch (error) {
    if (error instanceof StatusError) return refusal(error);
    throw error;
  }
}

/** The answer for a refusal. */
export function refusal(error: StatusError): Extract<KubeResponse, { kind: "json" }> {
  const seconds = error.details?.retryAfterSeconds;
  return { kind: "json", status: error.code, body: error.body(), ...(seconds ? { retryAfterSeconds: seconds } : {}) };
}

function answer(call: Call): KubeResponse {
  switch (call.subresource as SubresourceName | "") {
    case "":
      return call.name === "" ? answerCollection(call) : answerObject(call);
    case "status":
    case "approval":
    case "ephemeralcontainers":
    case "finalize":
    case "resize":
      return answerPart(call);
    case "scale":
      return scaleObject(call);
    case "attach":
    case "exec":
    case "portforward":
      return connectToPod(call);
    case "proxy":
      return proxyTo(call);
    case "eviction":
      return evictPod(call);
    case "binding":
      return bindPod(call);
    case "log":
      return podLog(call);
    case "token":
      return requestToken(call);
  }
}

function answerCollection(call: Call): KubeResponse {
  switch (call.request.method) {
    case "GET":
      return isWatch(call) ? watch(call) : list(call);
    case "POST":
      return create(call);
    case "DELETE":
      return deleteCollection(call);
    default:
      throw methodNotAllowed();
  }
}

function answerObject(call: Call): KubeResponse {
  switch (call.request.method) {
    case "GET":
      return json(representOne(call, requireObject(call)));
    case "PUT":
      return update(call);
    case "PATCH":
      return patch(call);
    case "DELETE":
      return remove(call);
    default:
      throw methodNotAllowed();
  }
}

function answerPart(call: Call): KubeResponse {
  switch (call.request.method) {
    case "GET":
      return json(representOne(call, requireObject(call)));
    case "PUT":
      return update(call);
    case "PATCH":
      return patch(call);
    default:
      throw methodNotAllowed();
  }
}

function requireObject(call: Call): ReturnType<typeof readObject> {
  requireVerb(call, "get");
  requestedVersion(call);
  return readObject(call);
}

function list(call: Call): KubeResponse {
  requireVerb(call, "list");
  return json(listObjects(call));
}

function watch(call: Call): KubeResponse {
  requireVerb(call, "watch");
  const open = watchObjects(call);
  return { kind: "stream", contentType: "application/json", open };
}

function create(call: Call): KubeResponse {
  requireVerb(call, "create");
  if (call.type.namespaced && call.namespace === undefined) throw methodNotAllowed();
  negotiate(call.request.accept);
  checkWriteOptions(call, "CreateOptions");
  if (call.type === bindingType) return bindPod(call);
  const { object, warnings } = readObjectBody(call);
  if (call.type.answer) return answerReview(call, object, warnings);
  const created = createObject(call, object, writerOf(call));
  return { kind: "json", status: 201, body: representOne(call, created), warnings };
}

/** Nothing is kept; who asked is told that the question is his. */
function answerReview(call: Call, question: KubeObject, warnings: readonly string[]): KubeResponse {
  const { namespace: _, ...metadata } = question.metadata;
  const asked = call.namespace === undefined ? metadata : { ...metadata, namespace: call.namespace };
  const answered = call.type.answer?.({ ...question, metadata: asked }, call) ?? question;
  const { managedFields } = recordUpdate(call.type, undefined, question, writerOf(call)).metadata;
  const { namespace, creationTimestamp } = answered.metadata;
  return {
    kind: "json",
    status: 201,
    body: {
      ...answered,
      metadata: {
        ...(namespace ? { namespace } : {}),
        ...(creationTimestamp ? { creationTimestamp } : {}),
        ...(managedFields && call.type.kind !== "SelfSubjectRulesReview" ? { managedFields } : {}),
      },
    },
    warnings,
  };
}

function update(call: Call): KubeResponse {
  requireVerb(call, "update");
  negotiate(call.request.accept);
  checkWriteOptions(call, "UpdateOptions");
  const { object, warnings } = readObjectBody(call);
  checkIdentity(call, object);
  const current = findObject(call);
  if (!current && call.subresource === "" && createsOnUpdate(call.type)) {
    return {
      kind: "json",
      status: 201,
      body: representOne(call, createObject(call, object, writerOf(call))),
      warnings,
    };
  }
  const updated = replaceObject(call, current ?? readObject(call), object, writerOf(call));
  return { kind: "json", status: 200, body: representOne(call, updated), warnings };
}

function patch(call: Call): KubeResponse {
  requireVerb(call, "patch");
  negotiate(call.request.accept);
  const { object, created, warnings } = patchObject(call);
  return { kind: "json", status: created ? 201 : 200, body: representOne(call, object), warnings };
}

function remove(call: Call): KubeResponse {
  requireVerb(call, "delete");
  const options = deleteOptionsOf(call);
  const warnings = deletionWarnings(call, options);
  return withWarning(warnings, () => json(describeDeletion(call, deleteObject(call, options))));
}

function deleteCollection(call: Call): KubeResponse {
  requireVerb(call, "deletecollection");
  if (call.type.namespaced && call.namespace === undefined) throw methodNotAllowed();
  const options = deleteOptionsOf(call);
  // They are shown as they were found.
  const objects = selectObjects(call);
  for (const { metadata } of objects) {
    deleteObject({ ...call, name: metadata.name, namespace: metadata.namespace }, options);
  }
  const body = representList(call, objects, { resourceVersion: String(call.cluster.store.version) });
  return { kind: "json", status: 200, body, warnings: deletionWarnings(call, options) };
}

/** A pod or namespace comes back as it is now; of the others the answer only says that they are gone. */
function describeDeletion({ type }: Call, deletion: Deletion): unknown {
  const { metadata } = deletion.object;
  if (deletion.kind === "terminating" || returnsDeleted(type)) return deletion.object;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name: metadata.name,
      ...(type.group ? { group: type.group } : {}),
      kind: type.plural,
      uid: metadata.uid,
    },
  };
}

function requireVerb({ type }: Call, verb: Verb): void {
  if (!type.verbs.includes(verb)) throw methodNotAllowed();
}

function requireGet({ method }: KubeRequest): void {
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed();
}

function isWatch({ request }: Call): boolean {
  return isTrue(request.query.get("watch"));
}

function json(body: unknown): KubeResponse {
  return { kind: "json", status: 200, body };
}
