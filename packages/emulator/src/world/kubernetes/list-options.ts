import type { KubeObject } from "../objects.ts";
import { keyOf } from "../store.ts";
import { type Call, formOf, isTrue } from "./call.ts";
import { integerParameter, metaKind } from "./options.ts";
import { storedResource } from "./resource-type.ts";
import { parseFieldSelector, parseLabelSelector, type Selector } from "./selectors.ts";
import { badRequest, StatusError, tooLargeResourceVersion } from "./status-error.ts";
import { type FieldError, forbiddenField, invalid, notSupported } from "./validation/field-errors.ts";

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

/** The objects of the call after a key, in the form of its version, by namespace and name as etcd has them: still without `withOwners`. */
export function selectObjects(call: Call, after = ""): KubeObject[] {
  return candidates(call, after)
    .map((object) => formOf(call.type, object))
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
 * The version that a list or watch asks for; undefined for "any" (absent or 0). 504 for one that the cluster has not
 * reached.
 */
export function requestedVersion(call: Call): number | undefined {
  const version = versionParameter(call);
  const { store } = call.cluster;
  if (version !== undefined && version > store.version) throw tooLargeResourceVersion(version, store.version);
  return version;
}

/** `resourceVersion` of the query; undefined for "any". A list answers what is none with 400, everything else with 500. */
export function versionParameter({ request, name }: Call): number | undefined {
  const text = request.query.get("resourceVersion") ?? "";
  if (text === "" || text === "0") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const shown = JSON.stringify(text);
  const why = `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`;
  const isList = name === "" && !isTrue(request.query.get("watch"));
  throw isList ? badRequest(`invalid resource version: ${why}`) : new StatusError(500, "", why);
}

/** Refuses options of a list or watch that make no sense together (apimachinery: internalversion/validation). */
export function checkListOptions({ request: { query } }: Call, isWatch: boolean): void {
  for (const name of ["timeoutSeconds", "limit"]) integerParameter(query.get(name) || "0");
  const errors = isWatch ? watchErrors(query) : listErrors(query);
  if (errors.length > 0) throw invalid(metaKind("ListOptions"), "", errors);
}

const matchField = "resourceVersionMatch";

function listErrors(query: URLSearchParams): readonly FieldError[] {
  const match = query.get(matchField) ?? "";
  const version = query.get("resourceVersion") ?? "";
  const known = match === "" || match === "Exact" || match === "NotOlderThan";
  return [
    ...(match !== "" && version === ""
      ? [forbiddenField(matchField, "resourceVersionMatch is forbidden unless resourceVersion is provided")]
      : []),
    ...withContinue(query, match),
    ...(known ? [] : [notSupported(matchField, match, ["Exact", "NotOlderThan", ""])]),
    ...(match === "Exact" && version === "0"
      ? [forbiddenField(matchField, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')]
      : []),
    ...(query.get("sendInitialEvents") === null
      ? []
      : [forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list")]),
  ];
}

function watchErrors(query: URLSearchParams): readonly FieldError[] {
  const match = query.get(matchField) ?? "";
  const initial = query.get("sendInitialEvents");
  return [
    ...(initial !== null && match !== "NotOlderThan"
      ? [forbiddenField(matchField, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
      : []),
    ...(match !== "" && initial === null
      ? [forbiddenField(matchField, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
      : []),
    ...(match === "" || match === "NotOlderThan" ? [] : [notSupported(matchField, match, ["NotOlderThan"])]),
    ...withContinue(query, "any"),
  ];
}

function withContinue(query: URLSearchParams, match: string): readonly FieldError[] {
  return match !== "" && query.get("continue")
    ? [forbiddenField(matchField, "resourceVersionMatch is forbidden when continue is provided")]
    : [];
}

/** `sendInitialEvents` of a watch: the objects that are there, then a bookmark. Undefined: the client does not say. */
export function wantsInitialEvents({ request }: Call): boolean | undefined {
  const wanted = request.query.get("sendInitialEvents");
  return wanted === null ? undefined : isTrue(wanted);
}
