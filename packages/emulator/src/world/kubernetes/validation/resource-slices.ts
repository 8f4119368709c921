import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, textAt } from "../json.ts";
import { validateDriver, validateItems, validateQualifiedName } from "./devices.ts";
import { validatePoolName } from "./dynamic.ts";
import { childPath, type FieldError, invalidValue, required, tooLong } from "./field-errors.ts";
import { validateImmutable, validateName } from "./metadata.ts";
import { validateNodeTerms } from "./pod/placement.ts";
import { validateUnique } from "./values.ts";

/** What a driver offers (kubernetes: pkg/apis/resource/validation/validation.go). */
export function validateSlice(slice: KubeObject): readonly FieldError[] {
  const spec = recordAt(slice, "spec");
  const devices = listAt(spec, "devices");
  return [
    ...validateDriver(textAt(spec, "driver") ?? "", "spec.driver"),
    ...validatePool(recordAt(spec, "pool")),
    ...validateNodes(spec),
    ...validateItems(devices, devicesLimit, "spec.devices", validateDevice),
    ...(devices.length > devicesLimit
      ? []
      : validateUnique(
          devices.map((device) => textAt(device, "name")),
          "spec.devices",
        )),
  ];
}

const devicesLimit = 128;
const valueLimit = 64;

export function validateSliceUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return [["pool", "name"], ["driver"], ["nodeName"]].flatMap((path) =>
    validateImmutable(["spec", ...path].join("."), at(next, "spec", ...path), at(previous, "spec", ...path)),
  );
}

function validatePool(pool: JsonRecord): readonly FieldError[] {
  const generation = numberAt(pool, "generation") ?? 0;
  const count = numberAt(pool, "resourceSliceCount") ?? 0;
  return [
    ...validatePoolName(textAt(pool, "name") ?? "", "spec.pool.name"),
    ...(count > 0 ? [] : [invalidValue("spec.pool.resourceSliceCount", count, "must be greater than zero")]),
    ...(generation < 0
      ? [invalidValue("spec.pool.generation", generation, "must be greater than or equal to zero")]
      : []),
  ];
}

function validateNodes(spec: JsonRecord): readonly FieldError[] {
  const { nodeName, nodeSelector } = spec;
  const flags = ["allNodes", "perDeviceNodeSelection"];
  const set = [
    ...(nodeName === undefined || nodeName === "" ? [] : ["nodeName"]),
    ...(isRecord(nodeSelector) ? ["nodeSelector"] : []),
    ...flags.filter((flag) => spec[flag] === true),
  ].map((member) => `\`${member}\``);
  const one = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  return [
    ...(typeof nodeName === "string" ? validateNodeName(nodeName) : []),
    ...(isRecord(nodeSelector) ? validateNodeSelector(nodeSelector) : []),
    ...flags.flatMap((flag) =>
      spec[flag] === false ? [invalidValue(`spec.${flag}`, false, "must be either unset or set to true")] : [],
    ),
    ...(set.length === 0 ? [required("spec", one)] : []),
    ...(set.length > 1 ? [invalidValue("spec", `{${set.join(", ")}}`, `${one}, but multiple fields are set`)] : []),
  ];
}

function validateNodeName(name: string): readonly FieldError[] {
  if (name !== "") return validateName("spec.nodeName", name, "subdomain");
  return [invalidValue("spec.nodeName", "", "must be either unset or set to a non-empty string")];
}

function validateNodeSelector(selector: JsonRecord): readonly FieldError[] {
  const path = "spec.nodeSelector.nodeSelectorTerms";
  const terms = listAt(selector, "nodeSelectorTerms");
  return [
    ...validateNodeTerms(selector, "spec.nodeSelector"),
    ...(terms.length === 1 ? [] : [invalidValue(path, terms, "must have exactly one node selector term")]),
  ];
}

function validateDevice(device: unknown, path: string): readonly FieldError[] {
  return [
    ...validateName(childPath(path, "name"), textAt(device, "name") ?? "", "label"),
    ...Object.entries(recordAt(device, "attributes")).flatMap(([name, attribute]) => [
      ...validateQualifiedName(name, childPath(path, "attributes")),
      ...validateAttribute(recordAt(attribute), `${childPath(path, "attributes")}[${name}]`),
    ]),
    ...Object.keys(recordAt(device, "capacity")).flatMap((name) =>
      validateQualifiedName(name, childPath(path, "capacity")),
    ),
  ];
}

const attributeKinds: Readonly<Record<string, string>> = {
  int: "IntValue",
  bool: "BoolValue",
  string: "StringValue",
  version: "VersionValue",
  ints: "IntValues",
  bools: "BoolValues",
  strings: "StringValues",
  versions: "VersionValues",
};

function validateAttribute(attribute: JsonRecord, path: string): readonly FieldError[] {
  const set = Object.keys(attributeKinds).filter((kind) => attribute[kind] !== undefined);
  const shown = Object.fromEntries(Object.entries(attributeKinds).map(([kind, go]) => [go, attribute[kind] ?? null]));
  const why = "exactly one value must be specified";
  return [
    ...validateTexts(attribute, "string", path),
    ...validateTexts(attribute, "version", path),
    ...(set.length === 0 ? [invalidValue(path, "", why)] : []),
    ...(set.length > 1 ? [invalidValue(path, shown, why)] : []),
  ];
}

const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

function validateTexts(attribute: JsonRecord, kind: "string" | "version", path: string): readonly FieldError[] {
  const text = attribute[kind];
  if (typeof text !== "string") return [];
  const place = childPath(path, kind);
  const isWrong = kind === "version" && !semver.test(text);
  return [
    ...(isWrong ? [invalidValue(place, text, "must be a string compatible with semver.org spec 2.0.0")] : []),
    ...(text.length > valueLimit ? [tooLong(place, valueLimit)] : []),
  ];
}
