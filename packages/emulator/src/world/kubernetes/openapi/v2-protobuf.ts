import { isRecord, type JsonRecord } from "../json.ts";

/** An OpenAPI v2 document as protobuf: the messages of gnostic's OpenAPIv2.proto, as far as schemas need them. */
export function encodeDocument(document: JsonRecord): Uint8Array {
  const { info, definitions } = document;
  return message([
    text(1, document["swagger"]),
    nested(2, isRecord(info) ? message([text(1, info["title"]), text(2, info["version"])]) : empty),
    nested(8, empty),
    nested(9, namedSchemas(definitions)),
  ]);
}

const empty = Buffer.alloc(0);

function schema(value: unknown): Buffer {
  const one = isRecord(value) ? value : {};
  return message([
    text(1, one["$ref"]),
    text(2, one["format"]),
    text(4, one["description"]),
    ...list(one["required"]).map((name) => text(19, name)),
    ...list(one["enum"]).map((each) => nested(20, any(each))),
    "additionalProperties" in one ? nested(21, nested(1, schema(one["additionalProperties"]))) : empty,
    "type" in one ? nested(22, text(1, one["type"])) : empty,
    "items" in one ? nested(23, nested(1, schema(one["items"]))) : empty,
    "properties" in one ? nested(25, namedSchemas(one["properties"])) : empty,
    ...Object.entries(one)
      .filter(([name]) => name.startsWith("x-"))
      .map(([name, extension]) => nested(31, message([text(1, name), nested(2, any(extension))]))),
  ]);
}

function namedSchemas(schemas: unknown): Buffer {
  const named = Object.entries(isRecord(schemas) ? schemas : {});
  return message(named.map(([name, one]) => nested(1, message([text(1, name), nested(2, schema(one))]))));
}

/** Any: as YAML, which JSON is. */
function any(value: unknown): Buffer {
  return text(2, JSON.stringify(value));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function message(fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}

function text(number: number, value: unknown): Buffer {
  return typeof value === "string" && value !== "" ? nested(number, Buffer.from(value)) : empty;
}

/** A field of wire type 2: its tag, its length, and what is in it. */
function nested(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}
