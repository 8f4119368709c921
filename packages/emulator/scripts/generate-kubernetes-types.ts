// Writes src/world/kubernetes/generated/types.ts: the fields of the built-in kinds, read from the models of
// @kubernetes/client-node (generated there from the OpenAPI document of Kubernetes, Apache-2.0).
// Run after an update of that package: node scripts/generate-kubernetes-types.ts
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

type Fields = Record<string, string>;

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
  "V1PodTemplate",
  "V1PersistentVolume",
  "V1PersistentVolumeClaim",
  "V1StorageClass",
  "V1CSIDriver",
  "V1CSINode",
  "V1VolumeAttachment",
  "V1PriorityClass",
  "V1RuntimeClass",
  "V1ResourceQuota",
  "V1LimitRange",
  "V1StatefulSet",
  "V1DaemonSet",
  "V1ControllerRevision",
  "V1Job",
  "V1CronJob",
  "V1Ingress",
  "V1IngressClass",
  "V1NetworkPolicy",
  "V1Role",
  "V1RoleBinding",
  "V1ClusterRole",
  "V1ClusterRoleBinding",
  "V1MutatingWebhookConfiguration",
  "V1ValidatingWebhookConfiguration",
  "V1APIService",
  "V1FlowSchema",
  "V1PriorityLevelConfiguration",
  "V1CustomResourceDefinition",
  "AuthenticationV1TokenRequest",
  "V1TokenReview",
  "V1SelfSubjectReview",
  "V1SelfSubjectAccessReview",
  "V1SelfSubjectRulesReview",
  "V1SubjectAccessReview",
  "V1LocalSubjectAccessReview",
];

/** Strings in the OpenAPI document that also take numbers: resource quantities. */
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
  "V1PersistentVolumeSpec.capacity",
  "V1PersistentVolumeClaimStatus.allocatedResources",
  "V1PersistentVolumeClaimStatus.capacity",
  "V1VolumeNodeResources.capacity",
  "V1CSIStorageCapacity.capacity",
  "V1ResourceQuotaSpec.hard",
  "V1ResourceQuotaStatus.hard",
  "V1ResourceQuotaStatus.used",
  "V1LimitRangeItem._default",
  "V1LimitRangeItem.default",
  "V1LimitRangeItem.defaultRequest",
  "V1LimitRangeItem.max",
  "V1LimitRangeItem.maxLimitRequestRatio",
  "V1LimitRangeItem.min",
  "V1Overhead.podFixed",
]);

const require = createRequire(import.meta.url);
const models = join(dirname(require.resolve("@kubernetes/client-node")), "gen", "models");

/** The text of the generated file. */
export async function generate(): Promise<string> {
  const types = new Map<string, Fields>();
  const queue = [...roots];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (!types.has(name)) types.set(name, await fieldsOf(name, queue));
  }
  return render(types);
}

/** Types that it refers to are added to the queue. */
async function fieldsOf(name: string, queue: string[]): Promise<Fields> {
  const module: unknown = await import(pathToFileURL(join(models, `${name}.js`)).href);
  const model = (module as Record<string, { attributeTypeMap: readonly Attribute[] }>)[name];
  if (!model) throw new Error(`${name} is no model of the client`);
  const declaration = readFileSync(join(models, `${name}.d.ts`), "utf8");
  const fields = model.attributeTypeMap.map(({ name: member, baseName, type, format }) => {
    const required = declaration.includes(`    '${member}': `);
    const code = codeOf(type, format, quantities.has(`${name}.${baseName}`), queue);
    return [baseName, required ? `${code}!` : code];
  });
  return Object.fromEntries(fields) as Fields;
}

function codeOf(type: string, format: string, quantity: boolean, queue: string[]): string {
  const list = /^Array<(.+)>$/.exec(type);
  if (list?.[1]) return `${codeOf(list[1], format, quantity, queue)}[]`;
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map?.[1]) return `{${codeOf(map[1], format, quantity, queue)}}`;
  if (quantity) return "quantity";
  if (type === "number") return format === "double" ? "number" : "integer";
  if (type === "Date" || type === "V1MicroTime") return "time";
  if (type === "IntOrString") return "intOrString";
  if (type === "string" || type === "boolean" || type === "any") return type;
  queue.push(type);
  return type;
}

function render(types: ReadonlyMap<string, Fields>): string {
  const names = [...types.keys()].toSorted();
  return [
    "// Written by scripts/generate-kubernetes-types.ts from @kubernetes/client-node; not edited by hand.",
    'import type { TypeTable } from "../schema/type-table.ts";',
    "",
    "export const builtInTypes: TypeTable = {",
    ...names.map((name) => `  ${name}: ${JSON.stringify(types.get(name))},`),
    "};",
    "",
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  const file = join(import.meta.dirname, "..", "src", "world", "kubernetes", "generated", "types.ts");
  writeFileSync(file, await generate());
}
