import { isIP } from "node:net";
import type { KubeObject } from "../../objects.ts";
import { type JsonRecord, listAt, recordAt, sameJson, scalarText, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  required,
} from "./field-errors.ts";
import { validateLabelKey, validateLabelValue } from "./metadata.ts";
import { oneOf, validateCidr } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. Taints it names in the metadata. */
export function validateNode(node: KubeObject): readonly FieldError[] {
  const spec = recordAt(node, "spec");
  return [...validateTaints(listAt(spec, "taints").map((taint) => recordAt(taint))), ...validateRanges(spec)];
}

function validateTaints(taints: readonly JsonRecord[]): readonly FieldError[] {
  const path = "metadata.taints";
  const keys = taints.map(({ key, effect }) => `${scalarText(key)}/${scalarText(effect)}`);
  return [
    ...taints.flatMap((taint, index) => validateTaint(taint, itemPath(path, index))),
    ...taints.flatMap((taint, index) =>
      keys.indexOf(keys[index] ?? "") < index ? [sameTaint(taint, itemPath(path, index))] : [],
    ),
  ];
}

export function validateNodeUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const was = textAt(previous, "spec", "podCIDR");
  const id = textAt(previous, "spec", "providerID");
  const external = (node: KubeObject): string => textAt(node, "spec", "externalID") ?? "";
  const taints = listAt(next, "spec", "taints").map((taint) => recordAt(taint));
  // What changes is judged as a whole, and its taints once more.
  const again = sameJson(taints, listAt(previous, "spec", "taints")) ? [] : validateTaints(taints);
  return [
    ...again,
    ...(external(next) === external(previous) ? [] : [forbiddenField("spec.externalID", "may not be updated")]),
    ...(was && was !== textAt(next, "spec", "podCIDR")
      ? [forbiddenField("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid')]
      : []),
    ...(id && id !== textAt(next, "spec", "providerID")
      ? [forbiddenField("spec.providerID", 'node updates may not change providerID except from "" to valid')]
      : []),
  ];
}

function validateTaint(taint: JsonRecord, path: string): readonly FieldError[] {
  const { key, value, effect } = taint;
  const place = childPath(path, "effect");
  return [
    ...validateLabelKey(childPath(path, "key"), scalarText(key)),
    ...validateLabelValue(childPath(path, "value"), scalarText(value)),
    ...(scalarText(effect) === ""
      ? [required(place)]
      : oneOf(effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"], place)),
  ];
}

function sameTaint({ key, value = "", effect, timeAdded = null }: JsonRecord, path: string): FieldError {
  const error = duplicate(path, { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded });
  return { ...error, message: `${error.message}: taints must be unique by key and effect pair` };
}

function validateRanges(spec: JsonRecord): readonly FieldError[] {
  const listed = listAt(spec, "podCIDRs");
  const ranges = listed.length > 0 ? listed : [spec["podCIDR"]].filter((range) => range !== undefined && range !== "");
  const families = ranges.map((range) => isIP(String(range).split("/")[0] ?? ""));
  const once = "may specify no more than one CIDR for each IP family";
  return [
    ...ranges.flatMap((range, index) => validateCidr(range, itemPath("spec.podCIDRs", index))),
    ...(families.length === 2 && families[0] === families[1] ? [invalidValue("spec.podCIDRs", ranges, once)] : []),
  ];
}
