import type { KubeObject } from "../../objects.ts";
import { numberAt } from "../json.ts";
import { type FieldError, invalidValue } from "./field-errors.ts";

/** Rules and wording of kubernetes: pkg/apis/coordination/validation/validation.go. */
export function validateLease(lease: KubeObject): readonly FieldError[] {
  const seconds = numberAt(lease, "spec", "leaseDurationSeconds");
  const transitions = numberAt(lease, "spec", "leaseTransitions") ?? 0;
  return [
    ...(seconds !== undefined && seconds <= 0
      ? [invalidValue("spec.leaseDurationSeconds", seconds, "must be greater than 0")]
      : []),
    ...(transitions < 0
      ? [invalidValue("spec.leaseTransitions", transitions, "must be greater than or equal to 0")]
      : []),
  ];
}
