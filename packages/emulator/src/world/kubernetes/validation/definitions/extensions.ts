import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../../json.ts";
import { childPath, type FieldError, invalidValue, itemPath, notSupported, required } from "../field-errors.ts";

/** The members of a schema that only Kubernetes has. */
export function validateExtensions(schema: JsonRecord, path: string): readonly FieldError[] {
  return [
    ...(schema["x-kubernetes-preserve-unknown-fields"] === false
      ? [invalidValue(childPath(path, "x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined")]
      : []),
    ...validateEmbedded(schema, path),
    ...validateListType(schema, path),
    ...validateMapType(schema, path),
    ...listAt(schema, "x-kubernetes-validations").flatMap((rule, index) =>
      validateRule(recordAt(rule), itemPath(childPath(path, "x-kubernetes-validations"), index), schema),
    ),
  ];
}

function validateEmbedded(schema: JsonRecord, path: string): readonly FieldError[] {
  if (schema["x-kubernetes-embedded-resource"] !== true) return [];
  const described = isRecord(schema["properties"]) || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const type = textAt(schema, "type") ?? "";
  return [
    ...(described
      ? []
      : [
          required(
            childPath(path, "properties"),
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
          ),
        ]),
    ...(type === "object"
      ? []
      : [invalidValue(childPath(path, "type"), type, "must be object if x-kubernetes-embedded-resource is true")]),
  ];
}

function validateListType(schema: JsonRecord, path: string): readonly FieldError[] {
  const kind = schema["x-kubernetes-list-type"];
  const type = textAt(schema, "type") ?? "";
  const place = childPath(path, "x-kubernetes-list-type");
  const keys = listAt(schema, "x-kubernetes-list-map-keys");
  if (kind === undefined) {
    return keys.length === 0 ? [] : [required(place, "must be map if x-kubernetes-list-map-keys is non-empty")];
  }
  if (kind !== "atomic" && kind !== "set" && kind !== "map")
    return [notSupported(place, kind, ["atomic", "set", "map"])];
  if (type !== "array") {
    return [invalidValue(childPath(path, "type"), type, "must be array if x-kubernetes-list-type is specified")];
  }
  if (kind === "map") return validateKeys(schema, keys, path);
  const items = recordAt(schema, "items");
  if (kind === "atomic" || textAt(items, "type") !== "object" || items["x-kubernetes-map-type"] === "atomic") return [];
  const why = "must be atomic as item of a list with x-kubernetes-list-type=set";
  return [invalidValue(`${path}.items.x-kubernetes-map-type`, items["x-kubernetes-map-type"] ?? null, why)];
}

function validateKeys(schema: JsonRecord, keys: readonly unknown[], path: string): readonly FieldError[] {
  const place = childPath(path, "x-kubernetes-list-map-keys");
  const items = recordAt(schema, "items");
  const type = textAt(items, "type") ?? "";
  if (keys.length === 0) return [required(place, "must not be empty if x-kubernetes-list-type is map")];
  if (type !== "object") {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    return [invalidValue(`${path}.items.type`, type, why)];
  }
  const properties = recordAt(items, "properties");
  const missing = keys.filter((key) => properties[String(key)] === undefined);
  const unsure = keys.filter((key) => {
    const own = properties[String(key)];
    return isRecord(own) && own["default"] === undefined && !listAt(items, "required").includes(key);
  });
  return [
    ...missing.map(() => invalidValue(place, keys, "entries must all be names of item properties")),
    ...(new Set(keys).size < keys.length ? [invalidValue(place, keys, "must not contain duplicate entries")] : []),
    ...unsure.map((key) =>
      required(
        `${path}.items.properties[${String(key)}].default`,
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
      ),
    ),
  ];
}

function validateMapType(schema: JsonRecord, path: string): readonly FieldError[] {
  const kind = schema["x-kubernetes-map-type"];
  if (kind === undefined) return [];
  const kinds = ["atomic", "granular"];
  const type = textAt(schema, "type") ?? "";
  if (typeof kind !== "string" || !kinds.includes(kind)) {
    return [notSupported(childPath(path, "x-kubernetes-map-type"), kind, kinds)];
  }
  if (type === "object") return [];
  return [invalidValue(childPath(path, "type"), type, "must be object if x-kubernetes-map-type is specified")];
}

const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

function validateRule(rule: JsonRecord, path: string, schema: JsonRecord): readonly FieldError[] {
  const { reason } = rule;
  const fieldPath = textAt(rule, "fieldPath") ?? "";
  const place = childPath(path, "fieldPath");
  const messageExpression = textAt(rule, "messageExpression") ?? "";
  return [
    ...validateMessage((textAt(rule, "rule") ?? "").trim(), textAt(rule, "message") ?? "", path),
    ...(messageExpression !== "" && messageExpression.trim() === ""
      ? [required(childPath(path, "messageExpression"), "messageExpression must be non-empty if specified")]
      : []),
    ...(typeof reason === "string" && !reasons.includes(reason)
      ? [notSupported(childPath(path, "reason"), reason, reasons)]
      : []),
    ...(fieldPath !== "" && fieldPath.trim() === ""
      ? [invalidValue(place, fieldPath, "must be non-empty if specified")]
      : []),
    ...(/[\r\n]/.test(fieldPath) ? [invalidValue(place, fieldPath, "must not contain line breaks")] : []),
    ...(fieldPath !== "" && !leadsSomewhere(schema, fieldPath)
      ? [invalidValue(place, fieldPath, "must be a valid path")]
      : []),
  ];
}

function validateMessage(rule: string, message: string, path: string): readonly FieldError[] {
  const place = childPath(path, "message");
  if (rule === "") return [required(childPath(path, "rule"), "rule is not specified")];
  if (message !== "" && message.trim() === "") return [invalidValue(place, message, "must be non-empty if specified")];
  if (/[\r\n]/.test(message.trim())) return [invalidValue(place, message, "must not contain line breaks")];
  if (!/[\r\n]/.test(rule) || message.trim() !== "") return [];
  return [required(place, "message must be specified if rule contains line breaks")];
}

/** `.spec.ports` or `.labels['a']`: members that the schema has. */
function leadsSomewhere(schema: JsonRecord, fieldPath: string): boolean {
  const steps = fieldPath.match(/\.[^.[\]]+|\['(?:[^'\\]|\\.)*'\]/g) ?? [];
  if (steps.join("") !== fieldPath) return false;
  const end = steps.reduce<unknown>((node, step) => {
    const name = step.startsWith(".") ? step.slice(1) : step.slice(2, -2);
    const { properties, additionalProperties } = recordAt(node);
    return recordAt(properties)[name] ?? (step.startsWith("[") ? additionalProperties : undefined);
  }, schema);
  return isRecord(end);
}
