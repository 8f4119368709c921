import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, recordAt, sameJson, scalarText, textAt } from "../json.ts";
import { positive, validateAccessModes, validateClassName } from "./claims.ts";
import { type FieldError, forbiddenField, invalidValue, itemPath, notSupported, required } from "./field-errors.ts";
import { goDiff, goForm } from "./go-form.ts";
import { validateImmutable, validateLabelKey, validateName } from "./metadata.ts";
import { validateNodeTerms } from "./pod/placement.ts";
import { validateSource } from "./pod/volumes.ts";
import { oneOf, validateUnique } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation and pkg/apis/storage/validation. */

export function validateVolume(volume: KubeObject): readonly FieldError[] {
  const spec = recordAt(volume, "spec");
  const modes = listAt(spec, "accessModes");
  const sources = Object.keys(spec).filter((name) => !volumeFields.has(name));
  const [source = ""] = sources;
  return [
    ...(modes.length === 0 ? [required("spec.accessModes")] : validateAccessModes(spec, "spec")),
    ...validateCapacity(spec["capacity"]),
    ...(sources.length === 0 ? [required("spec", "must specify a volume type")] : []),
    ...sources.slice(1).map((name) => forbiddenField(`spec.${name}`, "may not specify more than 1 volume type")),
    ...validateVolumeSource(source, recordAt(spec, source), spec),
    ...validateVolumeAffinity(spec["nodeAffinity"]),
    ...oneOf(spec["volumeMode"], ["Block", "Filesystem"], "spec.volumeMode"),
    ...validateClassName(spec, "storageClassName", "spec"),
    ...oneOf(
      spec["persistentVolumeReclaimPolicy"],
      ["Delete", "Recycle", "Retain"],
      "spec.persistentVolumeReclaimPolicy",
    ),
  ];
}

function validateCapacity(capacity: unknown): readonly FieldError[] {
  const names = Object.keys(recordAt(capacity));
  const only = names.length === 1 && names[0] === "storage";
  const shown = names.length === 0 && !isRecord(capacity) ? null : capacity;
  return [
    ...(names.length === 0 ? [required("spec.capacity")] : []),
    ...(only ? [] : [notSupported("spec.capacity", shown, ["storage"])]),
    ...Object.entries(recordAt(capacity)).flatMap(([name, value]) => positive(`spec.capacity[${name}]`, value)),
  ];
}

function validateVolumeSource(source: string, value: JsonRecord, spec: JsonRecord): readonly FieldError[] {
  const path = `spec.${source}`;
  switch (source) {
    case "local":
      return [
        ...(value["path"] ? [] : [required(`${path}.path`)]),
        ...(spec["nodeAffinity"] === undefined
          ? [required("spec.nodeAffinity", "Local volume requires node affinity")]
          : []),
      ];
    case "csi":
      return [
        ...(value["driver"]
          ? validateName(`${path}.driver`, scalarText(value["driver"]), "subdomain")
          : [required(`${path}.driver`)]),
        ...(value["volumeHandle"] ? [] : [required(`${path}.volumeHandle`)]),
      ];
    case "hostPath":
      return [
        ...validateSource(source, value, path),
        ...(value["path"] === "/" && spec["persistentVolumeReclaimPolicy"] === "Recycle"
          ? [forbiddenField("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")]
          : []),
      ];
    case "":
      return [];
    default:
      return validateSource(source, value, path);
  }
}

function validateVolumeAffinity(affinity: unknown): readonly FieldError[] {
  if (affinity === undefined) return [];
  const wanted = at(affinity, "required");
  const path = "spec.nodeAffinity.required";
  return isRecord(wanted)
    ? validateNodeTerms(wanted, path)
    : [required(path, "must specify required node constraints")];
}

/** What a volume is never changed to. */
export function validateVolumeUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const source = (volume: KubeObject): JsonRecord =>
    Object.fromEntries(Object.entries(recordAt(volume, "spec")).filter(([name]) => !volumeFields.has(name)));
  // A secret to grow it by may come later.
  const late = at(previous, "spec", "csi", "controllerExpandSecretRef") === undefined;
  const after = late ? withoutSecret(source(next)) : source(next);
  const affinity = at(next, "spec", "nodeAffinity");
  const fixedAffinity = "field is immutable, except for updating from beta label to GA";
  const had = at(previous, "spec", "nodeAffinity");
  return [
    ...(sameJson(after, source(previous))
      ? []
      : [
          forbiddenField(
            "spec.persistentvolumesource",
            `spec.persistentvolumesource is immutable after creation\n${goDiff("core.PersistentVolumeSource", source(previous), after)}`,
          ),
        ]),
    ...validateImmutable("volumeMode", at(next, "spec", "volumeMode"), at(previous, "spec", "volumeMode")),
    ...(had === undefined || sameJson(had, affinity)
      ? []
      : [invalidValue("nodeAffinity", affinity ? goForm("core.VolumeNodeAffinity", affinity) : null, fixedAffinity)]),
    ...(at(previous, "spec", "volumeAttributesClassName") !== undefined &&
    at(next, "spec", "volumeAttributesClassName") === undefined
      ? [forbiddenField("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden")]
      : []),
  ];
}

function withoutSecret({ csi, ...rest }: JsonRecord): JsonRecord {
  const { controllerExpandSecretRef: _, ...others } = recordAt(csi);
  return csi === undefined ? rest : { ...rest, csi: others };
}

export function validateStorageClass(storageClass: KubeObject): readonly FieldError[] {
  const provisioner = textAt(storageClass, "provisioner") ?? "";
  return [
    ...(provisioner === "" ? [required("provisioner")] : validateLabelKey("provisioner", provisioner.toLowerCase())),
    ...Object.keys(recordAt(storageClass, "parameters"))
      .filter((name) => name === "")
      .map((name) => invalidValue("parameters", name, "field can not be empty.")),
    ...listAt(storageClass, "allowedTopologies").flatMap((term, index) =>
      validateTopology(term, itemPath("allowedTopologies", index)),
    ),
    ...oneOf(storageClass["reclaimPolicy"], ["Delete", "Retain"], "reclaimPolicy"),
    ...oneOf(storageClass["volumeBindingMode"], ["Immediate", "WaitForFirstConsumer"], "volumeBindingMode"),
  ];
}

function validateTopology(term: unknown, path: string): readonly FieldError[] {
  return listAt(term, "matchLabelExpressions").flatMap((one, index) => {
    const place = itemPath(`${path}.matchLabelExpressions`, index);
    const values = listAt(one, "values");
    return [
      ...(values.length === 0 ? [required(`${place}.values`)] : validateUnique(values, `${place}.values`)),
      ...validateLabelKey(`${place}.key`, textAt(one, "key") ?? ""),
    ];
  });
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

/** A storage class never changes but for expansion and metadata. */
export function validateStorageClassUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"].flatMap((field) =>
    validateImmutable(field, next[field], previous[field]),
  );
}
