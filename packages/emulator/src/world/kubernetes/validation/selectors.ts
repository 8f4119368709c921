import { listAt, stringMapAt, textAt } from "../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, itemPath, required } from "./field-errors.ts";
import { validateLabelKey, validateLabels, validateLabelValue } from "./metadata.ts";

/** Rules and wording of apimachinery: pkg/apis/meta/v1/validation. */
export function validateSelector(selector: unknown, path: string): readonly FieldError[] {
  return [
    ...validateLabels(childPath(path, "matchLabels"), stringMapAt(selector, "matchLabels")),
    ...listAt(selector, "matchExpressions").flatMap((expression, index) =>
      validateExpression(expression, itemPath(childPath(path, "matchExpressions"), index)),
    ),
  ];
}

function validateExpression(expression: unknown, path: string): readonly FieldError[] {
  const values = listAt(expression, "values");
  const field = childPath(path, "values");
  return [
    ...validateOperator(textAt(expression, "operator") ?? "", values.length, path),
    ...validateLabelKey(childPath(path, "key"), textAt(expression, "key") ?? ""),
    ...values.flatMap((value, index) => validateLabelValue(itemPath(field, index), String(value))),
  ];
}

function validateOperator(operator: string, count: number, path: string): readonly FieldError[] {
  const field = childPath(path, "values");
  switch (operator) {
    case "In":
    case "NotIn":
      return count > 0 ? [] : [required(field, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      if (count === 0) return [];
      return [forbiddenField(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [invalidValue(childPath(path, "operator"), operator, "not a valid selector operator")];
  }
}
