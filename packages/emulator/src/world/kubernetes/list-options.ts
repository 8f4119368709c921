import type { KubeObject } from "../objects.ts";
import { keyOf } from "../store.ts";
import { type Call, fromStored, isTrue } from "./call.ts";
import { storedResource } from "./resource-type.ts";
import { parseFieldSelector, parseLabelSelector, type Selector } from "./selectors.ts";
import { badRequest, tooLargeResourceVersion } from "./status-error.ts";
import { forbiddenField, invalid } from "./validation/field-errors.ts";

/** What the called list or watch selects; a name in the URL selects that object. */
export function selectorOf({ request, type, name, namespace }: Call): Selector {
  const byLabel = parseLabelSelector(request.query.get("labelSelector") ?? "");
  const byField = parseFieldSelector(request.query.get("fieldSelector") ?? "", type);
  return (object) =>
    (name === "" || object.metadata.name === name) &&
    (namespace === undefined || object.metadata.namespace === namespace) &&
    byLabel(object) &&
    byField(object);
}

export function hasSelector({ request }: Call): boolean {
  return Boolean(request.query.get("labelSelector") || request.query.get("fieldSelector"));
}

/** The objects of the call after a key, in the form of its version, by namespace and name as etcd has them. */
export function selectObjects(call: Call, after = ""): KubeObject[] {
  return candidates(call, after)
    .map((object) => fromStored(call.type, object))
    .filter(selectorOf(call));
}

/** Who asks for one object by its name is not made to wait for all. */
function candidates(call: Call, after: string): readonly KubeObject[] {
  const { cluster, type, namespace } = call;
  if (type.computed) return inOrder(type.computed.list(cluster, namespace)).filter((one) => keyOf(one) > after);
  const name = selectedName(call);
  const resource = storedResource(type);
  if (name === undefined || (type.namespaced && namespace === undefined)) {
    return cluster.store.listAfter(resource, after, namespace);
  }
  const only = cluster.store.get(resource, namespace, name);
  return only && keyOf(only) > after ? [only] : [];
}

function inOrder(objects: readonly KubeObject[]): KubeObject[] {
  return objects.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function selectedName({ name, request }: Call): string | undefined {
  return name || /(?:^|,)metadata\.name==?([^,=]+)(?:,|$)/.exec(request.query.get("fieldSelector") ?? "")?.[1];
}

/**
 * The version that a list or watch asks for; undefined for "any" (absent or 0). 400 for what is no version, 504 for one
 * that the cluster has not reached.
 */
export function requestedVersion({ request, cluster }: Call): number | undefined {
  const text = request.query.get("resourceVersion") ?? "";
  if (text === "" || text === "0") return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: invalid syntax`);
  const version = Number(text);
  if (version > cluster.store.version) throw tooLargeResourceVersion(version, cluster.store.version);
  return version;
}

/** `sendInitialEvents` of a watch: the objects that are there, then a bookmark. 422 for combinations that make no sense. */
export function wantsInitialEvents(call: Call): boolean {
  const { query } = call.request;
  const wanted = query.get("sendInitialEvents");
  const match = query.get("resourceVersionMatch");
  if (match !== null && match !== "" && wanted === null) {
    throw listOptionsError(
      "resourceVersionMatch",
      "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
    );
  }
  if (wanted !== null && match !== "NotOlderThan") {
    throw listOptionsError(
      "resourceVersionMatch",
      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    );
  }
  return isTrue(wanted);
}

function listOptionsError(field: string, detail: string): Error {
  return invalid({ group: "meta.k8s.io", plural: "", kind: "ListOptions" }, "", [forbiddenField(field, detail)]);
}
