import { isRecord, type JsonRecord } from "./json.ts";
import type { Registry } from "./registry.ts";
import type { KubeResponse } from "./request.ts";
import type { ResourceType } from "./resource-type.ts";
import { type Field, type FieldType, fieldsOfType, type ScalarName } from "./schema/schema.ts";
import { splitTypeName } from "./schema/type-table.ts";
import { pathNotFound } from "./status-error.ts";

/**
 * OpenAPI v3: `/openapi/v3` and one document per group and version, with the schemas of the kinds and the PATCH
 * parameters that kubectl looks for before it asks the server to validate fields. Version 2 is not served: kubectl
 * wants it as protobuf and does without.
 */
export function openApi(registry: Registry, kubernetesVersion: string, segments: readonly string[]): KubeResponse {
  const [, version, ...rest] = segments;
  if (version !== "v3") throw pathNotFound();
  if (rest.length === 0) return json({ paths: Object.fromEntries(groupVersions(registry).map(indexEntry)) });
  const path = rest.join("/");
  const found = groupVersions(registry).find((one) => rootOf(one) === path);
  if (!found) throw pathNotFound();
  return json(documentOf(registry.ofGroupVersion(found.group, found.version), kubernetesVersion));
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

function groupVersions(registry: Registry): readonly GroupVersion[] {
  return [...registry.groups()].flatMap(([group, versions]) => versions.map((version) => ({ group, version })));
}

function rootOf({ group, version }: GroupVersion): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function indexEntry(groupVersion: GroupVersion): [string, JsonRecord] {
  const root = rootOf(groupVersion);
  return [root, { serverRelativeURL: `/openapi/v3/${root}` }];
}

function documentOf(types: readonly ResourceType[], kubernetesVersion: string): JsonRecord {
  const schemas = new Map<string, JsonRecord>();
  for (const type of types) addSchema(schemas, type.typeName, type);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: `v${kubernetesVersion}` },
    paths: Object.fromEntries(types.map(pathOf)),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function pathOf(type: ResourceType): [string, JsonRecord] {
  const scope = type.namespaced ? "/namespaces/{namespace}" : "";
  const query = ["dryRun", "fieldManager", "fieldValidation", "force"];
  const content = { "application/json": { schema: reference(type.typeName) } };
  const operation = {
    "x-kubernetes-group-version-kind": kindOf(type),
    parameters: query.map((name) => ({ name, in: "query", schema: { type: name === "force" ? "boolean" : "string" } })),
    responses: { "200": { description: "OK", content } },
  };
  const actions = {
    get: { ...operation, "x-kubernetes-action": "get", parameters: [] },
    patch: { ...operation, "x-kubernetes-action": "patch" },
  };
  return [`/${rootOf(type)}${scope}/${type.plural}/{name}`, actions];
}

function addSchema(schemas: Map<string, JsonRecord>, name: string, type?: ResourceType): void {
  if (schemas.has(schemaName(name))) return;
  if (type?.schema) {
    schemas.set(schemaName(name), customSchema(type, type.schema));
    addSchema(schemas, "V1ObjectMeta");
    return;
  }
  const fields = [...fieldsOfType(name)];
  const required = fields.filter(([, field]) => field.required).map(([field]) => field);
  schemas.set(schemaName(name), {
    type: "object",
    properties: Object.fromEntries(fields.map(([field, { type: of }]) => [field, schemaOf(of)])),
    ...(required.length > 0 ? { required } : {}),
    ...(type ? { "x-kubernetes-group-version-kind": [kindOf(type)] } : {}),
  });
  for (const [, field] of fields) addReferenced(schemas, field);
}

function customSchema(type: ResourceType, schema: JsonRecord): JsonRecord {
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  return {
    ...schema,
    properties: {
      ...properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: reference("V1ObjectMeta"),
    },
    "x-kubernetes-group-version-kind": [kindOf(type)],
  };
}

function addReferenced(schemas: Map<string, JsonRecord>, field: Pick<Field, "type">): void {
  const { type } = field;
  if (type.kind === "struct") addSchema(schemas, type.name);
  else if (type.kind === "list") addReferenced(schemas, { type: type.items });
  else if (type.kind === "map") addReferenced(schemas, { type: type.values });
}

function schemaOf(type: FieldType): JsonRecord {
  switch (type.kind) {
    case "any":
      return { "x-kubernetes-preserve-unknown-fields": true };
    case "scalar":
      return scalarSchemas[type.scalar];
    case "struct":
      return reference(type.name);
    case "map":
      return { type: "object", additionalProperties: schemaOf(type.values) };
    case "list":
      return { type: "array", items: schemaOf(type.items), ...listExtensions(type) };
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

const scalarSchemas: Readonly<Record<ScalarName, JsonRecord>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  integer: { type: "integer" },
  number: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
  quantity: { oneOf: [{ type: "string" }, { type: "number" }] },
  time: { type: "string", format: "date-time" },
  microTime: { type: "string", format: "date-time" },
  intOrString: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
};

function kindOf({ group, version, kind }: ResourceType): JsonRecord {
  return { group, version, kind };
}

function reference(name: string): JsonRecord {
  return { $ref: `#/components/schemas/${schemaName(name)}` };
}

/** kubectl shows what stands after the last dot: `V1PodSpec` becomes `io.k8s.v1.PodSpec`. */
function schemaName(typeName: string): string {
  const { prefix, name } = splitTypeName(typeName.replace(/[/#]/g, "."));
  return `io.k8s.${prefix.toLowerCase() || "custom"}.${name}`;
}

function json(body: JsonRecord): KubeResponse {
  return { kind: "json", status: 200, body };
}
