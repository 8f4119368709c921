import type { KubeObject } from "../../objects.ts";
import { recordAt } from "../json.ts";
import { type FieldError, invalidValue } from "./field-errors.ts";
import { validateIntOrPercent } from "./ports.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/policy/validation/validation.go. */
export function validateDisruptionBudget(budget: KubeObject): readonly FieldError[] {
  const spec = recordAt(budget, "spec");
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  const both = minAvailable !== undefined && maxUnavailable !== undefined;
  // As Go writes the internal form: it has no names for JSON.
  const shown = {
    MinAvailable: minAvailable,
    Selector: selector ?? null,
    MaxUnavailable: maxUnavailable,
    UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy ?? null,
  };
  return [
    ...(both ? [invalidValue("spec", shown, "minAvailable and maxUnavailable cannot be both set")] : []),
    ...validateIntOrPercent(minAvailable, "spec.minAvailable"),
    ...validateIntOrPercent(maxUnavailable, "spec.maxUnavailable"),
    ...validateSelector(selector, "spec.selector"),
    ...oneOf(unhealthyPodEvictionPolicy, ["AlwaysAllow", "IfHealthyBudget"], "spec.unhealthyPodEvictionPolicy"),
  ];
}
