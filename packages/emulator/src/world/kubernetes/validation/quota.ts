import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import { childPath, type FieldError, invalidValue, itemPath, required } from "./field-errors.ts";
import { parseQuantity } from "./quantities.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

export function validateQuota(quota: KubeObject): readonly FieldError[] {
  return Object.entries(recordAt(quota, "spec", "hard")).flatMap(([name, value]) =>
    quantity(`spec.hard[${name}]`, value),
  );
}

export function validateLimitRange(range: KubeObject): readonly FieldError[] {
  return listAt(range, "spec", "limits").flatMap((item, index) =>
    isRecord(item) ? validateItem(item, itemPath("spec.limits", index)) : [],
  );
}

const bounds = ["max", "min", "default", "defaultRequest"] as const;

function validateItem(item: JsonRecord, path: string): readonly FieldError[] {
  const type = textAt(item, "type") ?? "";
  const min = recordAt(item, "min");
  const max = recordAt(item, "max");
  return [
    ...(type === "" ? [required(childPath(path, "type"))] : []),
    ...(type === "" ? [] : oneOf(type, ["Container", "PersistentVolumeClaim", "Pod"], childPath(path, "type"))),
    ...bounds.flatMap((bound) =>
      Object.entries(recordAt(item, bound)).flatMap(([name, value]) => quantity(`${path}.${bound}[${name}]`, value)),
    ),
    ...Object.entries(min).flatMap(([name, value]) =>
      above(value, max[name])
        ? [
            invalidValue(
              `${path}.min[${name}]`,
              value,
              `min value ${String(value)} is greater than max value ${String(max[name])}`,
            ),
          ]
        : [],
    ),
  ];
}

function above(value: unknown, limit: unknown): boolean {
  const amount = parseQuantity(value);
  const bound = limit === undefined ? undefined : parseQuantity(limit);
  return amount !== undefined && bound !== undefined && amount > bound;
}

function quantity(field: string, value: unknown): readonly FieldError[] {
  const amount = parseQuantity(value);
  if (amount === undefined) {
    return [
      invalidValue(
        field,
        value,
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      ),
    ];
  }
  return amount < 0 ? [invalidValue(field, value, "must be greater than or equal to 0")] : [];
}
