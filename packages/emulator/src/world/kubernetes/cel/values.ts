import { isRecord, type JsonRecord, recordAt, textAt } from "../json.ts";
import { evaluate } from "./compile.ts";
import { celName } from "./names.ts";

/** JSON as CEL sees it where nothing says more: whole numbers are `int`. */
export function dynamicValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(dynamicValue);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, dynamicValue(member)]));
}

/** What an expression came to, as JSON. */
export function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainValue(member)]));
}

/** JSON as CEL sees it through a structural schema: only what is declared, under names that CEL can say. */
export function schemaValue(schema: JsonRecord, value: unknown, isRoot = false): unknown {
  if (value === null || schema["x-kubernetes-int-or-string"] === true) return dynamicValue(value);
  if (typeof value === "string") return textValue(textAt(schema, "format") ?? "", value);
  if (typeof value === "number") return textAt(schema, "type") === "number" ? value : dynamicValue(value);
  if (Array.isArray(value)) return value.map((item) => schemaValue(recordAt(schema, "items"), item));
  return isRecord(value) ? objectValue(schema, value, isRoot) : value;
}

function objectValue(schema: JsonRecord, value: JsonRecord, isRoot: boolean): JsonRecord {
  const values = schema["additionalProperties"];
  if (isRecord(values)) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, schemaValue(values, member)]));
  }
  const described = recordAt(schema, "properties");
  const embedded = isRoot || schema["x-kubernetes-embedded-resource"] === true;
  const properties = embedded ? { ...described, ...identity } : described;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const of = Object.hasOwn(properties, name) ? properties[name] : undefined;
      const said = celName(name);
      return isRecord(of) && said !== undefined ? [[said, schemaValue(of, member)]] : [];
    }),
  );
}

const text = { type: "string" };

/** What every object says of itself to a rule. */
export const identity: JsonRecord = {
  apiVersion: text,
  kind: text,
  metadata: { type: "object", properties: { name: text, generateName: text } },
};

function textValue(format: string, value: string): unknown {
  switch (format) {
    case "byte":
      return new Uint8Array(Buffer.from(value, "base64"));
    case "date":
      return evaluate("timestamp(value)", { value: `${value}T00:00:00Z` });
    case "date-time":
      return evaluate("timestamp(value)", { value });
    case "duration":
      return evaluate("duration(value)", { value });
    default:
      return value;
  }
}
