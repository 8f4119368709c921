import type { KubeObject } from "../../objects.ts";
import { age } from "../generated/column-texts.ts";
import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, sameJson, scalarText, textAt } from "../json.ts";
import { ageColumn, since } from "../printing/cells.ts";
import { type Column, defineResource, type ResourceType, type SubresourceName } from "../resource-type.ts";
import type { FieldError } from "../validation/field-errors.ts";
import { hasRules, judgeRules } from "./expression-rules.ts";
import { compileJsonPath, type PathReader } from "./json-path.ts";
import { applyDefaults, rootTypeOf } from "./structural-schema.ts";
import { validateSchema } from "./validate-schema.ts";

let defined = 0;

/** The kinds that an established definition serves: one for each served version, all kept in the form of one. */
export function resourceTypesOf(definition: KubeObject): readonly ResourceType[] {
  const versions = listAt(definition, "spec", "versions").filter(isRecord);
  const storage =
    textAt(
      versions.find((version) => version["storage"] === true),
      "name",
    ) ?? "";
  return versions
    .filter((version) => version["served"] === true)
    .map((version) => typeOf(definition, version, storage));
}

function typeOf(definition: KubeObject, version: JsonRecord, storage: string): ResourceType {
  const spec = recordAt(definition, "spec");
  const names = recordAt(definition, "status", "acceptedNames");
  const group = textAt(spec, "group") ?? "";
  const plural = textAt(names, "plural") ?? "";
  const schema = recordAt(version, "schema", "openAPIV3Schema");
  const name = textAt(version, "name") ?? "";
  // Clusters may define the same name differently, and a definition may change.
  const typeName = `${plural}.${group}/${name}#${defined++}`;
  rootTypeOf(schema, typeName);
  return defineResource({
    group,
    version: name,
    plural,
    singular: textAt(names, "singular") || (textAt(names, "kind") ?? "").toLowerCase(),
    kind: textAt(names, "kind") ?? "",
    shortNames: listAt(names, "shortNames").map(String),
    categories: listAt(names, "categories").map(String),
    namespaced: textAt(spec, "scope") === "Namespaced",
    custom: true,
    typeName,
    schema,
    ...(version["deprecated"] === true ? { deprecation: deprecationOf(version, group, name, names) } : {}),
    ...subresourcesOf(version),
    setDefaults: (draft) => applyDefaults(schema, draft),
    ...validationBy(schema),
    stored: {
      resource: { group, resource: plural },
      toStored: (object) => ({ ...object, apiVersion: `${group}/${storage}` }),
      fromStored: (object) => withVersion(object, `${group}/${name}`),
    },
    columns: columnsOf(version),
    selectableFields: selectableOf(version),
  });
}

/** `.spec.color` is selected by as `spec.color`. */
function selectableOf(version: JsonRecord): ResourceType["selectableFields"] {
  const paths = listAt(version, "selectableFields").map((field) => textAt(field, "jsonPath") ?? "");
  return Object.fromEntries(
    paths.map((path) => {
      const members = path.split(".").slice(1);
      return [members.join("."), (object: KubeObject) => scalarText(at(object, ...members))];
    }),
  );
}

/** Rules are asked where the schema has nothing to say against it; what is as it was is not wrong again. */
function validationBy(schema: JsonRecord): Pick<ResourceType, "validateCreate" | "validateUpdate" | "changeWarnings"> {
  const ruled = hasRules(schema);
  const bySchema = (object: KubeObject): readonly FieldError[] =>
    validateSchema(schema, object, "").filter(({ field }) => !field.startsWith("metadata"));
  const withRules = (errors: readonly FieldError[], next: KubeObject, previous?: KubeObject): readonly FieldError[] => {
    if (!ruled) return errors;
    return errors.some(isBlocking) ? [...errors, unchecked] : [...errors, ...judgeRules(schema, next, previous).errors];
  };
  return {
    validateCreate: (object) => withRules(bySchema(object), object),
    validateUpdate: (next, previous) => withRules(bySchema(next).filter(isNew(next, previous)), next, previous),
    changeWarnings: (next, previous) => {
      if (!ruled || bySchema(next).filter(isNew(next, previous)).some(isBlocking)) return [];
      return judgeRules(schema, next, previous).warnings.map(({ field, message }) => `${field}: ${message}`);
    },
  };
}

/** apiextensions: hasBlockingErr of pkg/registry/customresource/strategy.go. */
function isBlocking({ reason }: FieldError): boolean {
  const blocking = ["NotSupported", "Required", "TooLong", "TooMany", "TypeInvalid"];
  return blocking.some((kind) => reason === `FieldValue${kind}`);
}

const unchecked: FieldError = {
  field: "<nil>",
  reason: "FieldValueInvalid",
  message:
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
};

/** Whether an error is about something that has changed. */
function isNew(next: KubeObject, previous: KubeObject): (error: FieldError) => boolean {
  return ({ field }) => {
    const path = field.split(/[.[\]]+/).filter((step) => step !== "");
    const of = (object: unknown): unknown =>
      path.reduce<unknown>((value, step) => Reflect.get(Object(value), step), object);
    return of(previous) === undefined || !sameJson(of(next), of(previous));
  };
}

/** Read objects keep their identity while nothing has to be changed. */
function withVersion(object: KubeObject, apiVersion: string): KubeObject {
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

function deprecationOf(version: JsonRecord, group: string, name: string, names: JsonRecord): string {
  return textAt(version, "deprecationWarning") ?? `${group}/${name} ${textAt(names, "kind") ?? ""} is deprecated`;
}

function subresourcesOf(version: JsonRecord): Partial<ResourceType> {
  const wanted = recordAt(version, "subresources");
  const scale = wanted["scale"];
  const hasStatus = isRecord(wanted["status"]);
  const subresources: SubresourceName[] = [
    ...(hasStatus ? ["status" as const] : []),
    ...(isRecord(scale) ? ["scale" as const] : []),
  ];
  return {
    subresources,
    ...(hasStatus ? { initialStatus: () => undefined } : {}),
    ...(isRecord(scale)
      ? {
          scalePaths: {
            replicas: pathOf(scale, "specReplicasPath"),
            current: pathOf(scale, "statusReplicasPath"),
            selector: pathOf(scale, "labelSelectorPath"),
          },
        }
      : {}),
  };
}

/** `.spec.replicas` as members: these paths have no brackets. */
function pathOf(scale: JsonRecord, name: string): readonly string[] {
  return (textAt(scale, name) ?? "").split(".").filter((member) => member !== "");
}

function columnsOf(version: JsonRecord): readonly Column[] {
  const columns = listAt(version, "additionalPrinterColumns").filter(isRecord);
  return columns.length === 0 ? [{ ...ageColumn, type: "date", description: age[2] }] : columns.map(columnOf);
}

function columnOf(wanted: JsonRecord): Column {
  const type = columnTypes.find((one) => one === wanted["type"]) ?? "string";
  const read = compileJsonPath(textAt(wanted, "jsonPath") ?? "");
  return {
    name: textAt(wanted, "name") ?? "",
    type,
    description: textAt(wanted, "description") ?? "",
    priority: (numberAt(wanted, "priority") ?? 0) > 0 ? 1 : 0,
    value: (object, nowMs) => cellOf(read, type, object, nowMs),
  };
}

const columnTypes = ["boolean", "date", "integer", "number", "string"] as const;

/** apiextensions: pkg/registry/customresource/tableconvertor. */
function cellOf(
  read: PathReader | undefined,
  type: Column["type"],
  object: KubeObject,
  nowMs: number,
): string | number {
  const [value] = read?.(object) ?? [];
  if (value === undefined || value === null) return "";
  if (type === "date") return since(value, nowMs);
  return typeof value === "number" && type === "integer" ? Math.trunc(value) : scalarText(value);
}

/** Whether a definition is served. */
export function isEstablished(definition: KubeObject): boolean {
  return listAt(definition, "status", "conditions").some(
    (condition) => textAt(condition, "type") === "Established" && at(condition, "status") === "True",
  );
}
