import type { KubeObject } from "../../objects.ts";
import { at, isRecord, listAt, recordAt, textAt } from "../json.ts";
import { ageColumn, column, orNone, wide } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateLease } from "../validation/leases.ts";
import { validateNode, validateNodeUpdate } from "../validation/nodes.ts";

export const nodeResources: readonly ResourceType[] = [
  defineResource({
    group: "",
    version: "v1",
    kind: "Node",
    plural: "nodes",
    shortNames: ["no"],
    namespaced: false,
    subresources: ["proxy", "status"],
    typeName: "V1Node",
    judgesAll: true,
    validate: validateNode,
    validateUpdate: validateNodeUpdate,
    prepare: withNotReadyTaint,
    selectableFields: { "spec.unschedulable": (node) => String(at(node, "spec", "unschedulable") === true) },
    columns: [
      column("Status", nodeStatus, "The status of the node"),
      column("Roles", nodeRoles, "The roles of the node"),
      ageColumn,
      column("Version", (node) => textAt(node, "status", "nodeInfo", "kubeletVersion") ?? ""),
      wide(column("Internal-IP", (node) => addressOf(node, "InternalIP"))),
      wide(column("External-IP", (node) => addressOf(node, "ExternalIP"))),
      wide(column("OS-Image", (node) => nodeInfo(node, "osImage"))),
      wide(column("Kernel-Version", (node) => nodeInfo(node, "kernelVersion"))),
      wide(column("Container-Runtime", (node) => nodeInfo(node, "containerRuntimeVersion"))),
    ],
  }),
  defineResource({
    group: "coordination.k8s.io",
    version: "v1",
    kind: "Lease",
    plural: "leases",
    typeName: "V1Lease",
    validate: validateLease,
    columns: [column("Holder", (lease) => textAt(lease, "spec", "holderIdentity") ?? ""), ageColumn],
  }),
];

/** The admission plugin TaintNodesByCondition: nothing is put on a node before it says that it is ready. */
function withNotReadyTaint(node: KubeObject): KubeObject {
  const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
  const taints = listAt(node, "spec", "taints");
  if (taints.some((one) => textAt(one, "key") === taint.key && textAt(one, "effect") === taint.effect)) return node;
  return { ...node, spec: { ...recordAt(node, "spec"), taints: [...taints, taint] } };
}

function nodeStatus(node: KubeObject): string {
  const ready = listAt(node, "status", "conditions").find((condition) => textAt(condition, "type") === "Ready");
  const state = ready === undefined ? "Unknown" : textAt(ready, "status") === "True" ? "Ready" : "NotReady";
  return at(node, "spec", "unschedulable") === true ? `${state},SchedulingDisabled` : state;
}

const rolePrefix = "node-role.kubernetes.io/";

function nodeRoles({ metadata }: KubeObject): string {
  const labels = metadata.labels ?? {};
  const prefixed = Object.keys(labels)
    .filter((label) => label.startsWith(rolePrefix) && label.length > rolePrefix.length)
    .map((label) => label.slice(rolePrefix.length));
  const named = labels["kubernetes.io/role"];
  return orNone([...prefixed, ...(named ? [named] : [])].toSorted().join(","));
}

function addressOf(node: KubeObject, type: string): string {
  const found = listAt(node, "status", "addresses")
    .filter(isRecord)
    .find((address) => address["type"] === type);
  return orNone(textAt(found, "address"));
}

function nodeInfo(node: KubeObject, field: string): string {
  return textAt(node, "status", "nodeInfo", field) ?? "<unknown>";
}
