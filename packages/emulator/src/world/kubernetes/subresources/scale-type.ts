import type { KubeObject } from "../../objects.ts";
import { at, numberAt, stringMapAt } from "../json.ts";
import { ageColumn, integerColumn, labelsText, selectorText } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";

export const scaleType = defineResource({
  group: "autoscaling",
  version: "v1",
  plural: "scales",
  kind: "Scale",
  typeName: "V1Scale",
  columns: [
    integerColumn(
      "Desired",
      (scale) => numberAt(scale, "spec", "replicas") ?? 0,
      "replicas is the desired number of instances for the scaled object.",
    ),
    integerColumn(
      "Available",
      (scale) => numberAt(scale, "status", "replicas") ?? 0,
      "replicas is the actual number of observed instances of the scaled object.",
    ),
    ageColumn,
  ],
});

/** An object as its scale subresource shows it. */
export function scaleOf({ scalePaths, kind }: ResourceType, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = at(object, ...(scalePaths?.selector ?? ["spec", "selector"]));
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    spec: { replicas: numberAt(object, ...(scalePaths?.replicas ?? ["spec", "replicas"])) ?? 0 },
    status: {
      replicas: numberAt(object, ...(scalePaths?.current ?? ["status", "replicas"])) ?? 0,
      ...(typeof selector === "string" ? { selector } : {}),
      ...(Object.keys(stringMapAt(selector, "matchLabels")).length > 0 ? { selector: selectorText(selector) } : {}),
      ...(kind === "ReplicationController" ? { selector: labelsText(stringMapAt(selector)) } : {}),
    },
  };
}
