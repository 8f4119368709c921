// Writes src/world/kubernetes/generated/types.ts: the fields of the built-in kinds, read from the models of
// @kubernetes/client-node (generated there from the OpenAPI document of Kubernetes, Apache-2.0).
// Run after an update of that package: node scripts/generate-kubernetes-types.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const roots = [
  "V1Namespace",
  "V1Node",
  "V1Pod",
  "V1Binding",
  "V1Service",
  "V1Endpoints",
  "V1ConfigMap",
  "V1Secret",
  "V1ServiceAccount",
  "CoreV1Event",
  "V1Deployment",
  "V1ReplicaSet",
  "V1Scale",
  "V1PodDisruptionBudget",
  "V1Eviction",
  "V2HorizontalPodAutoscaler",
  "V1HorizontalPodAutoscaler",
  "V1Lease",
  "V1EndpointSlice",
  "EventsV1Event",
  "V1DeleteOptions",
];

// Strings in the OpenAPI document that also take numbers: resource quantities.
const quantities = new Set([
  "V1ResourceRequirements.limits",
  "V1ResourceRequirements.requests",
  "V1VolumeResourceRequirements.limits",
  "V1VolumeResourceRequirements.requests",
  "V1ContainerStatus.allocatedResources",
  "V1PodStatus.allocatedResources",
  "V1NodeStatus.capacity",
  "V1NodeStatus.allocatable",
  "V1PodSpec.overhead",
  "V1EmptyDirVolumeSource.sizeLimit",
  "V1ResourceFieldSelector.divisor",
  "V2MetricTarget.averageValue",
  "V2MetricTarget.value",
  "V2MetricValueStatus.averageValue",
  "V2MetricValueStatus.value",
  "V2HPAScalingRules.tolerance",
]);

const require = createRequire(import.meta.url);
const models = join(dirname(require.resolve("@kubernetes/client-node")), "gen", "models");

export async function generate() {
  const types = {};
  const queue = [...roots];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (types[name]) continue;
    types[name] = await fieldsOf(name, queue);
  }
  return render(types);
}

async function fieldsOf(name, queue) {
  const model = (await import(pathToFileURL(join(models, `${name}.js`)).href))[name];
  const declaration = readFileSync(join(models, `${name}.d.ts`), "utf8");
  const fields = {};
  for (const { name: member, baseName, type, format } of model.attributeTypeMap) {
    const required = declaration.includes(`    '${member}': `);
    fields[baseName] = code(type, format, quantities.has(`${name}.${baseName}`), queue) + (required ? "!" : "");
  }
  return fields;
}

function code(type, format, quantity, queue) {
  const list = /^Array<(.+)>$/.exec(type);
  if (list) return `${code(list[1], format, quantity, queue)}[]`;
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map) return `{${code(map[1], format, quantity, queue)}}`;
  if (quantity) return "quantity";
  if (type === "number") return format === "double" ? "number" : "integer";
  if (type === "Date" || type === "V1MicroTime") return "time";
  if (type === "IntOrString") return "intOrString";
  if (type === "string" || type === "boolean" || type === "any") return type;
  queue.push(type);
  return type;
}

function render(types) {
  const names = Object.keys(types).sort();
  const lines = names.map((name) => `  ${name}: ${JSON.stringify(types[name])},`);
  return [
    "// Written by scripts/generate-kubernetes-types.mjs from @kubernetes/client-node; not edited by hand.",
    'import type { TypeTable } from "../schema/type-table.ts";',
    "",
    "export const builtInTypes: TypeTable = {",
    ...lines,
    "};",
    "",
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(
    join(import.meta.dirname, "..", "src", "world", "kubernetes", "generated", "types.ts"),
    await generate(),
  );
}
