import { at, listAt, recordAt, textAt } from "../../json.ts";
import {
  childPath,
  type FieldError,
  fieldNotFound,
  forbiddenField,
  invalidValue,
  itemPath,
  required,
} from "../field-errors.ts";
import { oneOf, validateNoBackstep, validateRelativePath } from "../values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */
export function validateMounts(container: unknown, path: string, volumes: readonly string[]): readonly FieldError[] {
  const mounts = listAt(container, "volumeMounts");
  const places = mounts.map((mount) => textAt(mount, "mountPath") ?? "");
  const privileged = at(container, "securityContext", "privileged") === true;
  const list = childPath(path, "volumeMounts");
  return [
    ...mounts.flatMap((mount, index) => validateMount(mount, itemPath(list, index), volumes)),
    ...mounts.flatMap((mount) => validateMode(mount, list, privileged)),
    ...places.flatMap((place, index) =>
      place !== "" && places.indexOf(place) < index
        ? [invalidValue(`${itemPath(list, index)}.mountPath`, place, "must be unique")]
        : [],
    ),
    ...listAt(container, "volumeDevices").flatMap((device, index) =>
      validateDevice(device, itemPath(childPath(path, "volumeDevices"), index), volumes),
    ),
  ];
}

function validateMount(mount: unknown, path: string, volumes: readonly string[]): readonly FieldError[] {
  const name = textAt(mount, "name") ?? "";
  const { subPath, subPathExpr } = recordAt(mount);
  return [
    ...(name === "" ? [required(childPath(path, "name"))] : []),
    ...(volumes.includes(name) ? [] : [fieldNotFound(childPath(path, "name"), name)]),
    ...(textAt(mount, "mountPath") ? [] : [required(childPath(path, "mountPath"))]),
    ...(subPath && subPathExpr
      ? [invalidValue(childPath(path, "subPathExpr"), subPathExpr, "subPathExpr and subPath are mutually exclusive")]
      : []),
  ];
}

/** What Go reports of the list instead of the item. */
function validateMode(mount: unknown, list: string, privileged: boolean): readonly FieldError[] {
  const { subPath, subPathExpr, mountPropagation, recursiveReadOnly, readOnly } = recordAt(mount);
  const modes = ["Bidirectional", "HostToContainer", "None"];
  const place = childPath(list, "recursiveReadOnly");
  return [
    ...validateRelativePath(subPath, childPath(list, "subPath")),
    ...(subPath ? [] : validateRelativePath(subPathExpr, childPath(list, "subPathExpr"))),
    ...oneOf(mountPropagation, modes, childPath(list, "mountPropagation")),
    ...(mountPropagation === "Bidirectional" && !privileged
      ? [
          forbiddenField(
            childPath(list, "mountPropagation"),
            "Bidirectional mount propagation is available only to privileged containers",
          ),
        ]
      : []),
    ...oneOf(recursiveReadOnly, ["Disabled", "Enabled", "IfPossible"], place),
    ...(recursiveReadOnly && recursiveReadOnly !== "Disabled" && readOnly !== true
      ? [forbiddenField(place, "may only be specified when readOnly is true")]
      : []),
  ];
}

function validateDevice(device: unknown, path: string, volumes: readonly string[]): readonly FieldError[] {
  const name = textAt(device, "name") ?? "";
  const own = textAt(device, "devicePath") ?? "";
  return [
    ...(name === "" ? [required(childPath(path, "name"))] : []),
    ...(volumes.includes(name) ? [] : [fieldNotFound(childPath(path, "name"), name)]),
    ...(own === ""
      ? [required(childPath(path, "devicePath"))]
      : validateNoBackstep(own, childPath(path, "devicePath"))),
  ];
}
