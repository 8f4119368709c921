import type { KubeObject } from "../objects.ts";
import { keyOf } from "../store.ts";
import { withOwners } from "./apply/pending-owners.ts";
import type { Call } from "./call.ts";
import { type JsonRecord, numberAt, textAt } from "./json.ts";
import { inspectJson } from "./json-text.ts";
import { checkListOptions, hasSelector, requestedVersion, selectObjects, versionParameter } from "./list-options.ts";
import { negotiate } from "./negotiation.ts";
import { integerParameter } from "./options.ts";
import { type IncludedObject, partialMetadata, tableOf } from "./printing/table.ts";
import { apiVersionOf, type ResourceType, storedResource } from "./resource-type.ts";
import { badRequest, expired, type StatusError } from "./status-error.ts";

/** The list that the call asks for, as a page when it sets a limit, in the form that its Accept header names. */
export function listObjects(call: Call): JsonRecord {
  checkListOptions(call, false);
  const limit = limitOf(call);
  const token = call.request.query.get("continue");
  const start = token ? readToken(call, token) : undefined;
  if (start === undefined) requestedVersion(call);
  else if (versionParameter(call) !== undefined) {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  const rest = selectObjects(call, start?.after);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const version = start?.version ?? call.cluster.store.version;
  return representList(call, page, pageMetadata(call, rest, page, version));
}

/** One object in the form that the Accept header names. */
export function representOne(call: Call, object: KubeObject): JsonRecord {
  switch (negotiate(call.request.accept, { list: false, goType: goTypeOf(call.type) })) {
    case "object":
      return object;
    case "metadata":
      return partialMetadata(object);
    case "table":
      return tableOf(call.type, [object], {
        nowMs: call.cluster.world.clock.now(),
        include: includedObject(call),
        metadata: { resourceVersion: object.metadata.resourceVersion ?? "" },
        withColumns: true,
      });
  }
}

function goTypeOf({ group, kind, custom }: ResourceType): string {
  if (custom) return "*unstructured.Unstructured";
  return `*${group === "" ? "core" : (group.split(".", 1)[0] ?? "")}.${kind}`;
}

export function includedObject({ request }: Call): IncludedObject {
  const wanted = request.query.get("includeObject") ?? "Metadata";
  if (wanted === "None" || wanted === "Metadata" || wanted === "Object") return wanted;
  if (wanted === "") return "Metadata";
  const rule = "must be 'Metadata', 'Object', 'None', or empty";
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(wanted)}: ${rule}`,
  );
}

/** Several objects in the form that the Accept header names. */
export function representList(call: Call, stored: readonly KubeObject[], metadata: JsonRecord): JsonRecord {
  switch (negotiate(call.request.accept, { list: true, goType: `${goTypeOf(call.type)}List` })) {
    case "object":
      return {
        kind: `${call.type.kind}List`,
        apiVersion: apiVersionOf(call.type),
        metadata: call.type.custom ? { continue: "", ...metadata } : metadata,
        items: stored.map((object) => ({ toJSON: () => itemOf(call.type, object) })),
      };
    case "metadata":
      return {
        kind: "PartialObjectMetadataList",
        apiVersion: "meta.k8s.io/v1",
        metadata,
        items: stored.map((object) => partialMetadata(withOwners(call.type, object))),
      };
    case "table": {
      const objects = stored.map((object) => withOwners(call.type, object));
      return tableOf(call.type, objects, {
        nowMs: call.cluster.world.clock.now(),
        include: includedObject(call),
        metadata,
        withColumns: true,
      });
    }
  }
}

/**
 * As it is written, which is when it is worked out: a list may be long, and nobody else is to wait for all of it. Items of
 * built-in lists do not repeat their kind; those of custom resources do.
 */
function itemOf(type: ResourceType, stored: KubeObject): JsonRecord {
  const object = withOwners(type, stored, false);
  if (type.custom) return object;
  const { apiVersion: _apiVersion, kind: _kind, ...item } = object;
  return item;
}

function pageMetadata(
  call: Call,
  rest: readonly KubeObject[],
  page: readonly KubeObject[],
  version: number,
): JsonRecord {
  const last = page.at(-1);
  const remaining = rest.length - page.length;
  if (remaining === 0 || !last) return { resourceVersion: String(version) };
  return {
    resourceVersion: String(version),
    continue: writeToken({ version, after: keyOf(last) }),
    ...(hasSelector(call) ? {} : { remainingItemCount: remaining }),
  };
}

interface Token {
  readonly version: number;
  /** Key of the last object of the page before. */
  readonly after: string;
}

function writeToken(token: Token): string {
  return Buffer.from(JSON.stringify({ v: tokenFormat, rv: token.version, start: token.after })).toString("base64url");
}

function readToken(call: Call, text: string): Token {
  const strange = text.search(/[^A-Za-z0-9_-]/);
  const illegal = strange >= 0 ? strange : text.length % 4 === 1 ? text.length - 1 : undefined;
  if (illegal !== undefined) throw invalidToken(`illegal base64 data at input byte ${illegal}`);
  const bytes = Buffer.from(text, "base64url").toString("utf8");
  const { error } = inspectJson(bytes);
  if (error !== undefined) throw invalidToken(error);
  const token: unknown = JSON.parse(bytes);
  const format = textAt(token, "v") ?? "";
  const version = numberAt(token, "rv") ?? 0;
  const after = textAt(token, "start") ?? "";
  if (format !== tokenFormat) throw invalidToken(`server does not recognize this encoded version ${format}`);
  if (version === 0) throw invalidToken(`incorrect encoded start resourceVersion (version ${format})`);
  if (after === "") throw invalidToken(`encoded start key empty (version ${format})`);
  if (after.split("/").includes("..")) throw invalidToken(after);
  const { store } = call.cluster;
  if (version < 0) return { version: store.version, after };
  if (store.eventsSince(storedResource(call.type), version) === "gone") {
    throw expired(tooOldToken, { continue: writeToken({ version: -1, after }) });
  }
  return { version, after };
}

const tokenFormat = "meta.k8s.io/v1";
const tooOldToken =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

function invalidToken(why: string): StatusError {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}

/** What is not above zero is no limit; a list from the cache (version 0) has none either. */
function limitOf({ request }: Call): number {
  const fromCache = request.query.get("resourceVersion") === "0";
  return fromCache ? 0 : Math.max(0, integerParameter(request.query.get("limit") || "0"));
}
