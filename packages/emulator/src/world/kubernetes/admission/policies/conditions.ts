import { evaluate, type Variables } from "../../cel/compile.ts";
import { errorText } from "../../cel/errors.ts";
import { textAt } from "../../json.ts";

/**
 * Whether all match conditions hold; one that does not settles it. A sentence when none is false and some have no value
 * (apiserver: pkg/admission/plugin/webhook/matchconditions).
 */
export function conditionsHold(conditions: readonly unknown[], variables: Variables): boolean | string {
  const failed: string[] = [];
  for (const condition of conditions) {
    const expression = textAt(condition, "expression") ?? "";
    try {
      if (evaluate(expression, variables) !== true) return false;
    } catch (error) {
      failed.push(`expression '${expression}' resulted in error: ${errorText(error)}`);
    }
  }
  if (failed.length === 0) return true;
  return failed.length === 1 ? (failed[0] ?? "") : `[${failed.join(", ")}]`;
}
