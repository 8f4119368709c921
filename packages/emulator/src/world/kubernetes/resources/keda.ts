import { at, listAt, scalarText, textAt } from "../json.ts";
import { ageColumn, column, conditionStatus } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateScaledObject } from "../validation/gateway.ts";

const keda = { group: "keda.sh", version: "v1alpha1", custom: true, subresources: ["status"] } as const;

export const kedaResources: readonly ResourceType[] = [
  defineResource({
    ...keda,
    kind: "ScaledObject",
    plural: "scaledobjects",
    shortNames: ["so"],
    typeName: "ScaledObject",
    initialStatus: () => undefined,
    validate: validateScaledObject,
    columns: [
      column("ScaleTargetKind", (object) => textAt(object, "status", "scaleTargetKind") ?? ""),
      column("ScaleTargetName", (object) => textAt(object, "spec", "scaleTargetRef", "name") ?? ""),
      column("Min", (object) => scalarText(at(object, "spec", "minReplicaCount"))),
      column("Max", (object) => scalarText(at(object, "spec", "maxReplicaCount"))),
      column("Ready", (object) => conditionStatus(object, "Ready") ?? ""),
      column("Active", (object) => conditionStatus(object, "Active") ?? ""),
      column("Fallback", (object) => conditionStatus(object, "Fallback") ?? ""),
      column("Paused", (object) => conditionStatus(object, "Paused") ?? ""),
      column("Triggers", (object) =>
        listAt(object, "spec", "triggers")
          .map((trigger) => textAt(trigger, "type") ?? "")
          .join(","),
      ),
      ageColumn,
    ],
  }),
  defineResource({
    ...keda,
    kind: "TriggerAuthentication",
    plural: "triggerauthentications",
    shortNames: ["ta", "triggerauth"],
    typeName: "TriggerAuthentication",
    initialStatus: () => undefined,
    columns: [
      column("PodIdentity", (object) => textAt(object, "spec", "podIdentity", "provider") ?? ""),
      column("Secret", (object) => textAt(listAt(object, "spec", "secretTargetRef")[0], "name") ?? ""),
      ageColumn,
    ],
  }),
];
