import type { KubeObject } from "../objects.ts";
import { keyOf } from "../store.ts";
import type { Call } from "./call.ts";
import { type JsonRecord, numberAt, textAt } from "./json.ts";
import { hasSelector, requestedVersion, selectObjects } from "./list-options.ts";
import { negotiate } from "./negotiation.ts";
import { type IncludedObject, partialMetadata, tableOf } from "./printing/table.ts";
import { apiVersionOf } from "./resource-type.ts";
import { badRequest } from "./status-error.ts";

/** The list that the call asks for, as a page when it sets a limit, in the form that its Accept header names. */
export function listObjects(call: Call): JsonRecord {
  const limit = limitOf(call);
  const token = call.request.query.get("continue");
  const start = token ? readToken(token) : undefined;
  if (start === undefined) requestedVersion(call);
  const rest = selectObjects(call, start?.after);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const version = start?.version ?? call.cluster.store.version;
  return representList(call, page, pageMetadata(call, rest, page, version));
}

/** One object in the form that the Accept header names. */
export function representOne(call: Call, object: KubeObject): JsonRecord {
  const representation = negotiate(call.request.accept);
  switch (representation) {
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

export function includedObject({ request }: Call): IncludedObject {
  const wanted = request.query.get("includeObject") ?? "Metadata";
  if (wanted === "None" || wanted === "Metadata" || wanted === "Object") return wanted;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(wanted)}`);
}

/** Several objects in the form that the Accept header names. */
export function representList(call: Call, objects: readonly KubeObject[], metadata: JsonRecord): JsonRecord {
  switch (negotiate(call.request.accept)) {
    case "object":
      return {
        kind: `${call.type.kind}List`,
        apiVersion: apiVersionOf(call.type),
        metadata,
        items: call.type.custom ? objects : objects.map(withoutTypeMeta),
      };
    case "metadata":
      return {
        kind: "PartialObjectMetadataList",
        apiVersion: "meta.k8s.io/v1",
        metadata,
        items: objects.map(partialMetadata),
      };
    case "table":
      return tableOf(call.type, objects, {
        nowMs: call.cluster.world.clock.now(),
        include: includedObject(call),
        metadata,
        withColumns: true,
      });
  }
}

/** Items of built-in lists do not repeat their kind; those of custom resources do. */
function withoutTypeMeta(object: KubeObject): JsonRecord {
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
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: token.version, start: token.after })).toString(
    "base64url",
  );
}

function readToken(text: string): Token {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    const version = numberAt(token, "rv");
    const after = textAt(token, "start");
    if (version !== undefined && after !== undefined) return { version, after };
  } catch {
    // falls through to the refusal
  }
  throw badRequest("continue key is not valid");
}

function limitOf({ request }: Call): number {
  const text = request.query.get("limit") ?? "";
  if (text === "") return 0;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}
