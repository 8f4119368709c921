import { withTopologyLabels } from "../admission/topology-labels.ts";
import { decodeObject, parseObjectBody } from "../body.ts";
import { type Call, isDryRun, readObject, writerOf } from "../call.ts";
import { recordAt, textAt } from "../json.ts";
import type { KubeResponse } from "../request.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { podResources } from "../resources/pods.ts";
import { badRequest, conflict, methodNotAllowed, StatusError } from "../status-error.ts";
import { notSupported, required } from "../validation/field-errors.ts";
import { replaceObject } from "../write.ts";

export const bindingType = defineResource({
  group: "",
  version: "v1",
  plural: "bindings",
  kind: "Binding",
  verbs: ["create"],
  typeName: "V1Binding",
  columns: [],
});

/** The binding subresource of a pod, and the older resource of that name: what a scheduler does. */
export function bindPod(call: Call): KubeResponse {
  if (call.request.method !== "POST") throw methodNotAllowed();
  const object = decodeObject(call, parseObjectBody(call.request.contentType, call.request.body), bindingType);
  const { name } = object.metadata;
  if (call.name !== "" && name !== call.name) throw badRequest("name in URL does not match name in Binding object");
  const error = targetError(textAt(object, "target", "kind") ?? "", textAt(object, "target", "name") ?? "");
  if (error) throw new StatusError(500, "", `${error.field}: ${error.message}`);
  bind({ ...call, type: podType(), name, subresource: "binding" }, textAt(object, "target", "name") ?? "");
  return {
    kind: "json",
    status: 201,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
  };
}

function targetError(kind: string, name: string): ReturnType<typeof required> | undefined {
  if (kind !== "" && kind !== "Node") return notSupported("target.kind", kind, ["Node", "<empty>"]);
  return name === "" ? required("target.name") : undefined;
}

function bind(call: Call, nodeName: string): void {
  const pod = readObject(call);
  const bound = textAt(pod, "spec", "nodeName");
  if (bound) {
    const why = `pod ${call.name} is already assigned to node ${JSON.stringify(bound)}`;
    throw conflict({ ...call.type, plural: "pods/binding" }, call.name, why);
  }
  const placed = { ...pod, spec: { ...recordAt(pod, "spec"), nodeName } };
  if (!isDryRun(call)) replaceObject(call, pod, withTopologyLabels(placed, call.cluster.store), writerOf(call));
}

function podType(): ResourceType {
  const [type] = podResources;
  if (!type) throw new Error("there is no kind Pod");
  return type;
}
