// Writes src/world/kubernetes/generated/protobuf-fields.ts: the protobuf field numbers of the built-in kinds, read from
// the struct tags of Kubernetes' Go types (Apache-2.0). Needs checkouts of kubernetes/api and kubernetes/apimachinery:
// node scripts/generate-protobuf-fields.ts path/to/api path/to/apimachinery
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtInTypes } from "../src/world/kubernetes/generated/types.ts";
import type { MessageFields } from "../src/world/kubernetes/protobuf/fields.ts";
import { splitTypeName } from "../src/world/kubernetes/schema/type-table.ts";

/** Where the Go types of a prefix are, in order of preference; `meta` stands last everywhere. */
const packages: Readonly<Record<string, readonly string[]>> = {
  V1: [
    "core/v1",
    "apps/v1",
    "batch/v1",
    "policy/v1",
    "coordination/v1",
    "discovery/v1",
    "autoscaling/v1",
    "storage/v1",
    "scheduling/v1",
    "node/v1",
    "networking/v1",
    "rbac/v1",
    "admissionregistration/v1",
    "authentication/v1",
    "flowcontrol/v1",
    "authorization/v1",
    "certificates/v1",
    "resource/v1",
  ],
  V2: ["autoscaling/v2"],
  CoreV1: ["core/v1"],
  DiscoveryV1: ["discovery/v1"],
  EventsV1: ["events/v1"],
  RbacV1: ["rbac/v1"],
  FlowcontrolV1: ["flowcontrol/v1"],
  ResourceV1: ["resource/v1"],
  StorageV1: ["storage/v1"],
  AuthenticationV1: ["authentication/v1"],
  AdmissionregistrationV1: ["admissionregistration/v1"],
};

const [api, apimachinery] = process.argv.slice(2);
if (!api || !apimachinery) throw new Error("usage: generate-protobuf-fields.ts path/to/api path/to/apimachinery");

/** Bodies of the struct declarations, by package and name. */
const structs = new Map<string, string>();
for (const path of new Set(Object.values(packages).flat())) addStructs(path, read(api, `${path}/types.go`));
addStructs("meta", read(apimachinery, "pkg/apis/meta/v1/types.go"));

// CustomResourceDefinitions and APIServices have Go types elsewhere: they travel as JSON or YAML. Nobody sends a list.
const rows = Object.keys(builtInTypes)
  .filter((name) => !name.endsWith("List"))
  .filter((name) => goTypeOf(name) !== undefined)
  .toSorted()
  .map((name) => `  ${name}: ${JSON.stringify(fieldsOfType(name))},`);
writeFileSync(
  join(import.meta.dirname, "..", "src", "world", "kubernetes", "generated", "protobuf-fields.ts"),
  [
    "// Written by scripts/generate-protobuf-fields.ts from Kubernetes' Go types; not edited by hand.",
    'import type { MessageFields } from "../protobuf/fields.ts";',
    "",
    "export const protobufFields: Readonly<Record<string, MessageFields>> = {",
    ...rows,
    "};",
    "",
  ].join("\n"),
);

/** From a work tree, or from a bare repository. */
function read(repository: string, path: string): string {
  const file = join(repository, path);
  if (existsSync(file)) return readFileSync(file, "utf8");
  const options = { encoding: "utf8", maxBuffer: 1 << 26 } as const;
  return execFileSync("git", ["-C", repository, "show", `HEAD:${path}`], options);
}

function addStructs(path: string, source: string): void {
  for (const [, name, body] of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    structs.set(`${path}.${name}`, body ?? "");
  }
}

function fieldsOfType(typeName: string): MessageFields {
  const { prefix, name } = splitTypeName(typeName);
  return fieldsOfStruct([...(packages[prefix] ?? []), "meta"], name);
}

function goTypeOf(typeName: string): string | undefined {
  const { prefix, name } = splitTypeName(typeName);
  return [...(packages[prefix] ?? []), "meta"].find((path) => structs.has(`${path}.${name}`));
}

function fieldsOfStruct(paths: readonly string[], name: string): MessageFields {
  const path = paths.find((one) => structs.has(`${one}.${name}`));
  if (path === undefined) throw new Error(`no Go type for ${name}`);
  const fields: Record<string, string | MessageFields> = {};
  for (const line of structs.get(`${path}.${name}`)?.split("\n") ?? []) {
    const field = /^\t(?:\w+ )?\s*(\S+)\s+`json:"([^",]*)[^"]*"[^`]* protobuf:"\w+,(\d+),/.exec(line);
    if (!field) continue;
    const [, goType = "", jsonName = "", number = ""] = field;
    const embedded = goType.split(".").at(-1) ?? "";
    fields[number] = jsonName === "" ? fieldsOfStruct([path, ...paths], embedded) : jsonName + marksOf(goType);
  }
  return fields;
}

/** As `MessageFields` explains them. */
function marksOf(goType: string): string {
  return (goType.startsWith("*") ? "*" : "") + (goType.endsWith("[]byte") ? "=" : "");
}
