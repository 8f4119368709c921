import type { KubeObject } from "../../objects.ts";
import { at, type JsonRecord, listAt, numberAt, recordAt, sameJson, scalarText, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  required,
} from "./field-errors.ts";
import { validateImmutable, validateLabelKey, validateName } from "./metadata.ts";
import { validateNotNegative } from "./ports.ts";
import { parseQuantity } from "./quantities.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/storage/validation/validation.go, what drivers of volumes write. */

export function validateDriver(driver: KubeObject): readonly FieldError[] {
  const spec = recordAt(driver, "spec");
  const period = numberAt(spec, "nodeAllocatableUpdatePeriodSeconds");
  const place = "spec.nodeAllocatableUpdatePeriodSeconds";
  const policies = ["File", "None", "ReadWriteOnceWithFSType"];
  return [
    ...oneOf(spec["fsGroupPolicy"], policies, "spec.fsGroupPolicy"),
    ...validateTokenRequests(listAt(spec, "tokenRequests")),
    ...listAt(spec, "volumeLifecycleModes").flatMap((mode) =>
      oneOf(mode, ["Ephemeral", "Persistent"], "spec.volumeLifecycleModes"),
    ),
    ...(period !== undefined && period < 10
      ? [invalidValue(place, period, "must be greater than or equal to 10 seconds")]
      : []),
  ];
}

export function validateDriverUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const fixed = (member: string, place = member): readonly FieldError[] =>
    validateImmutable(`spec.${place}`, at(next, "spec", member), at(previous, "spec", member));
  return [...fixed("attachRequired", "attachedRequired"), ...fixed("volumeLifecycleModes")];
}

function validateTokenRequests(requests: readonly unknown[]): readonly FieldError[] {
  const audiences = requests.map((request) => textAt(request, "audience") ?? "");
  return requests.flatMap((request, index) => {
    const path = itemPath("spec.tokenRequests", index);
    const seconds = numberAt(request, "expirationSeconds");
    const audience = audiences[index] ?? "";
    if (audiences.indexOf(audience) < index) return [duplicate(`${path}.audience`, audience)];
    if (seconds === undefined) return [];
    const place = `${path}.expirationSeconds`;
    return [
      ...(seconds < 600 ? [invalidValue(place, seconds, "may not specify a duration less than 10 minutes")] : []),
      ...(seconds > 2 ** 32
        ? [invalidValue(place, seconds, "may not specify a duration larger than 2^32 seconds")]
        : []),
    ];
  });
}

export function validateNodeDrivers(node: KubeObject): readonly FieldError[] {
  const drivers = listAt(node, "spec", "drivers").map((driver) => recordAt(driver));
  const names = drivers.map((driver) => scalarText(driver["name"]));
  return drivers.flatMap((driver, index) => {
    const path = itemPath("spec.drivers", index);
    const name = childPath(path, "name");
    return [
      ...validateName(name, names[index] ?? "", "subdomain"),
      ...validateNodeId(scalarText(driver["nodeID"]), childPath(path, "nodeID")),
      ...validateNotNegative(at(driver, "allocatable", "count"), childPath(path, "allocatable.count")),
      ...(names.indexOf(names[index] ?? "") < index ? [duplicate(name, names[index])] : []),
      ...validateTopologyKeys(listAt(driver, "topologyKeys"), path),
    ];
  });
}

const longestNodeId = 192;

function validateNodeId(id: string, path: string): readonly FieldError[] {
  if (id === "") return [required(path)];
  return id.length > longestNodeId ? [invalidValue(path, id, `must be ${longestNodeId} characters or less`)] : [];
}

function validateTopologyKeys(keys: readonly unknown[], path: string): readonly FieldError[] {
  return keys
    .map(scalarText)
    .flatMap((key, index) => [
      ...(key === "" ? [required(path, key)] : []),
      ...(keys.indexOf(key) < index ? [duplicate(path, key)] : []),
      ...validateLabelKey(path, key),
    ]);
}

/** What is said of a driver stays, but for how much it takes. */
export function validateNodeDriversUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const fixed = (driver: unknown): JsonRecord => {
    const { allocatable: _, ...rest } = recordAt(driver);
    return rest;
  };
  const drivers = listAt(next, "spec", "drivers").map(fixed);
  return listAt(previous, "spec", "drivers")
    .map(fixed)
    .flatMap((before) =>
      drivers
        .filter((driver) => driver["name"] === before["name"])
        .flatMap((driver) => validateImmutable("spec.drivers", driver, before, "storage.CSINodeDriver")),
    );
}

export function validateAttachment(attachment: KubeObject): readonly FieldError[] {
  const spec = recordAt(attachment, "spec");
  const attacher = scalarText(spec["attacher"]);
  const source = recordAt(spec, "source");
  const both = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  const name = source["persistentVolumeName"];
  return [
    ...(attacher === "" ? [required("spec.attacher")] : validateName("spec.attacher", attacher, "subdomain")),
    ...(name === undefined && source["inlineVolumeSpec"] === undefined ? [required("spec.source", both)] : []),
    ...(name !== undefined && source["inlineVolumeSpec"] !== undefined ? [forbiddenField("spec.source", both)] : []),
    ...(name === "" ? [required("spec.source.persistentVolumeName")] : []),
    ...validateName("spec.nodeName", scalarText(spec["nodeName"]), "subdomain"),
  ];
}

export function validateAttachmentUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return validateImmutable("spec", at(next, "spec"), at(previous, "spec"), "storage.VolumeAttachmentSpec");
}

export function validateCapacityReport(report: KubeObject): readonly FieldError[] {
  const capacity = parseQuantity(report["capacity"]) ?? 0;
  return [
    ...validateSelector(report["nodeTopology"], "nodeTopology"),
    ...validateName("storageClassName", scalarText(report["storageClassName"]), "subdomain"),
    ...(capacity < 0 ? [invalidValue("capacity", report["capacity"], "must be greater than or equal to 0")] : []),
  ];
}

export function validateCapacityReportUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return ["nodeTopology", "storageClassName"].flatMap((member) =>
    validateImmutable(member, next[member], previous[member]),
  );
}

export function validateAttributesClass(attributes: KubeObject): readonly FieldError[] {
  const driver = textAt(attributes, "driverName") ?? "";
  const parameters = recordAt(attributes, "parameters");
  return [
    ...(driver === "" ? [required("driverName")] : validateLabelKey("driverName", driver.toLowerCase())),
    ...(Object.keys(parameters).length === 0
      ? [required("parameters", "must contain at least one key/value pair")]
      : []),
    ...("" in parameters ? [invalidValue("parameters", "", "field can not be empty.")] : []),
  ];
}

export function validateAttributesClassUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return ["driverName", "parameters"].flatMap((member) =>
    sameJson(next[member], previous[member]) ? [] : [forbiddenField(member, `updates to ${member} are forbidden.`)],
  );
}
