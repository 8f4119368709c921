import type { KubeObject } from "../../objects.ts";
import type { JsonRecord } from "../json.ts";
import { hasStatus, type ResourceType } from "../resource-type.ts";
import { type FieldType, fieldsOfType, type ScalarName } from "../schema/schema.ts";

/** The definitions of the custom kinds that a cluster is born with, as `kubectl get crds` lists them. */
export function shippedDefinitions(types: readonly ResourceType[]): readonly KubeObject[] {
  return types.filter(({ custom }) => custom).map(definitionOf);
}

function definitionOf(type: ResourceType): KubeObject {
  const { group, version, plural, singular, kind, shortNames, categories, namespaced } = type;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      ...(group.endsWith("k8s.io")
        ? { annotations: { "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs" } }
        : {}),
    },
    spec: {
      group,
      scope: namespaced ? "Namespaced" : "Cluster",
      conversion: { strategy: "None" },
      names: {
        plural,
        singular,
        kind,
        listKind: `${kind}List`,
        ...(shortNames.length > 0 ? { shortNames } : {}),
        ...(categories.length > 0 ? { categories } : {}),
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: structSchema(type.typeName, 0) },
          ...(hasStatus(type) ? { subresources: { status: {} } } : {}),
        },
      ],
    },
  };
}

function structSchema(typeName: string, depth: number): JsonRecord {
  const fields = [...fieldsOfType(typeName)];
  const required = fields.filter(([, field]) => field.required).map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(fields.map(([name, { type }]) => [name, schemaOf(type, depth + 1)])),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** Nothing here nests deeper. */
const depthLimit = 12;

function schemaOf(type: FieldType, depth: number): JsonRecord {
  switch (type.kind) {
    case "any":
      return { "x-kubernetes-preserve-unknown-fields": true };
    case "scalar":
      return scalarSchemas[type.scalar];
    case "struct":
      return type.name === "V1ObjectMeta" || depth > depthLimit ? { type: "object" } : structSchema(type.name, depth);
    case "map":
      return { type: "object", additionalProperties: schemaOf(type.values, depth + 1) };
    case "list":
      return { type: "array", items: schemaOf(type.items, depth + 1) };
  }
}

const scalarSchemas: Readonly<Record<ScalarName, JsonRecord>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  bytes: { type: "string", format: "byte" },
  microTime: { type: "string", format: "date-time" },
  integer: { type: "integer", format: "int64" },
  number: { type: "number" },
  quantity: { "x-kubernetes-int-or-string": true },
  time: { type: "string", format: "date-time" },
  intOrString: { "x-kubernetes-int-or-string": true },
};
