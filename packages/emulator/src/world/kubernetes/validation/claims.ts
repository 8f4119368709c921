import type { KubeObject } from "../../objects.ts";
import { withSources } from "../defaults/storage.ts";
import { at, isRecord, type JsonRecord, listAt, recordAt, sameJson, scalarText } from "../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, required } from "./field-errors.ts";
import { goDiff } from "./go-form.ts";
import { validateImmutable, validateName } from "./metadata.ts";
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

/** Size and attributes class may change of what is bound; and what the binder fills in while nothing is. */
export function validateClaimUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const requested = (claim: KubeObject): unknown => at(claim, "spec", "resources", "requests", "storage");
  const sizeOf = (value: unknown): number => parseQuantity(value) ?? 0;
  const shrinks = sizeOf(requested(next)) < sizeOf(requested(previous));
  const capacity = sizeOf(at(previous, "status", "capacity", "storage"));
  const [before, after] = comparedSpecs(next, previous);
  const why =
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
  return [
    ...(sameJson(before, after)
      ? []
      : [forbiddenField("spec", `${why}\n${goDiff("core.PersistentVolumeClaimSpec", before, after)}`)]),
    ...(shrinks && sizeOf(requested(next)) <= capacity
      ? [forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity")]
      : []),
    ...validateImmutable("volumeMode", at(next, "spec", "volumeMode"), at(previous, "spec", "volumeMode")),
    ...validateImmutable(
      `metadata.annotations.${classAnnotation}`,
      next.metadata.annotations?.[classAnnotation] ?? "",
      previous.metadata.annotations?.[classAnnotation] ?? "",
    ),
  ];
}

const classAnnotation = "volume.beta.kubernetes.io/storage-class";

/** Both specs, with what may change made the same in them. */
function comparedSpecs(next: KubeObject, previous: KubeObject): readonly [JsonRecord, JsonRecord] {
  const [before, after] = [previous, next].map((claim) => recordAt(claim, "spec"));
  const { volumeName, storageClassName } = after ?? {};
  const old = before?.["volumeName"] || volumeName === undefined ? before : { ...before, volumeName };
  // A class is given once: by the client, or later by what is the default then.
  const classed: JsonRecord = old?.["storageClassName"] === undefined ? { ...old, storageClassName } : { ...old };
  if (at(next, "status", "phase") !== "Bound") return [classed, after ?? {}];
  const requests = {
    ...recordAt(after, "resources", "requests"),
    storage: at(old, "resources", "requests", "storage"),
  };
  const attributes = classed["volumeAttributesClassName"];
  const resources = { ...recordAt(after, "resources"), requests };
  const bound = { ...after, resources, volumeAttributesClassName: attributes };
  return [classed, bound];
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
