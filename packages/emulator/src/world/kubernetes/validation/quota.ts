import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, listAt, recordAt, scalarText } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  required,
} from "./field-errors.ts";
import { validateLabelKey } from "./metadata.ts";
import { parseQuantity, validateQuantities } from "./quantities.ts";
import { isHugePages, isStandardResource, validateResourceName } from "./resources.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

/** What it is about stays as it is. */
export function validateQuotaUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const scopes = listAt(next, "spec", "scopes");
  const before = new Set(listAt(previous, "spec", "scopes"));
  const isSame = new Set(scopes).size === before.size && scopes.every((scope) => before.has(scope));
  return isSame ? [] : [invalidValue("spec.scopes", scopes.length === 0 ? null : scopes, "field is immutable")];
}

export function validateQuota(quota: KubeObject): readonly FieldError[] {
  const hard = recordAt(quota, "spec", "hard");
  return [
    ...Object.entries(hard).flatMap(([name, value]) => validateLimit(name, value, `spec.hard[${name}]`)),
    ...validateQuantities(hard, "spec.hard"),
    ...validateScopes(listAt(quota, "spec", "scopes"), Object.keys(hard)),
    ...listAt(quota, "spec", "scopeSelector", "matchExpressions").flatMap((one) =>
      validateScopeSelector(recordAt(one)),
    ),
  ];
}

export function validateQuotaStatus(quota: KubeObject): readonly FieldError[] {
  return ["hard", "used"].flatMap((member) => {
    const amounts = recordAt(quota, "status", member);
    return [
      ...Object.entries(amounts).flatMap(([name, value]) => validateLimit(name, value, `status.${member}[${name}]`)),
      ...validateQuantities(amounts, `status.${member}`),
    ];
  });
}

/** pkg/apis/core/helper: standardQuotaResources. */
const ofQuotas: ReadonlySet<string> = new Set([
  "configmaps",
  "cpu",
  "ephemeral-storage",
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "memory",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
  "requests.storage",
  "resourcequotas",
  "secrets",
  "services",
  "services.loadbalancers",
  "services.nodeports",
]);
const counted: ReadonlySet<string> = new Set([
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
  "services.loadbalancers",
  "services.nodeports",
]);

function validateLimit(name: string, value: unknown, path: string): readonly FieldError[] {
  const shape = validateLabelKey(path, name);
  const amount = parseQuantity(value) ?? 0;
  const own = ofQuotas.has(name) || isHugePages(name) || name.startsWith("requests.hugepages-");
  return [
    ...shape,
    ...(shape.length === 0 && !name.includes("/") && !isStandardResource(name)
      ? [invalidValue(path, name, "must be a standard resource type or fully qualified")]
      : []),
    ...(name.includes("/") || own ? [] : [invalidValue(path, name, "must be a standard resource for quota")]),
    ...(counted.has(name) && !Number.isInteger(amount)
      ? [invalidValue(path, quantityInMillis(amount), "must be an integer")]
      : []),
  ];
}

/** As Go writes what is no whole number. */
export function quantityInMillis(amount: number): string {
  return Number.isInteger(amount) ? String(amount) : `${Math.round(amount * 1_000)}m`;
}

const scopes = [
  "Terminating",
  "NotTerminating",
  "BestEffort",
  "NotBestEffort",
  "PriorityClass",
  "CrossNamespacePodAffinity",
  "VolumeAttributesClass",
];
const opposed = [
  ["Terminating", "NotTerminating"],
  ["BestEffort", "NotBestEffort"],
] as const;

function validateScopes(named: readonly unknown[], resources: readonly string[]): readonly FieldError[] {
  const path = "spec.scopes";
  const wrong = named.some((scope) => !scopes.includes(scalarText(scope)));
  const conflict = opposed.some(([one, other]) => named.includes(one) && named.includes(other));
  const unfit = named.some((scope) => resources.some((resource) => !isWithin(scalarText(scope), resource)));
  return [
    ...(wrong ? [invalidValue(path, named, "unsupported scope")] : []),
    ...(unfit && !wrong ? [invalidValue(path, named, "unsupported scope applied to resource")] : []),
    ...(conflict ? [invalidValue(path, named, "conflicting scopes")] : []),
  ];
}

/** Best effort pods can only be counted; other scopes are about pods and what they ask for. */
function isWithin(scope: string, resource: string): boolean {
  if (resource === "pods" || resource === "count/pods") return true;
  if (scope === "BestEffort") return false;
  if (scope === "VolumeAttributesClass")
    return resource.includes("persistentvolumeclaims") || resource.includes("storage");
  return /^(requests\.|limits\.)?(cpu|memory|ephemeral-storage|hugepages-.*)$/.test(resource);
}

function validateScopeSelector(expression: JsonRecord): readonly FieldError[] {
  const path = "spec.scopeSelector.matchExpressions";
  const { scopeName = "", operator = "" } = expression;
  const count = listAt(expression, "values").length;
  const plain = !["PriorityClass", "VolumeAttributesClass"].includes(scalarText(scopeName));
  const only =
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
  const needed = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
  const empty = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
  if (!scopes.includes(scalarText(scopeName)))
    return [invalidValue(`${path}.scopeName`, scopeName, "unsupported scope")];
  return [
    ...(plain && operator !== "Exists" ? [invalidValue(`${path}.operator`, operator, only)] : []),
    ...((operator === "In" || operator === "NotIn") && count === 0 ? [required(`${path}.values`, needed)] : []),
    ...((operator === "Exists" || operator === "DoesNotExist") && count > 0
      ? [invalidValue(`${path}.values`, expression["values"], empty)]
      : []),
    ...(["In", "NotIn", "Exists", "DoesNotExist"].includes(scalarText(operator))
      ? []
      : [invalidValue(`${path}.operator`, operator, "not a valid selector operator")]),
  ];
}

export function validateLimitRange(range: KubeObject): readonly FieldError[] {
  const limits = listAt(range, "spec", "limits").map((one) => recordAt(one));
  const types = limits.map((one) => scalarText(one["type"]));
  return limits.flatMap((limit, index) => {
    const path = itemPath("spec.limits", index);
    const type = types[index] ?? "";
    return [
      ...validateType(type, childPath(path, "type")),
      ...(types.indexOf(type) < index ? [duplicate(childPath(path, "type"), type)] : []),
      ...validateItem(limit, type, path),
    ];
  });
}

const limitTypes = ["Container", "PersistentVolumeClaim", "Pod"];

function validateType(type: string, path: string): readonly FieldError[] {
  const shape = validateLabelKey(path, type);
  if (shape.length > 0 || type.includes("/") || limitTypes.includes(type)) return shape;
  return [invalidValue(path, type, "must be a standard limit type or fully qualified")];
}

const members = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];

function validateItem(limit: JsonRecord, type: string, path: string): readonly FieldError[] {
  const storage = ["max", "min"].some((member) => recordAt(limit, member)["storage"] !== undefined);
  const missing = "either minimum or maximum storage value is required, but neither was provided";
  const names = new Set(members.flatMap((member) => Object.keys(recordAt(limit, member))));
  return [
    ...members.flatMap((member) =>
      Object.keys(recordAt(limit, member)).flatMap((name) =>
        type === "Container" || type === "Pod"
          ? validateResourceName(name, `${childPath(path, member)}[${name}]`)
          : validateLabelKey(`${childPath(path, member)}[${name}]`, name),
      ),
    ),
    ...(type === "Pod"
      ? ["default", "defaultRequest"]
          .filter((member) => isRecord(limit[member]) && Object.keys(limit[member]).length > 0)
          .map((member) => forbiddenField(childPath(path, member), "may not be specified when `type` is 'Pod'"))
      : []),
    ...(type === "PersistentVolumeClaim" && !storage ? [required(childPath(path, "limits"), missing)] : []),
    ...[...names].flatMap((name) => validateOrder(limit, name, path)),
  ];
}

const orders = [
  ["min", "max", "min", "min value {low} is greater than max value {high}"],
  ["defaultRequest", "max", "defaultRequest", "default request value {low} is greater than max value {high}"],
  [
    "defaultRequest",
    "default",
    "defaultRequest",
    "default request value {low} is greater than default limit value {high}",
  ],
  ["min", "defaultRequest", "defaultRequest", "min value {low} is greater than default request value {high}"],
  ["min", "default", "default", "min value {low} is greater than default value {high}"],
  ["default", "max", "default", "default value {low} is greater than max value {high}"],
] as const;

/** Which of two values is shown: mostly that of the field at fault; of a default, the maximum. */
function validateOrder(limit: JsonRecord, name: string, path: string): readonly FieldError[] {
  const value = (member: string): unknown => recordAt(limit, member)[name];
  const amount = (member: string): number | undefined => parseQuantity(value(member));
  return [
    ...orders.flatMap(([low, high, field, text]) => {
      const [less, more] = [amount(low), amount(high)];
      if (less === undefined || more === undefined || less <= more) return [];
      const said = text.replace("{low}", scalarText(value(low))).replace("{high}", scalarText(value(high)));
      const shown =
        field === "default" && low === "default" ? value("max") : field === "default" ? value("min") : value(field);
      return [invalidValue(`${childPath(path, field)}[${name}]`, shown, said)];
    }),
    ...validateRatio(amount, value("maxLimitRequestRatio"), `${path}.maxLimitRequestRatio[${name}]`),
  ];
}

function validateRatio(
  amount: (member: string) => number | undefined,
  shown: unknown,
  path: string,
): readonly FieldError[] {
  const ratio = amount("maxLimitRequestRatio");
  const [min, max] = [amount("min"), amount("max")];
  if (ratio === undefined) return [];
  const text = quantityInMillis(ratio);
  const most = min && max ? max / min : undefined;
  return [
    ...(ratio < 1 ? [invalidValue(path, text, `ratio ${text} is less than 1`)] : []),
    ...(most !== undefined && ratio > most
      ? [invalidValue(path, shown, `ratio ${text} is greater than max/min = ${most.toFixed(6)}`)]
      : []),
  ];
}
