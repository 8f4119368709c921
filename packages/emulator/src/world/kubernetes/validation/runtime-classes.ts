import type { KubeObject } from "../../objects.ts";
import { at, isRecord, listAt, recordAt, scalarText } from "../json.ts";
import { type FieldError, itemPath, required } from "./field-errors.ts";
import { validateImmutable, validateLabels, validateName } from "./metadata.ts";
import { validateToleration } from "./pod/placement.ts";
import { validateQuantities } from "./quantities.ts";

/** Rules and wording of kubernetes: pkg/apis/node/validation/validation.go. */
export function validateRuntimeClass(runtimeClass: KubeObject): readonly FieldError[] {
  const overhead = at(runtimeClass, "overhead", "podFixed");
  const labels = recordAt(runtimeClass, "scheduling", "nodeSelector") as Record<string, string>;
  return [
    ...(runtimeClass["handler"]
      ? validateName("handler", scalarText(runtimeClass["handler"]), "label")
      : [required("handler")]),
    ...(isRecord(overhead) ? validateQuantities(overhead, "overhead.limits") : []),
    ...validateLabels("scheduling.nodeSelector", labels),
    ...listAt(runtimeClass, "scheduling", "tolerations").flatMap((one, index) =>
      validateToleration(recordAt(one), itemPath("scheduling.tolerations", index)),
    ),
  ];
}

export function validateRuntimeClassUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return validateImmutable("handler", next["handler"] ?? "", previous["handler"]);
}
