import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, scalarText, textAt } from "../json.ts";
import {
  validateConfiguration,
  validateDriver,
  validateFullyQualifiedName,
  validateItems,
  validateSelectors,
} from "./devices.ts";
import {
  childPath,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "./field-errors.ts";
import { validateImmutable, validateLabelKey, validateLabels, validateLabelValue, validateName } from "./metadata.ts";
import { isExtended } from "./resources.ts";
import { oneOf, validateUnique } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/resource/validation/validation.go. */

const listLimit = 32;
const alternativesLimit = 8;

export function validateDeviceClass(deviceClass: KubeObject): readonly FieldError[] {
  const spec = recordAt(deviceClass, "spec");
  const extended = textAt(spec, "extendedResourceName");
  return [
    ...validateSelectors(spec, "spec"),
    ...validateItems(listAt(spec, "config"), listLimit, "spec.config", validateConfiguration),
    ...(extended === undefined || isExtended(extended)
      ? []
      : [invalidValue("spec.extendedResourceName", extended, "must be a valid extended resource name")]),
  ];
}

export function validateTemplate(template: KubeObject): readonly FieldError[] {
  const labels = recordAt(template, "spec", "metadata", "labels");
  return [
    ...validateLabels("spec.metadata.labels", labels as Record<string, string>),
    ...validateClaimDevices(at(template, "spec", "spec"), "spec.spec"),
  ];
}

export function validateTemplateUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return validateImmutable("spec", next["spec"], previous["spec"], "resource.ResourceClaimTemplateSpec");
}

export function validateClaimChange(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return validateImmutable("spec", next["spec"], previous["spec"], "resource.ResourceClaimSpec");
}

type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

/** What a claim asks for. */
export function validateClaimDevices(spec: unknown, path: string): readonly FieldError[] {
  const place = `${path}.devices`;
  const devices = recordAt(spec, "devices");
  const known = requestNames(devices);
  const requests = listAt(devices, "requests");
  return [
    ...validateItems(requests, listLimit, `${place}.requests`, validateRequest),
    ...(requests.length > listLimit ? [] : validateUnique(names(requests), `${place}.requests`)),
    ...validateItems(listAt(devices, "constraints"), listLimit, `${place}.constraints`, (constraint, inside) =>
      validateConstraint(recordAt(constraint), inside, known),
    ),
    ...validateItems(listAt(devices, "config"), listLimit, `${place}.config`, (config, inside) => [
      ...validateRequestNames(config, inside, known),
      ...validateConfiguration(config, inside),
    ]),
  ];
}

function names(items: readonly unknown[]): readonly string[] {
  return items.map((item) => textAt(item, "name") ?? "");
}

function requestNames(devices: JsonRecord): RequestNames {
  return new Map(
    listAt(devices, "requests").map((request) => [
      textAt(request, "name") ?? "",
      new Set(names(listAt(request, "firstAvailable"))),
    ]),
  );
}

function validateRequestNames(owner: unknown, path: string, known: RequestNames): readonly FieldError[] {
  const place = childPath(path, "requests");
  const requests = listAt(owner, "requests").map(scalarText);
  return [
    ...validateItems(requests, listLimit, place, (name, inside) => validateReference(scalarText(name), inside, known)),
    ...validateUnique(requests, place),
  ];
}

function validateReference(name: string, path: string, known: RequestNames): readonly FieldError[] {
  const why = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const segments = name.split("/");
  const [request = "", alternative] = segments;
  if (segments.length > 2) return [invalidValue(path, name, why)];
  const alternatives = known.get(request);
  const isKnown = alternatives !== undefined && (alternative === undefined || alternatives.has(alternative));
  return [
    ...segments.flatMap((segment) => validateName(path, segment, "label")),
    ...(isKnown ? [] : [invalidValue(path, name, why)]),
  ];
}

function validateConstraint(constraint: JsonRecord, path: string, known: RequestNames): readonly FieldError[] {
  const { matchAttribute, distinctAttribute } = constraint;
  const why = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
  const attribute = matchAttribute ?? distinctAttribute;
  const member = matchAttribute === undefined ? "distinctAttribute" : "matchAttribute";
  return [
    ...validateRequestNames(constraint, path, known),
    ...(attribute === undefined
      ? [required(path, why)]
      : validateFullyQualifiedName(scalarText(attribute), childPath(path, member))),
  ];
}

function validateRequest(request: unknown, path: string): readonly FieldError[] {
  const { exactly, firstAvailable } = recordAt(request);
  const alternatives = Array.isArray(firstAvailable) ? firstAvailable : [];
  const name = validateName(childPath(path, "name"), textAt(request, "name") ?? "", "label");
  const one = "exactly one of `exactly` or `firstAvailable` is required";
  if (isRecord(exactly) && alternatives.length > 0) {
    return [...name, invalidValue(path, null, `${one}, but multiple fields are set`)];
  }
  if (isRecord(exactly)) return [...name, ...validateExact(exactly, childPath(path, "exactly"))];
  if (alternatives.length === 0) return [...name, required(path, one)];
  const place = childPath(path, "firstAvailable");
  return [
    ...name,
    ...validateItems(alternatives, alternativesLimit, place, (alternative, inside) => [
      ...validateName(childPath(inside, "name"), textAt(alternative, "name") ?? "", "label"),
      ...validateExact(recordAt(alternative), inside),
    ]),
    ...(alternatives.length > alternativesLimit ? [] : validateUnique(names(alternatives), place)),
  ];
}

function validateExact(request: JsonRecord, path: string): readonly FieldError[] {
  const className = textAt(request, "deviceClassName") ?? "";
  const place = childPath(path, "deviceClassName");
  return [
    ...(className === "" ? [required(place)] : validateName(place, className, "subdomain")),
    ...validateSelectors(request, path),
    ...validateMode(request, path),
    ...listAt(request, "tolerations").flatMap((toleration, index) =>
      validateToleration(recordAt(toleration), itemPath(childPath(path, "tolerations"), index)),
    ),
  ];
}

function validateMode(request: JsonRecord, path: string): readonly FieldError[] {
  const mode = textAt(request, "allocationMode") ?? "";
  const count = numberAt(request, "count") ?? 0;
  const place = childPath(path, "count");
  switch (mode) {
    case "All":
      return count === 0 ? [] : [invalidValue(place, count, "must not be specified when allocationMode is 'All'")];
    case "ExactCount":
      return count > 0 ? [] : [invalidValue(place, count, "must be greater than zero")];
    default:
      return [notSupported(childPath(path, "allocationMode"), mode, ["All", "ExactCount"])];
  }
}

function validateToleration(toleration: JsonRecord, path: string): readonly FieldError[] {
  const { key = "", operator = "", value = "", effect = "" } = toleration;
  return [
    ...(key === "" ? [] : validateLabelKey(childPath(path, "key"), scalarText(key))),
    ...validateOperator(scalarText(operator), scalarText(value), path),
    ...(effect === "" ? [] : oneOf(effect, ["NoExecute", "NoSchedule", "None"], childPath(path, "effect"))),
  ];
}

function validateOperator(operator: string, value: string, path: string): readonly FieldError[] {
  const place = childPath(path, "value");
  switch (operator) {
    case "Exists":
      return value === "" ? [] : [invalidValue(place, value, "must be empty for operator `Exists`")];
    case "Equal":
      return validateLabelValue(place, value);
    case "":
      return [required(childPath(path, "operator"))];
    default:
      return [notSupported(childPath(path, "operator"), operator, ["Equal", "Exists"])];
  }
}

/** What a driver or the scheduler says of a claim. */
export function validateClaimStatus(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const allocation = at(next, "status", "allocation");
  const before = at(previous, "status", "allocation");
  const reserved = listAt(next, "status", "reservedFor");
  const results = listAt(allocation, "devices", "results");
  return [
    ...reserved.flatMap((consumer, index) =>
      ["resource", "name", "uid"].flatMap((member) =>
        textAt(consumer, member) ? [] : [required(`${itemPath("status.reservedFor", index)}.${member}`)],
      ),
    ),
    ...validateUnique(
      reserved.map((consumer) => textAt(consumer, "uid")),
      "status.reservedFor",
    ),
    ...listAt(next, "status", "devices").flatMap((device, index) =>
      validateDeviceStatus(device, itemPath("status.devices", index), results),
    ),
    ...(reserved.length > 0 && !isRecord(allocation)
      ? [forbiddenField("status.reservedFor", "may not be specified when `allocated` is not set")]
      : []),
    ...(isRecord(before) && isRecord(allocation)
      ? validateImmutable("status.allocation", allocation, before)
      : results.flatMap((result, index) =>
          validateResult(
            result,
            itemPath("status.allocation.devices.results", index),
            requestNames(recordAt(next, "spec", "devices")),
          ),
        )),
  ];
}

const identity = ["driver", "pool", "device", "shareID"];

function validateDeviceStatus(device: unknown, path: string, allocated: readonly unknown[]): readonly FieldError[] {
  const id = (one: unknown): string => identity.map((member) => textAt(one, member) ?? "").join("\n");
  if (allocated.some((one) => id(one) === id(device))) return [];
  const [Driver, Pool, Device, ShareID] = identity.map((member) => textAt(device, member) ?? "");
  return [invalidValue(path, { Driver, Pool, Device, ShareID }, "must be an allocated device in the claim")];
}

function validateResult(result: unknown, path: string, known: RequestNames): readonly FieldError[] {
  return [
    ...validateReference(textAt(result, "request") ?? "", childPath(path, "request"), known),
    ...validateDriver(textAt(result, "driver") ?? "", childPath(path, "driver")),
    ...validatePoolName(textAt(result, "pool") ?? "", childPath(path, "pool")),
    ...validateName(childPath(path, "device"), textAt(result, "device") ?? "", "label"),
  ];
}

export function validatePoolName(name: string, path: string): readonly FieldError[] {
  if (name === "") return [required(path)];
  return name.split("/").flatMap((part) => validateName(path, part, "subdomain"));
}
