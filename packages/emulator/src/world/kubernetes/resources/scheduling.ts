import { at, numberAt, textAt } from "../json.ts";
import { ageColumn, column, integerColumn } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateRuntimeClass, validateRuntimeClassUpdate } from "../validation/runtime-classes.ts";
import {
  validateNewPriorityClass,
  validatePriorityClass,
  validatePriorityClassUpdate,
} from "../validation/scheduling.ts";

export const schedulingResources: readonly ResourceType[] = [
  defineResource({
    group: "scheduling.k8s.io",
    version: "v1",
    kind: "PriorityClass",
    plural: "priorityclasses",
    shortNames: ["pc"],
    namespaced: false,
    typeName: "V1PriorityClass",
    setDefaults: (draft) => {
      draft["preemptionPolicy"] ??= "PreemptLowerPriority";
    },
    validateCreate: validateNewPriorityClass,
    validate: validatePriorityClass,
    validateUpdate: validatePriorityClassUpdate,
    columns: [
      integerColumn("Value", (object) => numberAt(object, "value") ?? 0),
      column("Global-Default", (object) => at(object, "globalDefault") === true),
      ageColumn,
      column("PreemptionPolicy", (object) => textAt(object, "preemptionPolicy") ?? ""),
    ],
  }),
  defineResource({
    group: "node.k8s.io",
    version: "v1",
    kind: "RuntimeClass",
    plural: "runtimeclasses",
    namespaced: false,
    typeName: "V1RuntimeClass",
    validate: validateRuntimeClass,
    validateUpdate: validateRuntimeClassUpdate,
    columns: [column("Handler", (object) => textAt(object, "handler") ?? ""), ageColumn],
  }),
];
