import { createHash } from "node:crypto";
import type { JsonRecord } from "../json.ts";
import type { Registry } from "../registry.ts";
import type { KubeResponse } from "../request.ts";
import { apiVersionOf, type ResourceType, type SubresourceName, type Verb } from "../resource-type.ts";
import { type Dialect, definitionNameOf, definitionsOf, kindOf } from "./definitions.ts";

/**
 * OpenAPI v3: `/openapi/v3` and one document per group and version, with the schemas of the kinds and the PATCH
 * parameters that kubectl looks for before it asks the server to validate fields.
 */
export function openApiV3(registry: Registry, kubernetesVersion: string, rest: readonly string[]): KubeResponse {
  if (rest.length === 0) return indexOf(registry, kubernetesVersion);
  const path = rest.join("/");
  const found = groupVersions(registry).find((one) => rootOf(one) === path);
  if (!found) return { kind: "text", status: 404, text: "" };
  const types = registry.ofGroupVersion(found.group, found.version);
  return { kind: "json", status: 200, body: documentOf(types, kubernetesVersion) };
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

function indexOf(registry: Registry, kubernetesVersion: string): KubeResponse {
  const paths = Object.fromEntries(
    groupVersions(registry).map((groupVersion) => {
      const root = rootOf(groupVersion);
      const types = registry.ofGroupVersion(groupVersion.group, groupVersion.version);
      return [root, { serverRelativeURL: `/openapi/v3/${root}?hash=${hashOf(types, kubernetesVersion)}` }];
    }),
  );
  return { kind: "text", status: 200, text: JSON.stringify({ paths }) };
}

/** Changes whenever the document does: clients keep what they have read. */
function hashOf(types: readonly ResourceType[], kubernetesVersion: string): string {
  const content = types.map(({ typeName, schema, verbs, subresources }) => [typeName, schema, verbs, subresources]);
  return createHash("sha512")
    .update(JSON.stringify([kubernetesVersion, content]))
    .digest("hex")
    .toUpperCase();
}

function groupVersions(registry: Registry): readonly GroupVersion[] {
  return [...registry.groups()].flatMap(([group, versions]) => versions.map((version) => ({ group, version })));
}

function rootOf({ group, version }: GroupVersion): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function documentOf(types: readonly ResourceType[], kubernetesVersion: string): JsonRecord {
  const [major = "1", minor = ""] = kubernetesVersion.split(".");
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: `${major}.${minor}` },
    paths: Object.fromEntries(types.flatMap(pathsOf)),
    components: {
      schemas: definitionsOf(types, dialect),
      securitySchemes: {
        BearerToken: {
          type: "apiKey",
          description: "Bearer Token authentication",
          name: "authorization",
          in: "header",
        },
      },
    },
  };
}

const dialect: Dialect = {
  prefix: "#/components/schemas/",
  scalars: {
    quantity: { oneOf: [{ type: "string" }, { type: "number" }] },
    time: { type: "string", format: "date-time" },
    microTime: { type: "string", format: "date-time" },
    intOrString: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
  member: (reference, said) => ({ ...said, allOf: [reference] }),
  said: ({ description, values, preset }) => ({
    ...(description ? { description } : {}),
    ...(preset === undefined ? {} : { default: preset }),
    ...(values ? { enum: values } : {}),
  }),
  custom: (schema) => schema,
};

function pathsOf(type: ResourceType): readonly (readonly [string, JsonRecord])[] {
  const collection = `/${rootOf(type)}${type.namespaced ? "/namespaces/{namespace}" : ""}/${type.plural}`;
  const everywhere = type.namespaced && type.verbs.includes("list") ? [`/${rootOf(type)}/${type.plural}`] : [];
  const writable: readonly SubresourceName[] = ["status", "scale", "finalize"];
  return [
    ...everywhere.map((path) => [path, operationsOf(type, ["list"])] as const),
    [collection, operationsOf(type, ["list", "create", "deletecollection"])],
    [`${collection}/{name}`, operationsOf(type, ["get", "update", "delete", "patch"])],
    ...type.subresources
      .filter((name) => writable.includes(name))
      .map((name) => [`${collection}/{name}/${name}`, operationsOf(type, ["get", "update", "patch"])] as const),
  ];
}

const methods: Readonly<Record<Exclude<Verb, "watch">, readonly [method: string, action: string, query: string]>> = {
  get: ["get", "get", ""],
  list: ["get", "list", "continue fieldSelector labelSelector limit resourceVersion resourceVersionMatch watch"],
  create: ["post", "post", "dryRun fieldManager fieldValidation"],
  update: ["put", "put", "dryRun fieldManager fieldValidation"],
  patch: ["patch", "patch", "dryRun fieldManager fieldValidation force"],
  delete: ["delete", "delete", "dryRun gracePeriodSeconds orphanDependents propagationPolicy"],
  deletecollection: ["delete", "deletecollection", "dryRun fieldSelector gracePeriodSeconds labelSelector"],
};

const booleans: readonly string[] = ["force", "watch", "orphanDependents"];
const integers: readonly string[] = ["limit", "gracePeriodSeconds"];

function operationsOf(type: ResourceType, verbs: readonly (keyof typeof methods)[]): JsonRecord {
  const served = verbs.filter((verb) => type.verbs.includes(verb));
  return Object.fromEntries(served.map((verb) => [methods[verb][0], operationOf(type, verb)]));
}

function operationOf(type: ResourceType, verb: keyof typeof methods): JsonRecord {
  const [, action, query] = methods[verb];
  const kind = `${dialect.prefix}${definitionNameOf(type)}${verb === "list" ? "List" : ""}`;
  return {
    tags: [apiVersionOf(type)],
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": kindOf(type),
    parameters: query
      .split(" ")
      .filter((name) => name !== "")
      .map((name) => ({ name, in: "query", schema: { type: queryTypeOf(name), uniqueItems: true } })),
    responses: { "200": { description: "OK", content: { "application/json": { schema: { $ref: kind } } } } },
  };
}

function queryTypeOf(name: string): string {
  if (booleans.includes(name)) return "boolean";
  return integers.includes(name) ? "integer" : "string";
}
