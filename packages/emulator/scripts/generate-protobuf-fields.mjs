// Writes src/world/kubernetes/generated/protobuf-fields.ts: the protobuf field numbers of the built-in kinds, read from
// the struct tags of Kubernetes' Go types (Apache-2.0). Needs checkouts of kubernetes/api and kubernetes/apimachinery:
// node scripts/generate-protobuf-fields.mjs path/to/api path/to/apimachinery
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtInTypes } from "../src/world/kubernetes/generated/types.ts";

const packages = {
  V1: ["core/v1", "apps/v1", "policy/v1", "coordination/v1", "discovery/v1", "autoscaling/v1"],
  V2: ["autoscaling/v2"],
  CoreV1: ["core/v1"],
  DiscoveryV1: ["discovery/v1"],
  EventsV1: ["events/v1"],
};

const [api, apimachinery] = process.argv.slice(2);
const structs = new Map();
for (const path of new Set(Object.values(packages).flat())) addStructs(path, read(api, `${path}/types.go`));
addStructs("meta", read(apimachinery, "pkg/apis/meta/v1/types.go"));

const rows = Object.keys(builtInTypes)
  .sort()
  .map((name) => [name, rowOf(...split(name))]);
const missing = rows.filter(([, row]) => row === undefined).map(([name]) => name);
if (missing.length > 0) throw new Error(`no Go type for ${missing.join(", ")}`);
writeFileSync(
  join(import.meta.dirname, "..", "src", "world", "kubernetes", "generated", "protobuf-fields.ts"),
  [
    "// Written by scripts/generate-protobuf-fields.mjs from Kubernetes' Go types; not edited by hand.",
    'import type { MessageFields } from "../protobuf/fields.ts";',
    "",
    "export const protobufFields: Readonly<Record<string, MessageFields>> = {",
    ...rows.map(([name, row]) => `  ${name}: ${JSON.stringify(row)},`),
    "};",
    "",
  ].join("\n"),
);

/** From a work tree, or from a bare repository. */
function read(repository, path) {
  const file = join(repository, path);
  if (existsSync(file)) return readFileSync(file, "utf8");
  return execFileSync("git", ["-C", repository, "show", `HEAD:${path}`], { encoding: "utf8", maxBuffer: 1 << 26 });
}

function addStructs(path, source) {
  for (const [, name, body] of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    structs.set(`${path}.${name}`, body);
  }
}

function split(name) {
  const [, prefix, rest] = /^((?:Core|Discovery|Events)?V\d+)(.+)$/.exec(name);
  return [[...packages[prefix], "meta"], rest];
}

function rowOf(paths, name) {
  const path = paths.find((one) => structs.has(`${one}.${name}`));
  if (path === undefined) return undefined;
  const row = {};
  for (const line of structs.get(`${path}.${name}`).split("\n")) {
    const field = /^\t(?:\w+ )?\s*(\S+)\s+`json:"([^",]*)[^"]*"[^`]* protobuf:"\w+,(\d+),/.exec(line);
    if (!field) continue;
    const [, goType, jsonName, number] = field;
    row[number] = jsonName === "" ? rowOf([path, ...paths], goType.split(".").at(-1)) : jsonName + marks(goType);
  }
  return row;
}

/** `*`: a pointer, so that zero and empty values were meant; `=`: bytes. */
function marks(goType) {
  return (goType.startsWith("*") ? "*" : "") + (goType.endsWith("[]byte") ? "=" : "");
}
