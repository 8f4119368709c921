import type { KubeObject } from "../../objects.ts";
import { withSources } from "../defaults/storage.ts";
import { at, isRecord, type JsonRecord, listAt, recordAt, sameJson, scalarText, textAt } from "../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, required } from "./field-errors.ts";
import { validateName } from "./metadata.ts";
import { parseQuantity } from "./quantities.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/** Of what a claim is filled from. */
function validateSources(spec: JsonRecord, path: string): readonly FieldError[] {
  const sources = withSources(spec);
  return ["dataSource", "dataSourceRef"].flatMap((member) => {
    const source = sources[member];
    const place = childPath(path, member);
    if (!isRecord(source)) return [];
    const { apiGroup, kind, name } = source;
    const isForeign = !apiGroup && kind !== "PersistentVolumeClaim" && Boolean(kind);
    return [
      ...(name ? [] : [required(childPath(place, "name"))]),
      ...(kind ? [] : [required(childPath(place, "kind"))]),
      ...(isForeign
        ? [invalidValue(place, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
        : []),
    ];
  });
}

export function validateClaim(claim: KubeObject): readonly FieldError[] {
  return validateClaimSpec(recordAt(claim, "spec"), "spec");
}

export function validateClaimSpec(spec: JsonRecord, path: string): readonly FieldError[] {
  const storage = at(spec, "resources", "requests", "storage");
  const place = `${path}.resources[storage]`;
  return [
    ...validateAccessModes(spec, path),
    ...(storage === undefined ? [required(place)] : positive(place, storage)),
    ...oneOf(spec["volumeMode"], ["Block", "Filesystem"], `${path}.volumeMode`),
    ...validateClassName(spec, "storageClassName", path),
    ...validateClassName(spec, "volumeAttributesClassName", path),
    ...validateSelector(spec["selector"], `${path}.selector`),
    ...validateSources(spec, path),
  ];
}

/** Size and attributes class may change; and what the binder fills in while nothing is bound. */
export function validateClaimUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const bound = textAt(previous, "spec", "volumeName") !== undefined;
  const wanted = parseQuantity(at(next, "spec", "resources", "requests", "storage")) ?? 0;
  const had = parseQuantity(at(previous, "spec", "resources", "requests", "storage")) ?? 0;
  const hadClass = textAt(previous, "spec", "storageClassName") !== undefined;
  const frozen = bound
    ? sameJson(fixedPart(next), fixedPart(previous))
    : sameJson(unbound(next, hadClass), unbound(previous, hadClass));
  return [
    ...(frozen
      ? []
      : [
          forbiddenField(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
          ),
        ]),
    ...(bound && wanted < had
      ? [forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity")]
      : []),
  ];
}

export function validateAccessModes(spec: JsonRecord, path: string): readonly FieldError[] {
  const modes = listAt(spec, "accessModes");
  const place = `${path}.accessModes`;
  const alone = "may not use ReadWriteOncePod with other access modes";
  if (modes.length === 0) return [required(place, "at least 1 access mode is required")];
  return [
    ...modes.flatMap((mode) => oneOf(mode, accessModes, place)),
    ...(modes.includes("ReadWriteOncePod") && modes.length > 1 ? [forbiddenField(place, alone)] : []),
  ];
}

export function positive(field: string, quantity: unknown): readonly FieldError[] {
  const amount = quantity === undefined ? undefined : parseQuantity(quantity);
  if (quantity !== undefined && amount === undefined) {
    return [
      invalidValue(
        field,
        quantity,
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      ),
    ];
  }
  return amount !== undefined && amount <= 0 ? [invalidValue(field, quantity, "must be greater than zero")] : [];
}

export function validateClassName(spec: JsonRecord, member: string, path: string): readonly FieldError[] {
  const name = scalarText(spec[member]);
  return name === "" ? [] : validateName(`${path}.${member}`, name, "subdomain");
}

function fixedPart(claim: KubeObject): unknown {
  const { resources: _resources, volumeAttributesClassName: _attributes, ...spec } = recordAt(claim, "spec");
  return spec;
}

/** A class is given once: by the client, or later by what is the default then. */
function unbound(claim: KubeObject, hadClass: boolean): unknown {
  const { volumeName: _volume, storageClassName, ...spec } = recordAt(claim, "spec");
  return hadClass ? { ...spec, storageClassName } : spec;
}
