import { isRecord, type JsonRecord, listAt, textAt } from "../json.ts";
import {
  childPath,
  type FieldError,
  fieldNotFound,
  forbiddenField,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "./field-errors.ts";
import { validateLabelKey } from "./metadata.ts";
import { parseQuantity, validateQuantities } from "./quantities.ts";
import { validateUnique } from "./values.ts";

/** What a container asks for. Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */
export function validateResources(
  resources: JsonRecord,
  path: string,
  claims: readonly string[] = [],
  validateResource = validateResourceName,
): readonly FieldError[] {
  const { requests = {}, limits = {} } = resources;
  if (!isRecord(requests) || !isRecord(limits)) return [];
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  const hugePagesAlone = names.some(isHugePages) && !names.includes("cpu") && !names.includes("memory");
  return [
    ...validateAmounts(limits, childPath(path, "limits"), validateResource),
    ...validateAmounts(requests, childPath(path, "requests"), validateResource),
    ...Object.entries(requests).flatMap(([name, request]) => validateLimit(name, request, limits[name], path)),
    ...(hugePagesAlone ? [forbiddenField(path, "HugePages require cpu or memory")] : []),
    ...listAt(resources, "claims").flatMap((claim, index) =>
      validateClaim(textAt(claim, "name") ?? "", itemPath(childPath(path, "claims"), index), claims),
    ),
    ...validateUnique(
      listAt(resources, "claims").map((claim) =>
        [textAt(claim, "name") ?? "", textAt(claim, "request") ?? ""].filter((part) => part !== "").join("/"),
      ),
      childPath(path, "claims"),
    ),
  ];
}

/** What the pod as a whole asks for. */
export function validatePodResources(spec: JsonRecord, path: string): readonly FieldError[] {
  const { resources } = spec;
  if (!isRecord(resources)) return [];
  if (textAt(spec, "os", "name") === "windows") return [forbiddenField(path, "may not be set for a windows pod")];
  const why = "claims may not be set for Resources at pod-level";
  return [
    ...(resources["claims"] === undefined ? [] : [forbiddenField(childPath(path, "claims"), why)]),
    ...validateResources(resources, path, [], (name, place) =>
      name === "cpu" || name === "memory" || isHugePages(name)
        ? []
        : [notSupported(place, name, ["cpu", "hugepages-", "memory"])],
    ),
  ];
}

function validateAmounts(
  amounts: JsonRecord,
  path: string,
  validateResource: (name: string, path: string) => readonly FieldError[],
): readonly FieldError[] {
  return [
    ...Object.keys(amounts).flatMap((name) => validateResource(name, `${path}[${name}]`)),
    ...validateQuantities(amounts, path),
    ...Object.entries(amounts).flatMap(([name, value]) => validateWhole(name, value, `${path}[${name}]`)),
  ];
}

const ofContainers: ReadonlySet<string> = new Set(["cpu", "ephemeral-storage", "memory"]);
/** pkg/apis/core/helper: standardResources. */
const standard: ReadonlySet<string> = new Set([
  ...ofContainers,
  "configmaps",
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
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
  "storage",
]);

export function isStandardResource(name: string): boolean {
  return standard.has(name) || isHugePages(name) || name.startsWith("requests.hugepages-");
}

export function isHugePages(name: string): boolean {
  return name.startsWith("hugepages-");
}

/** One that Kubernetes does not know, and lets nobody ask for twice what is there. */
export function isExtended(name: string): boolean {
  return name.includes("/") && !isNative(name) && !name.startsWith("requests.");
}

function isNative(name: string): boolean {
  return !name.includes("/") || name.split("/")[0]?.endsWith("kubernetes.io") === true;
}

export function validateResourceName(name: string, path: string): readonly FieldError[] {
  const problems = validateLabelKey(path, name);
  if (name.includes("/")) {
    if (isNative(name) || (problems.length === 0 && isExtended(name))) return problems;
    return [...problems, invalidValue(path, name, "doesn't follow extended resource name standard")];
  }
  return [
    ...problems,
    ...(problems.length === 0 && !isStandardResource(name)
      ? [invalidValue(path, name, "must be a standard resource type or fully qualified")]
      : []),
    ...(ofContainers.has(name) || isHugePages(name)
      ? []
      : [invalidValue(path, name, "must be a standard resource for containers")]),
  ];
}

function validateWhole(name: string, value: unknown, path: string): readonly FieldError[] {
  const amount = parseQuantity(value) ?? 0;
  if (isExtended(name) && !Number.isInteger(amount)) return [invalidValue(path, value, "must be an integer")];
  if (!isHugePages(name)) return [];
  const page = parseQuantity(name.replace("hugepages-", "")) ?? 1;
  if (amount > 0 && amount % page === 0) return [];
  return [invalidValue(path, value, `${String(value)} is not positive integer multiple of ${name}`)];
}

function validateLimit(name: string, request: unknown, limit: unknown, path: string): readonly FieldError[] {
  const requests = childPath(path, "requests");
  const [wanted = 0, most] = [parseQuantity(request), parseQuantity(limit)];
  const overcommits = !isExtended(name) && !isHugePages(name);
  if (most === undefined) {
    return overcommits
      ? []
      : [required(childPath(path, "limits"), "Limit must be set for non overcommitable resources")];
  }
  if (!overcommits && wanted !== most)
    return [invalidValue(requests, request, `must be equal to ${name} limit of ${String(limit)}`)];
  return wanted > most
    ? [invalidValue(requests, request, `must be less than or equal to ${name} limit of ${String(limit)}`)]
    : [];
}

function validateClaim(name: string, path: string, claims: readonly string[]): readonly FieldError[] {
  if (name === "") return [required(childPath(path, "name"))];
  if (claims.includes(name)) return [];
  const error = fieldNotFound(path, name);
  const which = claims.length === 0 ? " which is empty" : "";
  return [{ ...error, message: `${error.message}: must be one of the names in pod.spec.resourceClaims${which}` }];
}
