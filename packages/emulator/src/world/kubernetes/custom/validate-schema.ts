import { re2 } from "../cel/library/re2.ts";
import { isRecord, type JsonRecord, listAt, numberAt, recordAt, sameJson, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  invalidValue,
  itemPath,
  notSupported,
  required,
  tooMany,
} from "../validation/field-errors.ts";
import { hasFormat } from "./formats.ts";

/** What a structural schema has against a value, worded as the API server does (kube-openapi: pkg/validation). */
export function validateSchema(schema: JsonRecord, value: unknown, path: string): readonly FieldError[] {
  if (value === null) return schema["nullable"] === true ? [] : [typeError(schema, value, path)];
  if (!hasType(schema, value)) return [typeError(schema, value, path)];
  return [
    ...validateEnum(schema, value, path),
    ...validateKind(schema, value, path),
    ...validateLogic(schema, value, path),
  ];
}

function validateKind(schema: JsonRecord, value: unknown, path: string): readonly FieldError[] {
  if (typeof value === "string") return validateText(schema, value, path);
  if (typeof value === "number") return validateNumber(schema, value, path);
  if (Array.isArray(value)) return validateList(schema, value, path);
  return isRecord(value) ? validateObject(schema, value, path) : [];
}

function hasType(schema: JsonRecord, value: unknown): boolean {
  if (schema["x-kubernetes-int-or-string"] === true) return typeof value === "string" || Number.isInteger(value);
  switch (textAt(schema, "type") ?? "") {
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    default:
      return true;
  }
}

function typeError(schema: JsonRecord, value: unknown, path: string): FieldError {
  const found = typeName(value);
  const wanted =
    schema["x-kubernetes-int-or-string"] === true ? "integer,string" : (textAt(schema, "type") ?? "object");
  const error = invalidValue(path, found, `${path} in body must be of type ${wanted}: ${JSON.stringify(found)}`);
  return { ...error, reason: "FieldValueTypeInvalid" };
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function validateEnum(schema: JsonRecord, value: unknown, path: string): readonly FieldError[] {
  const allowed = listAt(schema, "enum");
  if (allowed.length === 0 || allowed.some((one) => sameJson(one, value))) return [];
  return [notSupported(path, value, allowed.map(String))];
}

function validateText(schema: JsonRecord, value: string, path: string): readonly FieldError[] {
  const { minLength, maxLength } = lengths(schema);
  const pattern = textAt(schema, "pattern");
  const characters = Array.from(value).length;
  const format = textAt(schema, "format") ?? "";
  return [
    ...(minLength !== undefined && characters < minLength
      ? [invalidValue(path, value, `${path} in body should be at least ${minLength} chars long`)]
      : []),
    ...(maxLength !== undefined && characters > maxLength ? [tooLong(path, maxLength)] : []),
    // The first thing wrong with a text is all that is said.
    ...(pattern !== undefined && !matches(pattern, value) && fits(characters, minLength, maxLength)
      ? [invalidValue(path, value, `${path} in body should match '${pattern}'`)]
      : []),
    ...(hasFormat(format, value)
      ? []
      : [
          {
            ...invalidValue(path, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`),
            reason: "FieldValueTypeInvalid",
          },
        ]),
  ];
}

function fits(length: number, least = 0, most = Number.POSITIVE_INFINITY): boolean {
  return length >= least && length <= most;
}

function lengths(schema: JsonRecord): { minLength: number | undefined; maxLength: number | undefined } {
  return { minLength: numberAt(schema, "minLength"), maxLength: numberAt(schema, "maxLength") };
}

function tooLong(field: string, limit: number): FieldError {
  return { field, reason: "FieldValueTooLong", message: `Too long: may not be more than ${limit} bytes` };
}

/** What RE2 cannot read is refused with the definition, and forbids nothing in one that came before. */
function matches(pattern: string, value: string): boolean {
  try {
    return re2(pattern).test(value);
  } catch {
    return true;
  }
}

function validateNumber(schema: JsonRecord, value: number, path: string): readonly FieldError[] {
  const minimum = numberAt(schema, "minimum");
  const maximum = numberAt(schema, "maximum");
  const multiple = numberAt(schema, "multipleOf");
  const above = schema["exclusiveMinimum"] === true ? "greater than" : "greater than or equal to";
  const below = schema["exclusiveMaximum"] === true ? "less than" : "less than or equal to";
  const tooSmall = minimum !== undefined && (value < minimum || (above === "greater than" && value === minimum));
  const tooLarge = maximum !== undefined && (value > maximum || (below === "less than" && value === maximum));
  return [
    ...(tooSmall ? [invalidValue(path, value, `${path} in body should be ${above} ${minimum}`)] : []),
    ...(tooLarge ? [invalidValue(path, value, `${path} in body should be ${below} ${maximum}`)] : []),
    ...(multiple !== undefined && value % multiple !== 0
      ? [invalidValue(path, value, `${path} in body should be a multiple of ${multiple}`)]
      : []),
  ];
}

function validateList(schema: JsonRecord, value: readonly unknown[], path: string): readonly FieldError[] {
  const least = numberAt(schema, "minItems");
  const most = numberAt(schema, "maxItems");
  return [
    ...(least !== undefined && value.length < least
      ? [invalidValue(path, value.length, `${path} in body should have at least ${least} items`)]
      : []),
    ...(most !== undefined && value.length > most ? [tooMany(path, value.length, most)] : []),
    ...duplicates(schema, value, path),
    ...value.flatMap((item, index) => validateSchema(recordAt(schema, "items"), item, itemPath(path, index))),
  ];
}

function duplicates(schema: JsonRecord, value: readonly unknown[], path: string): readonly FieldError[] {
  const kind = textAt(schema, "x-kubernetes-list-type");
  if (kind !== "set" && kind !== "map") return [];
  const keys = listAt(schema, "x-kubernetes-list-map-keys").map(String);
  const identity = (item: unknown): unknown =>
    kind === "set" || !isRecord(item) ? item : Object.fromEntries(keys.map((key) => [key, item[key]]));
  const identities = value.map((item) => JSON.stringify(identity(item)));
  return value.flatMap((item, index) =>
    identities.indexOf(identities[index] ?? "") < index ? [duplicate(itemPath(path, index), identity(item))] : [],
  );
}

function validateObject(schema: JsonRecord, value: JsonRecord, path: string): readonly FieldError[] {
  const properties = recordAt(schema, "properties");
  const values = schema["additionalProperties"];
  const count = Object.keys(value).length;
  const least = numberAt(schema, "minProperties");
  const most = numberAt(schema, "maxProperties");
  return [
    ...listAt(schema, "required")
      .map(String)
      .filter((name) => value[name] === undefined)
      .map((name) => required(childPath(path, name))),
    ...(least !== undefined && count < least
      ? [invalidValue(path, count, `${path} in body should have at least ${least} properties`)]
      : []),
    ...(most !== undefined && count > most ? [tooMany(path, count, most)] : []),
    ...Object.entries(value).flatMap(([name, member]) => {
      const of = Object.hasOwn(properties, name) ? properties[name] : values;
      return isRecord(of) && member !== undefined ? validateSchema(of, member, childPath(path, name)) : [];
    }),
  ];
}

function validateLogic(schema: JsonRecord, value: unknown, path: string): readonly FieldError[] {
  const passing = (list: string): number =>
    listAt(schema, list).filter((one) => isRecord(one) && validateSchema(one, value, path).length === 0).length;
  const all = listAt(schema, "allOf");
  const any = listAt(schema, "anyOf");
  const one = listAt(schema, "oneOf");
  const not = schema["not"];
  // The library behind names no field for these.
  const fails = (sentence: string): FieldError => invalidValue("<nil>", "", `${JSON.stringify(path)} must ${sentence}`);
  return [
    ...(all.length > 0 && passing("allOf") < all.length ? [fails("validate all the schemas (allOf)")] : []),
    ...(any.length > 0 && passing("anyOf") === 0 ? [fails("validate at least one schema (anyOf)")] : []),
    ...(one.length > 0 && passing("oneOf") !== 1
      ? [
          fails(
            `validate one and only one schema (oneOf). ${passing("oneOf") === 0 ? "Found none valid" : `Found ${passing("oneOf")} valid alternatives`}`,
          ),
        ]
      : []),
    ...(isRecord(not) && validateSchema(not, value, path).length === 0 ? [fails("not validate the schema (not)")] : []),
  ];
}
