import { isRecord, type JsonRecord, listAt, recordAt, scalarText, textAt } from "../../json.ts";
import { validateClaimSpec } from "../claims.ts";
import { validateKey } from "../data.ts";
import {
  childPath,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "../field-errors.ts";
import { validateName } from "../metadata.ts";
import { parseQuantity } from "../quantities.ts";
import { oneOf, validateNoBackstep, validateRelativePath, validateUnique } from "../values.ts";
import { validateFieldReference, validateResourceReference } from "./environment.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

export interface CheckedVolumes {
  /** Those that are as they should be: others cannot be mounted. */
  readonly names: readonly string[];
  readonly errors: readonly FieldError[];
}

export function validateVolumes(volumes: readonly unknown[], path: string): CheckedVolumes {
  const checked = volumes.map((volume, index) => validateVolume(recordAt(volume), itemPath(path, index)));
  const names = volumes.map((volume) => textAt(volume, "name") ?? "");
  return {
    names: names.filter((_, index) => checked[index]?.length === 0),
    errors: [...checked.flat(), ...validateUnique(names, path, "name")],
  };
}

/** The source of a volume, by the name of its kind; others than those of pods are taken as they are. */
export function validateSource(kind: string, source: JsonRecord, path: string): readonly FieldError[] {
  return sources[kind]?.(source, path) ?? [];
}

type Check = (source: JsonRecord, path: string) => readonly FieldError[];

/** A text that has to be there. */
function needs(...members: readonly string[]): Check {
  return (source, path) =>
    members.filter((member) => !textAt(source, member)).map((member) => required(childPath(path, member)));
}

const sources: Readonly<Record<string, Check>> = {
  azureDisk: validateAzureDisk,
  azureFile: needs("secretName", "shareName"),
  cephfs: (source, path) => (listAt(source, "monitors").length === 0 ? [required(childPath(path, "monitors"))] : []),
  configMap: (source, path) => [...needs("name")(source, path), ...validateItems(source, path)],
  csi: needs("driver"),
  downwardAPI: (source, path) => [...validateMode(source, path), ...validateDownward(source, path)],
  emptyDir: validateEmptyDir,
  ephemeral: validateEphemeralVolume,
  fc: () => [],
  gitRepo: needs("repository"),
  glusterfs: needs("endpoints", "path"),
  hostPath: validateHostPath,
  image: (source, path) => [
    ...needs("reference")(source, path),
    ...oneOf(source["pullPolicy"], ["Always", "IfNotPresent", "Never"], childPath(path, "pullPolicy")),
  ],
  iscsi: needs("targetPortal", "iqn"),
  nfs: (source, path) => [
    ...needs("server", "path")(source, path),
    ...(scalarText(source["path"]).startsWith("/")
      ? []
      : [invalidValue(childPath(path, "path"), scalarText(source["path"]), "must be an absolute path")]),
  ],
  persistentVolumeClaim: needs("claimName"),
  projected: validateProjected,
  secret: (source, path) => [...needs("secretName")(source, path), ...validateItems(source, path)],
};

function validateVolume(volume: JsonRecord, path: string): readonly FieldError[] {
  const { name = "", ...rest } = volume;
  const present = Object.keys(sources).filter((kind) => rest[kind] !== undefined);
  // As Go looks at them, and not in the order of the alphabet.
  const inOrder = [...present.filter((kind) => kind === "emptyDir"), ...present.filter((kind) => kind !== "emptyDir")];
  const others = Object.keys(rest).filter((kind) => sources[kind] === undefined);
  return [
    ...(name === ""
      ? [required(childPath(path, "name"))]
      : validateName(childPath(path, "name"), scalarText(name), "label")),
    ...(inOrder.length + others.length === 0 ? [required(path, "must specify a volume type")] : []),
    ...inOrder.slice(1).map((kind) => forbiddenField(childPath(path, kind), "may not specify more than 1 volume type")),
    ...inOrder.slice(0, 1).flatMap((kind) => sources[kind]?.(recordAt(rest, kind), childPath(path, kind)) ?? []),
  ];
}

function validateEmptyDir(source: JsonRecord, path: string): readonly FieldError[] {
  const limit = parseQuantity(source["sizeLimit"]);
  const tooLittle = limit !== undefined && limit < 0;
  return tooLittle
    ? [forbiddenField(childPath(path, "sizeLimit"), "SizeLimit field must be a valid resource quantity")]
    : [];
}

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

function validateHostPath(source: JsonRecord, path: string): readonly FieldError[] {
  const own = scalarText(source["path"]);
  if (own === "") return [required(childPath(path, "path"))];
  return [
    ...validateNoBackstep(own, childPath(path, "path")),
    ...oneOf(source["type"], hostPathTypes, childPath(path, "type")),
  ];
}

function validateAzureDisk(source: JsonRecord, path: string): readonly FieldError[] {
  const uri = scalarText(source["diskURI"]);
  const place = childPath(path, "diskURI");
  const blob = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
  const managed = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
  const isManaged = source["kind"] === "Managed";
  const fits = uri.startsWith(isManaged ? "/subscriptions" : "https://");
  return [
    ...needs("diskName", "diskURI")(source, path),
    ...(fits ? [] : [notSupported(place, uri, [isManaged ? managed : blob])]),
  ];
}

function validateEphemeralVolume(source: JsonRecord, path: string): readonly FieldError[] {
  const template = source["volumeClaimTemplate"];
  const place = childPath(path, "volumeClaimTemplate");
  if (!isRecord(template)) return [required(place)];
  return validateClaimSpec(recordAt(template, "spec"), childPath(place, "spec"));
}

function validateItems(source: JsonRecord, path: string): readonly FieldError[] {
  return [
    ...validateMode(source, path),
    ...listAt(source, "items").flatMap((item, index) =>
      validateItem(recordAt(item), itemPath(childPath(path, "items"), index)),
    ),
  ];
}

function validateMode(source: JsonRecord, path: string, member = "defaultMode"): readonly FieldError[] {
  const mode = source[member];
  if (typeof mode !== "number" || (mode >= 0 && mode <= 0o777)) return [];
  const rule = "must be a number between 0 and 0777 (octal), both inclusive";
  return [invalidValue(childPath(path, member), mode, rule)];
}

function validateItem(item: JsonRecord, path: string): readonly FieldError[] {
  const key = scalarText(item["key"]);
  const own = scalarText(item["path"]);
  return [
    ...(key === "" ? [required(childPath(path, "key"))] : validateKey(key, childPath(path, "key"))),
    ...(own === "" ? [required(childPath(path, "path"))] : validateRelativePath(own, childPath(path, "path"))),
    ...validateMode(item, path, "mode"),
  ];
}

const volumeFields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

function validateDownward(source: JsonRecord, path: string): readonly FieldError[] {
  return listAt(source, "items").flatMap((item) => {
    const { path: own, fieldRef, resourceFieldRef } = recordAt(item);
    const text = scalarText(own);
    return [
      ...(text === "" ? [required(childPath(path, "path"))] : validateRelativePath(text, childPath(path, "path"))),
      ...(isRecord(fieldRef) ? validateFieldReference(fieldRef, childPath(path, "fieldRef"), volumeFields) : []),
      ...(isRecord(resourceFieldRef) && fieldRef === undefined
        ? validateResourceReference(resourceFieldRef, childPath(path, "resourceFieldRef"), true)
        : []),
      ...(isRecord(fieldRef) && isRecord(resourceFieldRef)
        ? [invalidValue(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")]
        : []),
      ...(fieldRef === undefined && resourceFieldRef === undefined
        ? [required(path, "one of fieldRef and resourceFieldRef is required")]
        : []),
      ...validateMode(recordAt(item), path, "mode"),
    ];
  });
}

function validateProjected(source: JsonRecord, path: string): readonly FieldError[] {
  return [
    ...validateMode(source, path),
    ...listAt(source, "sources").flatMap((one, index) =>
      validateProjection(recordAt(one), itemPath(childPath(path, "sources"), index), path),
    ),
  ];
}

function validateProjection(projection: JsonRecord, path: string, volume: string): readonly FieldError[] {
  const { serviceAccountToken } = projection;
  const kinds = ["configMap", "secret", "downwardAPI", "serviceAccountToken"].filter((kind) => projection[kind]);
  return [
    ...["configMap", "secret"]
      .filter((kind) => isRecord(projection[kind]))
      .flatMap((kind) => {
        const own = recordAt(projection, kind);
        return [...needs("name")(own, childPath(path, kind)), ...validateItems(own, childPath(path, kind))];
      }),
    ...validateDownward(recordAt(projection, "downwardAPI"), childPath(path, "downwardAPI")),
    ...(isRecord(serviceAccountToken) ? validateToken(serviceAccountToken, path, volume) : []),
    ...kinds
      .slice(1)
      .map((kind) => forbiddenField(childPath(path, kind), "may not specify more than 1 volume type per source")),
  ];
}

function validateToken(token: JsonRecord, path: string, volume: string): readonly FieldError[] {
  const seconds = Number(token["expirationSeconds"] ?? 3_600);
  const place = `${path}.serviceAccountToken.expirationSeconds`;
  return [
    ...(seconds < 600 ? [invalidValue(place, seconds, "may not specify a duration less than 10 minutes")] : []),
    ...(seconds > 2 ** 32 ? [invalidValue(place, seconds, "may not specify a duration larger than 2^32 seconds")] : []),
    ...(textAt(token, "path")
      ? validateRelativePath(token["path"], childPath(volume, "path"))
      : [required(childPath(volume, "path"))]),
  ];
}
