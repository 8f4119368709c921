import type { KubeObject } from "../../objects.ts";
import { isRecord, numberAt, recordAt, textAt } from "../json.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "./field-errors.ts";
import { validateName } from "./metadata.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/flowcontrol/validation/validation.go. */

const maxPrecedence = 10_000;

export function validateFlowSchema({ metadata, ...schema }: KubeObject): readonly FieldError[] {
  const precedence = numberAt(schema, "spec", "matchingPrecedence") ?? 0;
  const level = textAt(schema, "spec", "priorityLevelConfiguration", "name") ?? "";
  const place = "spec.matchingPrecedence";
  const reserved = "only the schema named 'exempt' may have matchingPrecedence 1";
  const method = recordAt(schema, "spec")["distinguisherMethod"];
  return [
    ...(precedence <= 0 ? [invalidValue(place, precedence, "must be a positive value")] : []),
    ...(precedence > maxPrecedence
      ? [invalidValue(place, precedence, `must not be greater than ${maxPrecedence}`)]
      : []),
    ...(precedence === 1 && metadata.name !== "exempt" ? [invalidValue(place, precedence, reserved)] : []),
    ...(isRecord(method)
      ? oneOf(method["type"] ?? "", ["ByNamespace", "ByUser"], "spec.distinguisherMethod.type")
      : []),
    ...(level === ""
      ? [required("spec.priorityLevelConfiguration.name", "must reference a priority level")]
      : validateName("spec.priorityLevelConfiguration.name", level, "subdomain")),
  ];
}

export function validatePriorityLevel({ metadata, ...level }: KubeObject): readonly FieldError[] {
  const { type = "", limited, exempt } = recordAt(level, "spec");
  const isNamedExempt = metadata.name === "exempt";
  const onlyOne = "must be 'Exempt' if and only if `name` is 'exempt'";
  return [
    ...(isNamedExempt === (type === "Exempt") ? [] : [invalidValue("spec.type", type, onlyOne)]),
    ...(type === "Exempt" && limited !== undefined
      ? [forbiddenField("spec.limited", "must be nil if the type is not Limited")]
      : []),
    ...(type === "Limited" ? validateLimited(limited, exempt) : []),
    ...(type === "Exempt" || type === "Limited" ? [] : [notSupported("spec.type", type, ["Exempt", "Limited"])]),
  ];
}

function validateLimited(limited: unknown, exempt: unknown): readonly FieldError[] {
  const path = "spec.limited";
  const shares = numberAt(limited, "nominalConcurrencyShares") ?? 0;
  const lendable = numberAt(limited, "lendablePercent") ?? 0;
  const borrowing = numberAt(limited, "borrowingLimitPercent") ?? 0;
  return [
    ...(exempt === undefined ? [] : [forbiddenField("spec.exempt", "must be nil if the type is Limited")]),
    ...(isRecord(limited)
      ? validateResponse(recordAt(limited, "limitResponse"), `${path}.limitResponse`)
      : [required(path, "must not be empty when type is Limited")]),
    ...(shares < 0 ? [invalidValue(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer")] : []),
    ...(lendable < 0 || lendable > 100
      ? [invalidValue(`${path}.lendablePercent`, lendable, "must be between 0 and 100, inclusive")]
      : []),
    ...(borrowing < 0
      ? [invalidValue(`${path}.borrowingLimitPercent`, borrowing, "if specified, must be a non-negative integer")]
      : []),
  ];
}

function validateResponse(response: Record<string, unknown>, path: string): readonly FieldError[] {
  const { type = "", queuing } = response;
  if (type === "Queue" && !isRecord(queuing))
    return [required(`${path}.queuing`, "must not be empty if limited.limitResponse.type is Limited")];
  if (type === "Reject" && queuing !== undefined)
    return [forbiddenField(`${path}.queuing`, "must be nil if limited.limitResponse.type is not Limited")];
  return oneOf(type, ["Queue", "Reject"], `${path}.type`);
}
