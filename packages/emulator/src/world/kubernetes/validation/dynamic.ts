import type { KubeObject } from "../../objects.ts";
import { isRecord, listAt, recordAt, textAt } from "../json.ts";
import { childPath, type FieldError, itemPath, required } from "./field-errors.ts";
import { validateName } from "./metadata.ts";

/** Rules and wording of kubernetes: pkg/apis/resource/validation/validation.go. */

export function validateDeviceClass(deviceClass: KubeObject): readonly FieldError[] {
  return validateSelectors(recordAt(deviceClass, "spec"), "spec");
}

/** What a claim asks for. */
export function validateClaimDevices(spec: unknown, path: string): readonly FieldError[] {
  return listAt(spec, "devices", "requests").flatMap((request, index) =>
    validateRequest(request, itemPath(`${path}.devices.requests`, index)),
  );
}

function validateRequest(request: unknown, path: string): readonly FieldError[] {
  const name = textAt(request, "name") ?? "";
  const { exactly, firstAvailable } = recordAt(request);
  const alternatives = Array.isArray(firstAvailable) && firstAvailable.length > 0;
  return [
    ...(name === "" ? [required(childPath(path, "name"))] : validateName(childPath(path, "name"), name, "label")),
    ...(isRecord(exactly) || alternatives
      ? []
      : [required(path, "exactly one of `exactly` or `firstAvailable` is required")]),
    ...(isRecord(exactly) ? validateExact(exactly, childPath(path, "exactly")) : []),
  ];
}

function validateExact(request: unknown, path: string): readonly FieldError[] {
  const className = textAt(request, "deviceClassName") ?? "";
  const place = childPath(path, "deviceClassName");
  return [
    ...(className === "" ? [required(place)] : validateName(place, className, "subdomain")),
    ...validateSelectors(request, path),
  ];
}

function validateSelectors(owner: unknown, path: string): readonly FieldError[] {
  return listAt(owner, "selectors").flatMap((selector, index) =>
    isRecord(recordAt(selector)["cel"]) ? [] : [required(`${itemPath(childPath(path, "selectors"), index)}.cel`)],
  );
}
