import type { Cluster } from "../cluster.ts";
import { authorize } from "./access/authorization.ts";
import { ServiceAccountTokens } from "./access/service-account-tokens.ts";
import { requestToken } from "./access/token-request.ts";
import type { UserInfo } from "./access/user.ts";
import { createQuotaLifecycle } from "./admission/quota-lifecycle.ts";
import { AdmissionRequired } from "./admission/required.ts";
import { unavailableVersions } from "./aggregation/api-services.ts";
import { createApiServiceLifecycle } from "./aggregation/lifecycle.ts";
import { decodeObject, parseObjectBody } from "./body.ts";
import { createSystemObjects } from "./bootstrap.ts";
import { type Call, readObject, writerOf } from "./call.ts";
import { createDefinitionLifecycle } from "./custom/definition-lifecycle.ts";
import { type Deletion, deleteObject, deleteOptionsOf } from "./delete.ts";
import { recordDeprecatedCall } from "./deprecated-calls.ts";
import { discover } from "./discovery.ts";
import { listObjects, representList, representOne } from "./list.ts";
import { selectObjects } from "./list-options.ts";
import { createNamespaceLifecycle } from "./namespaces.ts";
import { negotiate } from "./negotiation.ts";
import { openApi } from "./openapi.ts";
import { patchObject } from "./patch.ts";
import { builtInTypes, Registry } from "./registry.ts";
import { type KubeRequest, type KubeResponse, parseResourcePath, type ResourcePath, segmentsOf } from "./request.ts";
import type { ResourceType, SubresourceName, Verb } from "./resource-type.ts";
import { methodNotAllowed, pathNotFound, StatusError } from "./status-error.ts";
import { bindPod } from "./subresources/binding.ts";
import { evictPod } from "./subresources/eviction.ts";
import { podLog } from "./subresources/log.ts";
import { scaleObject } from "./subresources/scale.ts";
import { versionInfo } from "./version.ts";
import { watchObjects } from "./watch.ts";
import { createObject, replaceObject } from "./write.ts";

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
    const endQuotas = createQuotaLifecycle(cluster);
    this.#endLifecycle = () => {
      endNamespaces();
      endDefinitions();
      endApiServices();
      endQuotas();
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

  #route(request: KubeRequest): KubeResponse {
    const segments = segmentsOf(request.path);
    const [root = ""] = segments;
    if (root === "api" || root === "apis") {
      const path = parseResourcePath(segments);
      authorize(this.#cluster, request, path);
      if (path && this.#registry.find(path.group, path.version, path.plural)) {
        const call = this.#callOf(path, request);
        return withDeprecation(call, answer(call));
      }
      const elsewhere = unavailableVersions(this.#cluster, this.#registry);
      if (elsewhere.some(({ group, version }) => segments[1] === group && segments[2] === version)) {
        return { kind: "text", status: 503, text: "service unavailable\n" };
      }
      if (path) throw pathNotFound();
      requireGet(request);
      return discover(this.#registry, elsewhere, segments, request.accept);
    }
    authorize(this.#cluster, request, undefined);
    requireGet(request);
    if (root === "")
      return json({ paths: ["/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"] });
    if (root === "version" && segments.length === 1) return json(versionInfo(this.#cluster.kubernetesVersion));
    if (healthPaths.includes(root)) return { kind: "text", status: 200, text: "ok" };
    if (root === "openapi") return openApi(this.#registry, this.#cluster.kubernetesVersion, segments);
    throw pathNotFound();
  }

  #callOf(path: ResourcePath, request: KubeRequest): Call {
    const type = this.#registry.find(path.group, path.version, path.plural);
    const { namespace, name = "", subresource = "" } = path;
    if (!type) throw pathNotFound();
    if (!type.namespaced && namespace !== undefined) throw pathNotFound();
    if (type.namespaced && namespace === undefined && name !== "") throw pathNotFound();
    if (subresource !== "" && !type.subresources.includes(subresource as SubresourceName)) throw pathNotFound();
    return { cluster: this.#cluster, request, type, namespace, name, subresource, tokens: this.#tokens };
  }
}

/** Who uses an old version is told so, and the use is remembered: AKS asks for it before an upgrade. */
function withDeprecation(call: Call, response: KubeResponse): KubeResponse {
  const { type, cluster, request } = call;
  if (type.deprecation === undefined || response.kind === "text" || response.kind === "admission") return response;
  recordDeprecatedCall(cluster, type, request.userAgent);
  return { ...response, warnings: [...(response.warnings ?? []), type.deprecation] };
}

/** The answer for a refusal. */
export function refusal(error: StatusError): Extract<KubeResponse, { kind: "json" }> {
  const seconds = error.details?.retryAfterSeconds;
  return { kind: "json", status: error.code, body: error.body(), ...(seconds ? { retryAfterSeconds: seconds } : {}) };
}

/** Paths that answer without a token. */
export const healthPaths: readonly string[] = ["healthz", "livez", "readyz"];

function answer(call: Call): KubeResponse {
  switch (call.subresource as SubresourceName | "") {
    case "":
      return call.name === "" ? answerCollection(call) : answerObject(call);
    case "status":
    case "finalize":
      return answerPart(call);
    case "scale":
      return scaleObject(call);
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
      return isWatch(call) ? watch(call) : json(representOne(call, requireObject(call)));
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
  const { object, warnings } = decodeObject(call, parseObjectBody(call.request.contentType, call.request.body));
  if (call.type.answer) return { kind: "json", status: 201, body: call.type.answer(object, call), warnings };
  const created = createObject(call, object, writerOf(call));
  return { kind: "json", status: 201, body: representOne(call, created), warnings };
}

function update(call: Call): KubeResponse {
  requireVerb(call, "update");
  negotiate(call.request.accept);
  const { object, warnings } = decodeObject(call, parseObjectBody(call.request.contentType, call.request.body));
  const updated = replaceObject(call, readObject(call), object, writerOf(call));
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
  return json(describeDeletion(call, deleteObject(call)));
}

function deleteCollection(call: Call): KubeResponse {
  requireVerb(call, "deletecollection");
  const options = deleteOptionsOf(call);
  const objects = selectObjects(call);
  const deleted = objects.map(({ metadata: { name, namespace } }) => {
    return deleteObject({ ...call, name, namespace }, options).object;
  });
  return json(representList(call, deleted, { resourceVersion: String(call.cluster.store.version) }));
}

/** A pod or namespace comes back as it is now; of the others the answer only says that they are gone. */
function describeDeletion({ type }: Call, deletion: Deletion): unknown {
  const { metadata } = deletion.object;
  if (deletion.kind === "terminating" || type.kind === "Pod") return deletion.object;
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
  const value = request.query.get("watch");
  return value === "true" || value === "1";
}

function json(body: unknown): KubeResponse {
  return { kind: "json", status: 200, body };
}
