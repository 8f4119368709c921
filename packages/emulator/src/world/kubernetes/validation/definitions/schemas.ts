import { re2 } from "../../cel/library/re2.ts";
import { validateSchema } from "../../custom/validate-schema.ts";
import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, notSupported, required } from "../field-errors.ts";
import { validateExtensions } from "./extensions.ts";

/** What makes a schema structural (apiextensions-apiserver: pkg/apiserver/schema/validation.go). */

const types = ["array", "boolean", "integer", "number", "object", "string"];

export function validateRootSchema(schema: JsonRecord, path: string): readonly FieldError[] {
  const type = textAt(schema, "type") ?? "";
  return [
    ...(type === "" ? [required(childPath(path, "type"), "must not be empty at the root")] : []),
    ...(type !== "" && type !== "object"
      ? [invalidValue(childPath(path, "type"), type, "must be object at the root")]
      : []),
    ...(schema["nullable"] === true
      ? [forbiddenField(childPath(path, "nullable"), "nullable cannot be true at the root")]
      : []),
    ...(schema["additionalProperties"] === undefined
      ? []
      : [forbiddenField(childPath(path, "additionalProperties"), "must not be used at the root")]),
    ...validateIdentity(recordAt(schema, "properties"), `${path}.properties`),
    ...validateNode(schema, path),
  ];
}

/** What every object has is not described anew. */
function validateIdentity(properties: JsonRecord, path: string): readonly FieldError[] {
  const metadata = recordAt(properties, "metadata");
  const described = Object.keys(recordAt(metadata, "properties")).filter(
    (name) => name !== "name" && name !== "generateName",
  );
  const wrongly = (name: string, type: string): readonly FieldError[] => {
    const found = textAt(properties, name, "type");
    return found === undefined || found === type
      ? []
      : [invalidValue(`${path}[${name}].type`, found, `must be ${type}`)];
  };
  return [
    ...wrongly("apiVersion", "string"),
    ...wrongly("kind", "string"),
    ...wrongly("metadata", "object"),
    ...(described.length > 0
      ? [
          forbiddenField(
            `${path}[metadata]`,
            "must not specify anything other than name and generateName, but metadata is implicitly specified",
          ),
        ]
      : []),
  ];
}

const unsupported = ["$ref", "definitions", "dependencies", "patternProperties", "additionalItems", "id"];

function validateNode(schema: JsonRecord, path: string): readonly FieldError[] {
  const { items, additionalProperties: values } = schema;
  const type = textAt(schema, "type") ?? "";
  return [
    ...unsupported
      .filter((member) => schema[member] !== undefined)
      .map((member) => forbiddenField(childPath(path, member), `${member} is not supported`)),
    ...(schema["uniqueItems"] === true
      ? [
          forbiddenField(
            childPath(path, "uniqueItems"),
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
          ),
        ]
      : []),
    ...(type === "" || types.includes(type) ? [] : [notSupported(childPath(path, "type"), type, types)]),
    ...(type === "array" && items === undefined ? [required(childPath(path, "items"), "must be specified")] : []),
    ...(Array.isArray(items)
      ? [forbiddenField(childPath(path, "items"), "items must be a schema object and not an array")]
      : []),
    ...(isRecord(values) && Object.keys(recordAt(schema, "properties")).length > 0
      ? [
          forbiddenField(
            childPath(path, "additionalProperties"),
            "additionalProperties and properties are mutual exclusive",
          ),
        ]
      : []),
    ...validatePattern(schema["pattern"], childPath(path, "pattern")),
    ...validateDefault(schema, childPath(path, "default")),
    ...validateExtensions(schema, path),
    ...validateMembers(schema, path),
    ...validateLogic(schema, path),
  ];
}

function validateMembers(schema: JsonRecord, path: string): readonly FieldError[] {
  const { items, additionalProperties: values } = schema;
  return [
    ...Object.entries(recordAt(schema, "properties")).flatMap(([name, member]) =>
      isRecord(member) ? validateTyped(member, `${path}.properties[${name}]`, "specified object fields") : [],
    ),
    ...(isRecord(values) ? validateTyped(values, `${path}.additionalProperties`, "specified object fields") : []),
    ...(isRecord(items) ? validateTyped(items, `${path}.items`, "specified array items") : []),
  ];
}

function validateTyped(schema: JsonRecord, path: string, of: string): readonly FieldError[] {
  const open = schema["x-kubernetes-int-or-string"] === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const untyped = !textAt(schema, "type") && !open && schema["$ref"] === undefined;
  return [
    ...(untyped ? [required(childPath(path, "type"), `must not be empty for ${of}`)] : []),
    ...validateNode(schema, path),
  ];
}

function validatePattern(pattern: unknown, path: string): readonly FieldError[] {
  if (typeof pattern !== "string") return [];
  try {
    re2(pattern);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [invalidValue(path, pattern, `must be a valid regular expression, but isn't: ${why}`)];
  }
}

function validateDefault(schema: JsonRecord, path: string): readonly FieldError[] {
  const value = schema["default"];
  if (value === undefined || value === null) return [];
  return [
    ...(hasUnknown(schema, value) ? [invalidValue(path, value, "must not have unknown fields")] : []),
    ...validateSchema(schema, value, "").map((error) => ({
      ...error,
      field: error.field === "" || error.field === "<nil>" ? path : `${path}.${error.field}`,
    })),
  ];
}

function hasUnknown(schema: JsonRecord, value: unknown): boolean {
  if (schema["x-kubernetes-preserve-unknown-fields"] === true || schema["x-kubernetes-embedded-resource"] === true) {
    return false;
  }
  if (Array.isArray(value)) return value.some((item) => hasUnknown(recordAt(schema, "items"), item));
  if (!isRecord(value)) return false;
  const { additionalProperties: values } = schema;
  return Object.entries(value).some(([name, member]) => {
    const own = recordAt(schema, "properties")[name];
    if (isRecord(own)) return hasUnknown(own, member);
    return isRecord(values) ? hasUnknown(values, member) : values !== true;
  });
}

/** What stands in `allOf` and its like only restricts: the shape is given outside of it. */
function validateLogic(schema: JsonRecord, path: string): readonly FieldError[] {
  const free = schema["x-kubernetes-int-or-string"] === true;
  return [
    ...["allOf", "anyOf", "oneOf"].flatMap((member) =>
      listAt(schema, member).flatMap((inner, index) =>
        isRecord(inner) ? validateInner(inner, `${path}.${member}[${index}]`, free) : [],
      ),
    ),
    ...(isRecord(schema["not"]) ? validateInner(schema["not"], `${path}.not`, false) : []),
  ];
}

const absent: readonly (readonly [member: string, why: string])[] = [
  ["additionalProperties", "must be undefined to be structural"],
  ["type", "must be empty to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["default", "must be undefined to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

/** `mayBeTyped`: an integer or a text may say so here. */
function validateInner(schema: JsonRecord, path: string, mayBeTyped: boolean): readonly FieldError[] {
  const isSet = (member: string): boolean => {
    const value = schema[member];
    return value !== undefined && value !== "" && value !== false;
  };
  const forbidden = absent.filter(([member]) => isSet(member) && !(mayBeTyped && member === "type"));
  const properties = Object.entries(recordAt(schema, "properties"));
  return [
    ...forbidden.map(([member, why]) => forbiddenField(childPath(path, member), why)),
    ...properties.flatMap(([name, inner]) =>
      isRecord(inner) ? validateInner(inner, `${path}.properties[${name}]`, false) : [],
    ),
    ...(isRecord(schema["items"]) ? validateInner(schema["items"], `${path}.items`, false) : []),
    ...["allOf", "anyOf", "oneOf"].flatMap((member) =>
      listAt(schema, member).flatMap((inner, index) =>
        isRecord(inner) ? validateInner(inner, `${path}.${member}[${index}]`, mayBeTyped) : [],
      ),
    ),
    ...(isRecord(schema["not"]) ? validateInner(schema["not"], `${path}.not`, false) : []),
  ];
}
