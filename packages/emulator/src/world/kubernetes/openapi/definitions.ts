import { builtInTypes } from "../generated/types.ts";
import { isRecord, type JsonRecord } from "../json.ts";
import type { ResourceType } from "../resource-type.ts";
import { type Field, type FieldType, fieldsOfType, type ScalarName } from "../schema/schema.ts";
import { splitTypeName } from "../schema/type-table.ts";
import { type FieldText, fieldTextOf, typeTextOf } from "./descriptions.ts";

/** Where the versions of OpenAPI differ in the schemas of the same types. */
export interface Dialect {
  /** What stands before the name in a reference. */
  readonly prefix: string;
  readonly scalars: Readonly<Record<ReferredScalar, JsonRecord>>;
  /** A field that refers to a type. */
  member(reference: JsonRecord, said: JsonRecord): JsonRecord;
  /** What is said of a field beside its type. */
  said(text: FieldText): JsonRecord;
  custom(schema: JsonRecord): JsonRecord;
}

type ReferredScalar = "quantity" | "time" | "microTime" | "intOrString";

/** The schemas of kinds, of their lists, and of all types that they consist of, by their names. */
export function definitionsOf(types: readonly ResourceType[], dialect: Dialect): JsonRecord {
  const definitions = new Definitions(dialect);
  for (const type of types) definitions.addKind(type);
  return Object.fromEntries([...definitions.all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function kindOf({ group, version, kind }: Pick<ResourceType, "group" | "version" | "kind">): JsonRecord {
  return { group, version, kind };
}

export function definitionNameOf(type: ResourceType): string {
  if (type.typeName in builtInTypes) return schemaName(type.typeName);
  const reversed = type.group.split(".").toReversed().join(".");
  return `${reversed}.${type.version}.${type.kind}`;
}

class Definitions {
  readonly all = new Map<string, JsonRecord>();
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  addKind(type: ResourceType): void {
    const name = definitionNameOf(type);
    if (this.all.has(name)) return;
    if (type.schema) this.all.set(name, this.#customKind(type, type.schema));
    else this.#add(name, type.typeName, kindOf(type));
    this.#addList(type, name);
  }

  #addList(type: ResourceType, name: string): void {
    if (!type.verbs.includes("list")) return;
    const kind = { ...kindOf(type), kind: `${type.kind}List` };
    const listType = `${type.typeName}List`;
    if (listType in builtInTypes) return this.#add(schemaName(listType), listType, kind);
    this.#addType("V1ListMeta");
    this.all.set(`${name}List`, {
      description: `${type.kind}List is a list of ${type.kind}`,
      type: "object",
      required: ["items"],
      properties: {
        ...this.#typeMeta(),
        metadata: this.#dialect.member(this.#reference(schemaName("V1ListMeta")), {}),
        items: { type: "array", items: this.#reference(name) },
      },
      "x-kubernetes-group-version-kind": [kind],
    });
  }

  #customKind(type: ResourceType, schema: JsonRecord): JsonRecord {
    this.#addType("V1ObjectMeta");
    const { properties, ...rest } = this.#dialect.custom(schema);
    return {
      type: "object",
      ...rest,
      properties: {
        ...(isRecord(properties) ? properties : {}),
        ...this.#typeMeta(),
        metadata: this.#dialect.member(this.#reference(schemaName("V1ObjectMeta")), {
          description:
            "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
        }),
      },
      "x-kubernetes-group-version-kind": [kindOf(type)],
    };
  }

  #typeMeta(): JsonRecord {
    const pod = typeTextOf("V1Pod");
    const ofField = (field: string): JsonRecord => ({ type: "string", ...this.#dialect.said(fieldTextOf(pod, field)) });
    return { apiVersion: ofField("apiVersion"), kind: ofField("kind") };
  }

  #addType(typeName: string): void {
    this.#add(schemaName(typeName), typeName);
  }

  #add(name: string, typeName: string, kind?: JsonRecord): void {
    if (this.all.has(name)) return;
    const text = typeTextOf(typeName);
    const fields = [...fieldsOfType(typeName)].filter(([field]) => field !== "*");
    const required = fields.filter(([, field]) => field.required).map(([field]) => field);
    const definition: JsonRecord = {
      ...(text?.description ? { description: text.description } : {}),
      type: "object",
      ...(required.length > 0 ? { required } : {}),
      properties: {},
      ...(kind ? { "x-kubernetes-group-version-kind": [kind] } : {}),
    };
    // Types may contain themselves.
    this.all.set(name, definition);
    definition["properties"] = Object.fromEntries(
      fields.map(([field, { type }]) => [field, this.#member(type, fieldTextOf(text, field))]),
    );
    for (const [, field] of fields) this.#addReferred(field);
  }

  #member(type: FieldType, text: FieldText): JsonRecord {
    const schema = text.type === undefined ? this.#schemaOf(type) : this.#untyped(text.type);
    const said = this.#dialect.said(text);
    return "$ref" in schema ? this.#dialect.member(schema, said) : { ...schema, ...said };
  }

  /** A type that may be anything: only its name and description are known. */
  #untyped(name: string): JsonRecord {
    const isObject = /\.(FieldsV1|RawExtension)$/.test(name);
    this.all.set(name, { description: typeTextOf(name)?.description, ...(isObject ? { type: "object" } : {}) });
    return this.#reference(name);
  }

  #schemaOf(type: FieldType): JsonRecord {
    switch (type.kind) {
      case "any":
        return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
      case "scalar":
        return isReferred(type.scalar) ? this.#reference(scalarNames[type.scalar]) : plainScalars[type.scalar];
      case "struct":
        return this.#reference(schemaName(type.name));
      case "map":
        return { type: "object", additionalProperties: this.#schemaOf(type.values) };
      case "list":
        return { type: "array", items: this.#schemaOf(type.items), ...listExtensions(type) };
    }
  }

  #addReferred({ type }: Pick<Field, "type">): void {
    if (type.kind === "struct") this.#addType(type.name);
    else if (type.kind === "list") this.#addReferred({ type: type.items });
    else if (type.kind === "map") this.#addReferred({ type: type.values });
    else if (type.kind === "scalar" && isReferred(type.scalar)) this.#addScalar(type.scalar);
  }

  #addScalar(scalar: ReferredScalar): void {
    const name = scalarNames[scalar];
    this.all.set(name, { description: typeTextOf(name)?.description, ...this.#dialect.scalars[scalar] });
  }

  #reference(name: string): JsonRecord {
    return { $ref: `${this.#dialect.prefix}${name}` };
  }
}

function listExtensions({ merge }: Extract<FieldType, { kind: "list" }>): JsonRecord {
  return {
    "x-kubernetes-list-type": merge.kind === "keyed" ? "map" : merge.kind,
    ...(merge.kind === "keyed" ? { "x-kubernetes-list-map-keys": merge.keys } : {}),
    ...(merge.patch ? { "x-kubernetes-patch-strategy": merge.patch.strategy } : {}),
    ...(merge.patch?.key ? { "x-kubernetes-patch-merge-key": merge.patch.key } : {}),
  };
}

const scalarNames: Readonly<Record<ReferredScalar, string>> = {
  quantity: "io.k8s.apimachinery.pkg.api.resource.Quantity",
  time: "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
  microTime: "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
  intOrString: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
};

function isReferred(scalar: ScalarName): scalar is ReferredScalar {
  return scalar in scalarNames;
}

const plainScalars: Readonly<Record<Exclude<ScalarName, ReferredScalar>, JsonRecord>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  integer: { type: "integer" },
  number: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
};

/** `V1PodSpec` is `io.k8s.api.core.v1.PodSpec`. */
function schemaName(typeName: string): string {
  const { prefix, name } = splitTypeName(typeName.replace(/[/#]/g, "."));
  const text = typeTextOf(typeName);
  return text ? `${text.package}.${name}` : `io.k8s.${prefix.toLowerCase() || "custom"}.${name}`;
}
