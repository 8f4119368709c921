import { isRecord, type JsonRecord, listAt, numberAt, recordAt } from "../../json.ts";
import { celName } from "../names.ts";

/** What a schema says of how large a value may become (apiserver: pkg/cel/common/schemas.go). */
export interface SizedType {
  readonly kind:
    | "bool"
    | "bytes"
    | "double"
    | "duration"
    | "dyn"
    | "int"
    | "list"
    | "map"
    | "object"
    | "string"
    | "timestamp";
  /** Characters, items or members at most; 0 where it does not matter. */
  readonly maxElements: number;
  /** Bytes of the shortest JSON. */
  readonly minBytes: number;
  readonly items?: SizedType;
  readonly fields?: ReadonlyMap<string, SizedType>;
}

/** What kube-apiserver takes in one request. */
export const requestLimitBytes = 3 * 1024 * 1024;
const shortest = { bool: 4, double: 1, int: 1, string: 2 } as const;

export function sizedType(schema: JsonRecord, isRoot: boolean): SizedType | undefined {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return { kind: "dyn", maxElements: textLimit(schema), minBytes: 1 };
  }
  switch (schema["type"]) {
    case "array":
      return sizedList(schema);
    case "object":
      return sizedObject(schema, isRoot);
    case "string":
      return sizedText(schema);
    case "boolean":
      return { kind: "bool", maxElements: 0, minBytes: shortest.bool };
    case "number":
      return { kind: "double", maxElements: 0, minBytes: shortest.double };
    case "integer":
      return { kind: "int", maxElements: 0, minBytes: shortest.int };
    default:
      return undefined;
  }
}

function sizedList(schema: JsonRecord): SizedType | undefined {
  const items = isRecord(schema["items"]) ? sizedType(schema["items"], isEmbedded(schema["items"])) : undefined;
  if (!items) return undefined;
  const most = Math.floor((requestLimitBytes - 2) / (items.minBytes + 1));
  return { kind: "list", items, maxElements: Math.max(0, numberAt(schema, "maxItems") ?? most), minBytes: 2 };
}

function sizedObject(schema: JsonRecord, isRoot: boolean): SizedType | undefined {
  const { additionalProperties: values } = schema;
  if (isRecord(values)) {
    const items = sizedType(values, isEmbedded(values));
    if (!items) return undefined;
    const most = Math.floor((requestLimitBytes - 2) / (items.minBytes + 6));
    return { kind: "map", items, maxElements: Math.max(0, numberAt(schema, "maxProperties") ?? most), minBytes: 2 };
  }
  const required = listAt(schema, "required");
  const fields = new Map<string, SizedType>();
  let minBytes = 2;
  for (const [name, of] of Object.entries({ ...recordAt(schema, "properties"), ...(isRoot ? ofRoot : {}) })) {
    const type = isRecord(of) ? sizedType(of, isEmbedded(of)) : undefined;
    if (!type) continue;
    fields.set(celName(name) ?? "", type);
    if (required.includes(name) && recordAt(of)["default"] === undefined) minBytes += name.length + type.minBytes + 4;
  }
  return { kind: "object", fields, maxElements: 0, minBytes };
}

const text = { type: "string" };
const ofRoot: JsonRecord = {
  kind: text,
  apiVersion: text,
  metadata: { type: "object", properties: { name: text, generateName: text } },
};

function isEmbedded(schema: JsonRecord): boolean {
  return schema["x-kubernetes-embedded-resource"] === true;
}

function sizedText(schema: JsonRecord): SizedType {
  switch (schema["format"]) {
    case "byte": {
      const maxElements = Math.max(0, numberAt(schema, "maxLength") ?? requestLimitBytes - 2);
      return { kind: "bytes", maxElements, minBytes: shortest.string };
    }
    case "duration":
      return { kind: "duration", maxElements: 32, minBytes: 3 };
    case "date":
      return { kind: "timestamp", maxElements: 12, minBytes: 12 };
    case "date-time":
      return { kind: "timestamp", maxElements: 32, minBytes: 21 };
    default:
      return { kind: "string", maxElements: textLimit(schema), minBytes: shortest.string };
  }
}

/** A character may take four bytes. */
function textLimit(schema: JsonRecord): number {
  const most = numberAt(schema, "maxLength");
  if (most !== undefined) return Math.max(0, most) * 4;
  const values = listAt(schema, "enum").map((value) => (typeof value === "string" ? value.length : 0));
  return values.length > 0 ? Math.max(...values) : requestLimitBytes - 2;
}
