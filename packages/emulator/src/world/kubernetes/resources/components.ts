import type { KubeObject } from "../../objects.ts";
import { listAt, textAt } from "../json.ts";
import { column } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { notFound } from "../status-error.ts";

const components = ["controller-manager", "scheduler", "etcd-0"];

/** Whether the control plane is well: it always is, as far as AKS lets anybody see. */
export const componentResources: readonly ResourceType[] = [
  defineResource({
    group: "",
    version: "v1",
    kind: "ComponentStatus",
    plural: "componentstatuses",
    shortNames: ["cs"],
    namespaced: false,
    verbs: ["get", "list"],
    typeName: "V1ComponentStatus",
    deprecation: "v1 ComponentStatus is deprecated in v1.19+",
    computed: {
      list: () => components.map(statusOf),
      notFound: (_cluster, _namespace, name) =>
        notFound({ group: "", plural: "componentstatuses", kind: "ComponentStatus" }, name),
    },
    columns: [
      column("Status", (object) => (healthy(object, "status") === "True" ? "Healthy" : "Unhealthy")),
      column("Message", (object) => healthy(object, "message")),
      column("Error", (object) => healthy(object, "error")),
    ],
  }),
];

function statusOf(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ComponentStatus",
    metadata: { name },
    conditions: [{ type: "Healthy", status: "True", message: "ok" }],
  };
}

function healthy(object: KubeObject, member: string): string {
  return textAt(listAt(object, "conditions")[0], member) ?? "";
}
