// Writes src/world/kubernetes/generated/go-types.ts: the internal types of kube-apiserver as far as refusals print them,
// read from the Go sources of Kubernetes (Apache-2.0). Needs a checkout of kubernetes/kubernetes:
// node scripts/generate-go-types.ts path/to/kubernetes
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [checkout] = process.argv.slice(2);
if (!checkout) throw new Error("usage: generate-go-types.ts path/to/kubernetes");

/** Package of the internal types, and the version whose fields have the names of JSON. */
const versions: Readonly<Record<string, string>> = {
  apps: "apps/v1",
  batch: "batch/v1",
  core: "core/v1",
  networking: "networking/v1",
  rbac: "rbac/v1",
  resource: "resource/v1",
  storage: "storage/v1",
};

const printed = [
  "apps.DaemonSetUpdateStrategy",
  "apps.StatefulSetUpdateStrategy",
  "batch.PodFailurePolicy",
  "batch.SuccessPolicy",
  "core.EphemeralContainer",
  "core.EventSource",
  "core.ObjectReference",
  "core.PersistentVolumeClaimSpec",
  "core.PersistentVolumeSource",
  "core.PodSpec",
  "core.PodTemplateSpec",
  "networking.ParentReference",
  "rbac.RoleRef",
  "resource.ResourceClaimSpec",
  "resource.ResourceClaimTemplateSpec",
  "storage.CSINodeDriver",
  "storage.VolumeAttachmentSpec",
];

const scalars: Readonly<Record<string, string>> = {
  string: "s",
  "types.UID": "s",
  "types.NodeName": "s",
  int: "0",
  int32: "0",
  int64: "0",
  uint32: "0",
  float64: "0",
  bool: "!",
  "resource.Quantity": "q",
  "intstr.IntOrString": "i",
  "metav1.Time": "t",
  "metav1.MicroTime": "t",
  "runtime.RawExtension": "r",
};

interface Source {
  readonly structs: ReadonlyMap<string, string>;
  readonly aliases: ReadonlyMap<string, string>;
}

const sources = new Map<string, Source>();
const external = new Map<string, Source>();
for (const [name, version] of Object.entries(versions)) {
  sources.set(name, read(join(checkout, "pkg", "apis", name, "types.go")));
  external.set(name, read(join(checkout, "staging", "src", "k8s.io", "api", version, "types.go")));
}

const rows = new Map<string, string>();
for (let queue = [...printed]; queue.length > 0; ) {
  const [type = "", ...rest] = queue;
  queue = rest;
  if (rows.has(type)) continue;
  const used: string[] = [];
  rows.set(type, fieldsOf(type, used).join(" "));
  queue.push(...used);
}
writeFileSync(
  join(import.meta.dirname, "..", "src", "world", "kubernetes", "generated", "go-types.ts"),
  [
    "// Written by scripts/generate-go-types.ts from Kubernetes' Go types; not edited by hand.",
    "",
    "/** Fields in order: name in Go, name in JSON, type; `>` type is embedded. Read by `validation/go-form.ts`. */",
    "export const goTypes: Readonly<Record<string, string>> = {",
    ...[...rows]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, fields]) => `  ${JSON.stringify(type)}: ${JSON.stringify(fields)},`),
    "};",
    "",
  ].join("\n"),
);

function read(file: string): Source {
  const text = readFileSync(file, "utf8");
  const structs = [...text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)];
  const aliases = [...text.matchAll(/^type (\w+)\s+(=?\s*[\w.[\]*]+)$/gm)];
  return {
    structs: new Map(structs.map(([, name = "", body = ""]) => [name, body])),
    aliases: new Map(aliases.map(([, name = "", type = ""]) => [name, type])),
  };
}

function fieldsOf(type: string, used: string[]): readonly string[] {
  const [packageName = "", name = ""] = type.split(".");
  const body = sources.get(packageName)?.structs.get(name);
  if (body === undefined) throw new Error(`no struct ${type}`);
  return body.split("\n").flatMap((line) => {
    const embedded = /^\t+((?:\w+\.)?\w+)(?:\s+`[^`]*`)?\s*(?:\/\/.*)?$/.exec(line)?.[1];
    if (embedded) return [`>${codeOf(packageName, embedded, used)}`];
    const [, field, goType] = /^\t+([A-Z]\w*)\s+([\w.[\]*]+)/.exec(line) ?? [];
    if (!field || !goType) return [];
    return [`${field}:${jsonName(packageName, name, field)}:${codeOf(packageName, goType, used)}`];
  });
}

function jsonName(packageName: string, type: string, field: string): string {
  const body = external.get(packageName)?.structs.get(type) ?? "";
  const [, tag] = new RegExp(`^\\s+${field}\\s+\\S+\\s+\`json:"([^",]+)`, "m").exec(body) ?? [];
  return tag ?? field.charAt(0).toLowerCase() + field.slice(1);
}

/** `[]X`, `*X`, `{X}`, `s` text, `0` number, `!` truth, `b` bytes, `q` quantity, `m:X` a type of meta, else a struct. */
function codeOf(packageName: string, goType: string, used: string[]): string {
  if (goType.startsWith("[]byte")) return "b";
  if (goType.startsWith("[]")) return `[]${codeOf(packageName, goType.slice(2), used)}`;
  if (goType.startsWith("*")) return `*${codeOf(packageName, goType.slice(1), used)}`;
  const [, values] = /^map\[[\w.]+\](.*)$/.exec(goType) ?? [];
  if (values) return `{${codeOf(packageName, values, used)}}`;
  const scalar = scalars[goType];
  if (scalar) return scalar;
  const [prefix, own] = goType.includes(".") ? goType.split(".") : [packageName, goType];
  if (prefix === "metav1") return `m:V1${own}`;
  const home = prefix === "api" ? "core" : (prefix ?? "");
  const alias = sources.get(home)?.aliases.get(own ?? "");
  if (alias !== undefined && !sources.get(home)?.structs.has(own ?? ""))
    return codeOf(home, alias.replace(/^=\s*/, ""), used);
  used.push(`${home}.${own}`);
  return `${home}.${own}`;
}
