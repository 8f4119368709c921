import { at, isRecord, type JsonRecord, listAt, recordAt, sameJson, textAt } from "../../json.ts";
import { childPath, duplicate, type FieldError, invalidValue, itemPath, required } from "../field-errors.ts";
import { validateLabel1035 } from "./names.ts";
import { validateExpressions } from "./rules.ts";
import { validateRootSchema } from "./schemas.ts";

/** What versions have in common is judged once, where it stood when there was one version. */
export function validateVersions(spec: JsonRecord): readonly FieldError[] {
  const versions = listAt(spec, "versions");
  return [
    ...validateVersionNames(spec["versions"], versions),
    ...versions.flatMap((version, index) => validateOwn(version, itemPath("spec.versions", index))),
    ...eachOrOnce(versions, "schema", (version, path, isCommon) => {
      const schema = at(version, "schema", "openAPIV3Schema");
      const place = isCommon ? "spec.validation.openAPIV3Schema" : `${path}.schema.openAPIV3Schema`;
      if (!isRecord(schema)) return [];
      const errors = validateRootSchema(schema, place);
      return errors.length > 0 ? errors : validateExpressions(schema, place);
    }),
    ...eachOrOnce(versions, "subresources", (version, path) => {
      const scale = at(version, "subresources", "scale");
      return isRecord(scale) ? validateScale(scale, `${path}.subresources.scale`) : [];
    }),
    ...eachOrOnce(versions, "additionalPrinterColumns", (version, path) =>
      listAt(version, "additionalPrinterColumns").flatMap((column, index) =>
        validateColumn(recordAt(column), itemPath(childPath(path, "additionalPrinterColumns"), index)),
      ),
    ),
    ...eachOrOnce(versions, "selectableFields", (version, path) =>
      validateSelectable(version, childPath(path, "selectableFields")),
    ),
  ];
}

function eachOrOnce(
  versions: readonly unknown[],
  member: string,
  validate: (version: unknown, path: string, isCommon: boolean) => readonly FieldError[],
): readonly FieldError[] {
  const [first, ...others] = versions;
  const isCommon = others.every((version) => sameJson(at(version, member), at(first, member)));
  if (isCommon) return first === undefined ? [] : validate(first, "spec", true);
  return versions.flatMap((version, index) => validate(version, itemPath("spec.versions", index), false));
}

function validateVersionNames(sent: unknown, versions: readonly unknown[]): readonly FieldError[] {
  const names = versions.map((version) => textAt(version, "name") ?? "");
  const storages = versions.filter((version) => at(version, "storage") === true).length;
  const shown = sent === undefined ? null : versions.map(asGo);
  return [
    ...(new Set(names).size < names.length
      ? [invalidValue("spec.versions", shown, "must contain unique version names")]
      : []),
    ...(storages === 1
      ? []
      : [invalidValue("spec.versions", shown, "must have exactly one version marked as storage version")]),
  ];
}

/** A version as Go shows it, without what all versions have in common. */
function asGo(version: unknown): JsonRecord {
  const { name, served, storage, deprecated, deprecationWarning } = recordAt(version);
  return {
    Name: name ?? "",
    Served: served ?? false,
    Storage: storage ?? false,
    Deprecated: deprecated ?? false,
    DeprecationWarning: deprecationWarning ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  };
}

function validateOwn(version: unknown, path: string): readonly FieldError[] {
  const { deprecated, deprecationWarning } = recordAt(version);
  const place = childPath(path, "deprecationWarning");
  return [
    ...validateLabel1035(textAt(version, "name") ?? "", childPath(path, "name")),
    ...(isRecord(at(version, "schema", "openAPIV3Schema")) ? [] : [required(`${path}.schema.openAPIV3Schema`)]),
    ...(deprecationWarning !== undefined && deprecated !== true
      ? [invalidValue(place, deprecationWarning, "can only be set for deprecated versions")]
      : []),
    ...(deprecationWarning === "" && deprecated === true
      ? [invalidValue(place, deprecationWarning, "must not be an empty string")]
      : []),
  ];
}

function validateScale(scale: JsonRecord, path: string): readonly FieldError[] {
  const member = (name: string, roots: readonly string[], rule: string, isRequired: boolean): readonly FieldError[] => {
    const text = textAt(scale, name) ?? "";
    const place = childPath(path, name);
    if (text === "") return isRequired ? [required(place)] : [];
    const errors = validatePath(text, place);
    if (errors.length > 0 || roots.some((root) => text.startsWith(root))) return errors;
    return [invalidValue(place, text, rule)];
  };
  return [
    ...member("specReplicasPath", [".spec."], "should be a json path under .spec", true),
    ...member("statusReplicasPath", [".status."], "should be a json path under .status", true),
    ...member(
      "labelSelectorPath",
      [".spec.", ".status."],
      "should be a json path under either .spec or .status",
      false,
    ),
  ];
}

function validatePath(text: string, place: string): readonly FieldError[] {
  return text.startsWith(".") ? [] : [invalidValue(place, text, "must be a simple json path starting with .")];
}

const columnTypes = "boolean,date,integer,number,string";
const columnFormats = "byte,date,date-time,double,float,int32,int64,password";

function validateColumn(column: JsonRecord, path: string): readonly FieldError[] {
  const [type, format, jsonPath] = ["type", "format", "jsonPath"].map((member) => textAt(column, member) ?? "");
  const one = (set: string): string => `must be one of ${set}`;
  return [
    ...(textAt(column, "name") ? [] : [required(childPath(path, "name"))]),
    ...(type ? [] : [required(childPath(path, "type"), one(columnTypes))]),
    ...(type && !columnTypes.split(",").includes(type)
      ? [invalidValue(childPath(path, "type"), type, one(columnTypes))]
      : []),
    ...(format && !columnFormats.split(",").includes(format)
      ? [invalidValue(childPath(path, "format"), format, one(columnFormats))]
      : []),
    ...(jsonPath ? validatePath(jsonPath, childPath(path, "JSONPath")) : [required(childPath(path, "JSONPath"))]),
  ];
}

function validateSelectable(version: unknown, path: string): readonly FieldError[] {
  const seen = new Set<string>();
  return listAt(version, "selectableFields").flatMap((field, index) => {
    const text = textAt(field, "jsonPath") ?? "";
    const place = childPath(itemPath(path, index), "jsonPath");
    if (text === "") return [required(place)];
    if (seen.has(text)) return [duplicate(place, text)];
    seen.add(text);
    const node = nodeAt(at(version, "schema", "openAPIV3Schema"), text);
    const type = textAt(node, "type") ?? "";
    if (node === undefined) {
      return [invalidValue(place, text, "is an invalid path: does not refer to a valid field")];
    }
    if (["string", "boolean", "integer"].includes(type)) return [];
    const rule =
      "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
    return [invalidValue(place, text, rule)];
  });
}

function nodeAt(schema: unknown, path: string): unknown {
  const members = path.split(".").slice(1);
  return members.reduce<unknown>((node, member) => at(node, "properties", member), schema);
}
