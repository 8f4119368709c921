import { withTopologyLabels } from "../admission/topology-labels.ts";
import { decodeObject, parseObjectBody } from "../body.ts";
import { type Call, readObject, writerOf } from "../call.ts";
import { recordAt, textAt } from "../json.ts";
import type { KubeResponse } from "../request.ts";
import { defineResource } from "../resource-type.ts";
import { conflict, methodNotAllowed } from "../status-error.ts";
import { invalid, required } from "../validation/field-errors.ts";
import { replaceObject } from "../write.ts";

export const bindingType = defineResource({
  group: "",
  version: "v1",
  plural: "bindings",
  kind: "Binding",
  typeName: "V1Binding",
  columns: [],
});

/** The binding subresource of a pod: what a scheduler does. */
export function bindPod(call: Call): KubeResponse {
  if (call.request.method !== "POST") throw methodNotAllowed();
  const { object } = decodeObject(call, parseObjectBody(call.request.contentType, call.request.body), bindingType);
  const nodeName = textAt(object, "target", "name");
  if (!nodeName) throw invalid(bindingType, call.name, [required("target.name")]);
  const pod = readObject(call);
  const bound = textAt(pod, "spec", "nodeName");
  if (bound)
    throw conflict(call.type, call.name, `pod ${call.name} is already assigned to node ${JSON.stringify(bound)}`);
  const placed = { ...pod, spec: { ...recordAt(pod, "spec"), nodeName } };
  replaceObject(call, pod, withTopologyLabels(placed, call.cluster.store), writerOf(call));
  return {
    kind: "json",
    status: 201,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
  };
}
