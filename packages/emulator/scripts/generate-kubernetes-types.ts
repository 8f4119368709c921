// Writes src/world/kubernetes/generated/types.ts, merge-rules.ts and descriptions.ts: the fields of the built-in kinds,
// read from the Go types of Kubernetes and from its OpenAPI documents (Apache-2.0). Needs a checkout of
// kubernetes/kubernetes, and the documents of /openapi/v3 of a server, which name the values of fields:
// node scripts/generate-kubernetes-types.ts path/to/kubernetes path/to/documents
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

interface Property {
  readonly allOf?: readonly Property[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
  readonly "x-kubernetes-patch-merge-key"?: string;
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

interface Definition {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
  readonly "x-kubernetes-map-type"?: string;
}

/** How Go writes a field: `?` pointers only when set, `=` always, `~` pointers always, "" unless it is zero. */
type Presence = "" | "=" | "?" | "~";

const [checkout, documents] = process.argv.slice(2);
if (!checkout || !documents)
  throw new Error("usage: generate-kubernetes-types.ts path/to/kubernetes path/to/documents");
const staging = join(checkout, "staging", "src", "k8s.io");
const swagger = JSON.parse(readFileSync(join(checkout, "api", "openapi-spec", "swagger.json"), "utf8")) as {
  readonly definitions: Readonly<Record<string, Definition>>;
};

/** The packages of the kinds that are served, as the OpenAPI document names them, and where their Go types are. */
const packages = new Map<string, string>([
  ...[
    "admissionregistration/v1",
    "apps/v1",
    "authentication/v1",
    "authorization/v1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "certificates/v1",
    "coordination/v1",
    "core/v1",
    "discovery/v1",
    "events/v1",
    "flowcontrol/v1",
    "networking/v1",
    "node/v1",
    "policy/v1",
    "rbac/v1",
    "resource/v1",
    "scheduling/v1",
    "storage/v1",
  ].map((path): [string, string] => [`io.k8s.api.${path.replace("/", ".")}`, `api/${path}/types.go`]),
  ["io.k8s.apimachinery.pkg.apis.meta.v1", "apimachinery/pkg/apis/meta/v1/types.go"],
  ["io.k8s.kube-aggregator.pkg.apis.apiregistration.v1", "kube-aggregator/pkg/apis/apiregistration/v1/types.go"],
  [
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
    "apiextensions-apiserver/pkg/apis/apiextensions/v1/types.go",
  ],
]);

const scalarRefs: Readonly<Record<string, string>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "microTime",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "intOrString",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
};

const structs = new Map<string, string>();
for (const [name, file] of packages) addStructs(name, file);
addStructs(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
  "apiextensions-apiserver/pkg/apis/apiextensions/v1/types_jsonschema.go",
);

const names = new Map<string, string>();
for (const [full, definition] of Object.entries(swagger.definitions)) {
  if (definition.properties && packages.has(packageOf(full))) names.set(full, shortName(full));
}
const directory = join(import.meta.dirname, "..", "src", "world", "kubernetes", "generated");
const rows = [...names].map(([full, short]) => [short, fieldsOf(full)] as const).toSorted(byName);
writeFileSync(
  join(directory, "types.ts"),
  [
    "// Written by scripts/generate-kubernetes-types.ts from Kubernetes' Go types; not edited by hand.",
    'import type { TypeTable } from "../schema/type-table.ts";',
    "",
    "export const builtInTypes: TypeTable = {",
    ...rows.map(([name, fields]) => `  ${name}: ${JSON.stringify(fields)},`),
    "};",
    "",
  ].join("\n"),
);
const merges = [...names].flatMap(([full, short]) => mergesOf(full, short)).toSorted(byName);
writeFileSync(
  join(directory, "merge-rules.ts"),
  [
    "// Written by scripts/generate-kubernetes-types.ts from Kubernetes' OpenAPI document; not edited by hand.",
    "",
    "/** `Type.field`: `atomic`, `granular`, `set` or `map KEYS`, and how a strategic merge patch merges it: `STRATEGY KEY`. */",
    "export const builtInMerges: Readonly<Record<string, string>> = {",
    ...merges.map(([place, code]) => `  ${JSON.stringify(place)}: ${JSON.stringify(code)},`),
    "};",
    "",
    "/** Structs that have one owner as a whole. */",
    "export const builtInAtomicTypes: readonly string[] = [",
    ...[...names]
      .filter(([full]) => swagger.definitions[full]?.["x-kubernetes-map-type"] === "atomic")
      .map(([, short]) => `  ${JSON.stringify(short)},`)
      .toSorted(),
    "];",
    "",
  ].join("\n"),
);

writeFileSync(
  join(directory, "descriptions.ts"),
  [
    "// Written by scripts/generate-kubernetes-types.ts from Kubernetes' OpenAPI documents (Apache-2.0); not edited by hand.",
    "",
    "/** JSON of what `openapi/descriptions.ts` reads, compressed with brotli, in base64. */",
    "export const packedDescriptions = `",
    ...(packed(describedTypes()).match(/.{1,120}/g) ?? []),
    "`;",
    "",
  ].join("\n"),
);

/** Type, or full name of a scalar: package, description, and of each field its description or more. */
function describedTypes(): Record<string, readonly [string, string, Record<string, unknown>]> {
  const schemas = readdirSync(documents ?? "").map((file) => {
    const document = JSON.parse(readFileSync(join(documents ?? "", file), "utf8")) as {
      readonly components?: { readonly schemas?: Readonly<Record<string, Definition>> };
    };
    return Object.entries(document.components?.schemas ?? {});
  });
  const described = new Map(schemas.flat());
  const others = [...described.keys()].filter((full) => !names.has(full) && isReferredTo(full));
  return Object.fromEntries(
    [...names, ...others.map((full) => [full, full] as const)].map(([full, short]) => {
      const { description = "", properties = {} } = described.get(full) ?? {};
      const fields = Object.entries(properties).map(([field, property]) => [field, describedField(property)]);
      return [short, [packageOf(full), description, Object.fromEntries(fields) as Record<string, unknown>]];
    }),
  );
}

/** Whether a type without fields is that of a field. */
function isReferredTo(full: string): boolean {
  return [...names.keys()].some((name) => JSON.stringify(swagger.definitions[name]).includes(`/${full}"`));
}

function describedField({ description = "", enum: values, default: preset, ...property }: Property): unknown {
  const [{ $ref = "" } = {}] = property.allOf ?? [];
  const target = $ref.split("/").at(-1) ?? "";
  const type = target !== "" && !names.has(target) && !(target in scalarRefs) ? { type: target } : {};
  const more = {
    ...(values ? { values } : {}),
    ...(preset === undefined ? {} : { preset }),
    ...(scalarRefs[target] === "any" ? { type: target } : type),
  };
  return Object.keys(more).length === 0 ? description : { description, ...more };
}

function packed(value: unknown): string {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(JSON.stringify(value), { params }).toString("base64");
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function packageOf(full: string): string {
  return full.slice(0, full.lastIndexOf("."));
}

/** `V1PodSpec`; `CoreV1Event` where two groups have a type of that name. */
function shortName(full: string): string {
  const [name = "", version = "", group = ""] = full.split(".").toReversed();
  const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
  const same = Object.keys(swagger.definitions).filter((one) => one.endsWith(`.${version}.${name}`));
  return `${same.length > 1 ? capital(group) : ""}${capital(version)}${name}`;
}

function addStructs(packageName: string, file: string): void {
  const source = readFileSync(join(staging, file), "utf8");
  for (const [, name, body] of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    structs.set(`${packageName}.${name}`, body ?? "");
  }
}

function fieldsOf(full: string): Record<string, string> {
  const definition = swagger.definitions[full];
  const presence = presenceOf(full);
  const fields = Object.entries(definition?.properties ?? {}).map(([field, property]) => {
    const required = definition?.required?.includes(field) ? "!" : "";
    return [field, `${codeOf(property)}${presence.get(field) ?? ""}${required}`];
  });
  return Object.fromEntries(fields) as Record<string, string>;
}

function codeOf(property: Property): string {
  if (property.items) return `${codeOf(property.items)}[]`;
  if (property.additionalProperties) return `{${codeOf(property.additionalProperties)}}`;
  const target = property.$ref?.split("/").at(-1);
  if (target !== undefined) return scalarRefs[target] ?? names.get(target) ?? "any";
  if (property.type === "integer") return property.format === "int64" ? "int64" : "int32";
  if (property.type === "string") return property.format === "byte" ? "bytes" : "string";
  if (property.type === "number" || property.type === "boolean") return property.type;
  return "any";
}

function presenceOf(full: string): ReadonlyMap<string, Presence> {
  const found = new Map<string, Presence>();
  const packageName = packageOf(full);
  const bodies = [structs.get(full) ?? ""];
  for (let body = bodies.shift(); body !== undefined; body = bodies.shift()) {
    for (const line of body.split("\n")) {
      const embedded = /^\t(?:metav1\.|v1\.)?(\w+)\s+`json:",inline"/.exec(line)?.[1];
      if (embedded) bodies.push(structs.get(`${packageName}.${embedded}`) ?? "");
      const field = /^\t(\w+)\s+(\S+)\s+`json:"([^",]+)([^"]*)"/.exec(line);
      if (field) found.set(field[3] ?? "", presence(field[2] ?? "", field[4] ?? ""));
    }
  }
  return found;
}

function presence(goType: string, options: string): Presence {
  if (!options.includes("omitempty") && !options.includes("omitzero")) return goType.startsWith("*") ? "~" : "=";
  // Structs that are written as a scalar are never empty for encoding/json.
  const isScalar = /^\*?(\w+\.)?(Time|MicroTime|Quantity|IntOrString|RawExtension)$/.test(goType);
  if (isScalar && !options.includes("omitzero")) {
    return goType.startsWith("*") ? "?" : "=";
  }
  return goType.startsWith("*") ? "?" : "";
}

function mergesOf(full: string, short: string): (readonly [string, string])[] {
  return Object.entries(swagger.definitions[full]?.properties ?? {}).flatMap(([field, property]) => {
    const code = mergeCode(property);
    return code === undefined ? [] : [[`${short}.${field}`, code] as const];
  });
}

function mergeCode(property: Property): string | undefined {
  const list = property["x-kubernetes-list-type"];
  const keys = property["x-kubernetes-list-map-keys"];
  const strategy = property["x-kubernetes-patch-strategy"];
  const map = property["x-kubernetes-map-type"];
  const own = Array.isArray(keys) ? `map ${keys.join(",")}` : typeof list === "string" ? list : map;
  if (typeof own !== "string" && typeof strategy !== "string") return undefined;
  const patch = typeof strategy === "string" ? `; ${strategy} ${property["x-kubernetes-patch-merge-key"] ?? ""}` : "";
  return `${typeof own === "string" ? own : "atomic"}${patch}`.trimEnd();
}
