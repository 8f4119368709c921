import { isIP } from "node:net";
import type { KubeObject } from "../../objects.ts";
import { listAt } from "../json.ts";
import { type FieldError, invalidValue, itemPath, required } from "./field-errors.ts";
import { validateCidr } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/networking/validation/validation.go. */

const path = "spec.cidrs";
const immutable = "field is immutable";

export function validateServiceRange(range: KubeObject): readonly FieldError[] {
  const cidrs = listAt(range, "spec", "cidrs");
  if (cidrs.length === 0) return [required(path, "at least one CIDR required")];
  if (cidrs.length > 2) return [invalidValue(path, { cidrs }, "may only hold up to 2 values")];
  const families = cidrs.map((cidr) => isIP(String(cidr).split("/")[0] ?? ""));
  const same = families.length === 2 && families[0] === families[1] && families[0] !== 0;
  const once = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
  return [
    ...cidrs.flatMap((cidr, index) => validateCidr(cidr, itemPath(path, index))),
    ...(same ? [invalidValue(path, cidrs, once)] : []),
  ];
}

export function validateServiceRangeUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const before = listAt(previous, "spec", "cidrs");
  const after = listAt(next, "spec", "cidrs");
  if (after.length < before.length) return [invalidValue(path, after, immutable)];
  return before.flatMap((cidr, index) =>
    cidr === after[index] ? [] : [invalidValue(itemPath(path, index), after[index], immutable)],
  );
}
