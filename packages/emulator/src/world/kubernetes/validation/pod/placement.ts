import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, scalarText, textAt } from "../../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "../field-errors.ts";
import { validateLabelKey, validateLabelValue, validateName } from "../metadata.ts";
import { validateSelector } from "../selectors.ts";
import { oneOf } from "../values.ts";

/** Where a pod may run. Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */
export function validatePlacement(spec: JsonRecord, path: string): readonly FieldError[] {
  return [
    ...listAt(spec, "tolerations").flatMap((one, index) =>
      validateToleration(recordAt(one), itemPath(childPath(path, "tolerations"), index)),
    ),
    ...validateAffinity(spec["affinity"], childPath(path, "affinity")),
    ...validateSpread(listAt(spec, "topologySpreadConstraints"), childPath(path, "topologySpreadConstraints")),
  ];
}

export function validateToleration(toleration: JsonRecord, path: string): readonly FieldError[] {
  const { key = "", operator = "", value = "", effect, tolerationSeconds } = toleration;
  const place = childPath(path, "operator");
  const all = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
  return [
    ...(key === "" ? [] : validateLabelKey(childPath(path, "key"), scalarText(key))),
    ...(key === "" && operator !== "Exists" ? [invalidValue(place, operator, all)] : []),
    ...(tolerationSeconds !== undefined && effect !== "NoExecute"
      ? [
          invalidValue(
            childPath(path, "effect"),
            effect ?? "",
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
          ),
        ]
      : []),
    ...validateOperator(scalarText(operator), scalarText(value), place),
    ...(effect === undefined || effect === ""
      ? []
      : oneOf(effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"], childPath(path, "effect"))),
  ];
}

function validateOperator(operator: string, value: string, path: string): readonly FieldError[] {
  switch (operator) {
    case "":
    case "Equal":
      return validateLabelValue(path, value);
    case "Exists":
      return value === "" ? [] : [invalidValue(path, value, "value must be empty when `operator` is 'Exists'")];
    default:
      return [notSupported(path, operator, ["Equal", "Exists"])];
  }
}

const always = "requiredDuringSchedulingIgnoredDuringExecution";
const rather = "preferredDuringSchedulingIgnoredDuringExecution";

function validateAffinity(affinity: unknown, path: string): readonly FieldError[] {
  const node = at(affinity, "nodeAffinity");
  const nodePath = childPath(path, "nodeAffinity");
  const terms = at(node, always);
  return [
    ...(isRecord(terms) ? validateNodeTerms(terms, childPath(nodePath, always)) : []),
    ...listAt(node, rather).flatMap((one, index) => {
      const place = itemPath(childPath(nodePath, rather), index);
      return [
        ...validateWeight(one, place),
        ...validateNodeTerm(at(one, "preference"), childPath(place, "preference")),
      ];
    }),
    ...["podAffinity", "podAntiAffinity"].flatMap((kind) => {
      const own = childPath(path, kind);
      return [
        ...listAt(affinity, kind, always).flatMap((term, index) =>
          validatePodTerm(term, itemPath(childPath(own, always), index)),
        ),
        ...listAt(affinity, kind, rather).flatMap((one, index) => {
          const place = itemPath(childPath(own, rather), index);
          const term = validatePodTerm(at(one, "podAffinityTerm"), childPath(place, "podAffinityTerm"));
          return [...validateWeight(one, place), ...term];
        }),
      ];
    }),
  ];
}

function validateWeight(preferred: unknown, path: string): readonly FieldError[] {
  const weight = numberAt(preferred, "weight") ?? 0;
  const inRange = weight >= 1 && weight <= 100;
  return inRange ? [] : [invalidValue(childPath(path, "weight"), weight, "must be in the range 1-100")];
}

export function validateNodeTerms(selector: JsonRecord, path: string): readonly FieldError[] {
  const place = childPath(path, "nodeSelectorTerms");
  const terms = listAt(selector, "nodeSelectorTerms");
  if (terms.length === 0) return [required(place, "must have at least one node selector term")];
  return terms.flatMap((term, index) => validateNodeTerm(term, itemPath(place, index)));
}

function validateNodeTerm(term: unknown, path: string): readonly FieldError[] {
  return [
    ...listAt(term, "matchExpressions").flatMap((one, index) =>
      validateNodeExpression(one, itemPath(childPath(path, "matchExpressions"), index)),
    ),
    ...listAt(term, "matchFields").flatMap((one, index) =>
      validateNodeField(one, itemPath(childPath(path, "matchFields"), index)),
    ),
  ];
}

function validateNodeExpression(expression: unknown, path: string): readonly FieldError[] {
  const operator = textAt(expression, "operator") ?? "";
  const count = listAt(expression, "values").length;
  const values = childPath(path, "values");
  const key = validateLabelKey(childPath(path, "key"), textAt(expression, "key") ?? "");
  switch (operator) {
    case "In":
    case "NotIn":
      return count > 0 ? key : [required(values, "must be specified when `operator` is 'In' or 'NotIn'"), ...key];
    case "Exists":
    case "DoesNotExist":
      if (count === 0) return key;
      return [forbiddenField(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"), ...key];
    case "Gt":
    case "Lt":
      if (count === 1) return key;
      return [required(values, "must be specified single value when `operator` is 'Lt' or 'Gt'"), ...key];
    default:
      return [invalidValue(childPath(path, "operator"), operator, "not a valid selector operator"), ...key];
  }
}

function validateNodeField(field: unknown, path: string): readonly FieldError[] {
  const operator = textAt(field, "operator") ?? "";
  const key = textAt(field, "key") ?? "";
  const one = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
  return [
    ...(operator === "In" || operator === "NotIn"
      ? listAt(field, "values").length === 1
        ? []
        : [required(childPath(path, "values"), one)]
      : [invalidValue(childPath(path, "operator"), operator, "not a valid selector operator")]),
    ...(key === "metadata.name" ? [] : [invalidValue(childPath(path, "key"), key, "not a valid field selector key")]),
  ];
}

function validatePodTerm(term: unknown, path: string): readonly FieldError[] {
  const key = textAt(term, "topologyKey") ?? "";
  const place = childPath(path, "topologyKey");
  return [
    ...validateSelector(at(term, "labelSelector"), childPath(path, "labelSelector")),
    ...validateSelector(at(term, "namespaceSelector"), childPath(path, "namespaceSelector")),
    ...listAt(term, "namespaces").flatMap((name) => validateName(childPath(path, "namespace"), String(name), "label")),
    ...(key === "" ? [required(place, "can not be empty")] : []),
    ...validateLabelKey(place, key),
  ];
}

function validateSpread(constraints: readonly unknown[], path: string): readonly FieldError[] {
  const pairs = constraints.map(
    (one) => `{${textAt(one, "topologyKey") ?? ""}, ${textAt(one, "whenUnsatisfiable") ?? ""}}`,
  );
  return [
    ...constraints.flatMap((one, index) => validateConstraint(recordAt(one), itemPath(path, index))),
    // Go reports the first of two.
    ...pairs.flatMap((pair, index) =>
      pairs.indexOf(pair, index + 1) > index
        ? [duplicate(`${itemPath(path, index)}.{topologyKey, whenUnsatisfiable}`, pair)]
        : [],
    ),
  ];
}

function validateConstraint(constraint: JsonRecord, path: string): readonly FieldError[] {
  const { maxSkew = 0, topologyKey = "", whenUnsatisfiable = "", minDomains } = constraint;
  const keys = listAt(constraint, "matchLabelKeys");
  const policies = ["Honor", "Ignore"];
  const only = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${scalarText(whenUnsatisfiable)}`;
  return [
    ...(Number(maxSkew) <= 0 ? [invalidValue(childPath(path, "maxSkew"), maxSkew, "must be greater than zero")] : []),
    ...(topologyKey === ""
      ? [required(childPath(path, "topologyKey"), "can not be empty")]
      : validateLabelKey(childPath(path, "topologyKey"), scalarText(topologyKey))),
    ...oneOf(whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"], childPath(path, "whenUnsatisfiable")),
    ...(typeof minDomains === "number" && minDomains <= 0
      ? [invalidValue(childPath(path, "minDomains"), minDomains, "must be greater than zero")]
      : []),
    ...(typeof minDomains === "number" && whenUnsatisfiable !== "DoNotSchedule"
      ? [invalidValue(childPath(path, "minDomains"), minDomains, only)]
      : []),
    ...["nodeAffinityPolicy", "nodeTaintsPolicy"].flatMap((member) =>
      oneOf(constraint[member], policies, childPath(path, member)),
    ),
    ...(keys.length > 0 && constraint["labelSelector"] === undefined
      ? [forbiddenField(childPath(path, "matchLabelKeys"), "must not be specified when labelSelector is not set")]
      : []),
    ...validateSelector(constraint["labelSelector"], childPath(path, "labelSelector")),
  ];
}
