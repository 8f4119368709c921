import type { KubeObject } from "../../objects.ts";
import { at, type JsonRecord, listAt, recordAt, sameJson, textAt } from "../json.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "./field-errors.ts";
import { validateImmutable } from "./metadata.ts";
import { parseQuantity } from "./quantities.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation and pkg/apis/storage/validation. */

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

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
  ];
}

/** Size and attributes class may change; and what the binder fills in while nothing is bound. */
export function validateClaimUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const bound = textAt(previous, "spec", "volumeName") !== undefined;
  const wanted = parseQuantity(at(next, "spec", "resources", "requests", "storage")) ?? 0;
  const had = parseQuantity(at(previous, "spec", "resources", "requests", "storage")) ?? 0;
  const frozen = bound ? sameJson(fixedPart(next), fixedPart(previous)) : sameJson(unbound(next), unbound(previous));
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

export function validateVolume(volume: KubeObject): readonly FieldError[] {
  const spec = recordAt(volume, "spec");
  const storage = at(spec, "capacity", "storage");
  const sources = Object.keys(spec).filter((name) => !volumeFields.has(name));
  return [
    ...validateAccessModes(spec, "spec"),
    ...(at(spec, "capacity") === undefined ? [required("spec.capacity")] : []),
    ...(at(spec, "capacity") !== undefined && storage === undefined
      ? [notSupported("spec.capacity", Object.keys(recordAt(spec, "capacity")), ["storage"])]
      : positive("spec.capacity[storage]", storage)),
    ...(sources.length === 0 ? [required("spec", "must specify a volume type")] : []),
    ...sources.slice(1).map((name) => forbiddenField(`spec.${name}`, "may not specify more than 1 volume type")),
    ...oneOf(
      spec["persistentVolumeReclaimPolicy"],
      ["Delete", "Recycle", "Retain"],
      "spec.persistentVolumeReclaimPolicy",
    ),
  ];
}

export function validateStorageClass(storageClass: KubeObject): readonly FieldError[] {
  return [
    ...(textAt(storageClass, "provisioner") ? [] : [required("provisioner")]),
    ...oneOf(storageClass["reclaimPolicy"], ["Delete", "Retain"], "reclaimPolicy"),
    ...oneOf(storageClass["volumeBindingMode"], ["Immediate", "WaitForFirstConsumer"], "volumeBindingMode"),
  ];
}

/** What a volume has beside its source. */
const volumeFields: ReadonlySet<string> = new Set([
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode",
]);

function validateAccessModes(spec: JsonRecord, path: string): readonly FieldError[] {
  const modes = listAt(spec, "accessModes");
  const place = `${path}.accessModes`;
  const alone = "may not use ReadWriteOncePod with other access modes";
  if (modes.length === 0) return [required(place, "at least 1 access mode is required")];
  return [
    ...modes.flatMap((mode) => oneOf(mode, accessModes, place)),
    ...(modes.includes("ReadWriteOncePod") && modes.length > 1 ? [forbiddenField(place, alone)] : []),
  ];
}

function positive(field: string, quantity: unknown): readonly FieldError[] {
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

function fixedPart(claim: KubeObject): unknown {
  const { resources: _resources, volumeAttributesClassName: _attributes, ...spec } = recordAt(claim, "spec");
  return spec;
}

function unbound(claim: KubeObject): unknown {
  const { volumeName: _volume, storageClassName: _class, ...spec } = recordAt(claim, "spec");
  return spec;
}

/** A storage class never changes but for expansion and metadata. */
export function validateStorageClassUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"].flatMap((field) =>
    field === "parameters" && !sameJson(next[field], previous[field])
      ? [forbiddenField(field, "updates to parameters are forbidden.")]
      : validateImmutable(field, next[field], previous[field]),
  );
}
