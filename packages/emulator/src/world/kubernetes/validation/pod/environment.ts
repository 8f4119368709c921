import { at, isRecord, type JsonRecord, listAt, recordAt, scalarText, textAt } from "../../json.ts";
import { validateKey } from "../data.ts";
import {
  childPath,
  type FieldError,
  fieldNotFound,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "../field-errors.ts";
import { validateLabelKey, validateName } from "../metadata.ts";
import { parseQuantity } from "../quantities.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

export function validateEnvironment(
  container: unknown,
  path: string,
  volumes: readonly string[],
): readonly FieldError[] {
  return [
    ...listAt(container, "env").flatMap((one, index) => {
      const place = itemPath(childPath(path, "env"), index);
      const volume = textAt(one, "valueFrom", "fileKeyRef", "volumeName");
      const isUnknown = volume && !volumes.includes(volume);
      return [
        ...validateVariable(one, place),
        ...(isUnknown ? [fieldNotFound(`${place}.valueFrom.fileKeyRef.volumeName`, volume)] : []),
      ];
    }),
    ...listAt(container, "envFrom").flatMap((one, index) => validateSource(one, childPath(path, "envFrom"), index)),
  ];
}

const nameRule = "a valid environment variable name must consist only of printable ASCII characters other than '='";

function isVariableName(name: string): boolean {
  return !name.includes("=") && !/[^\x20-\x7e]/.test(name);
}

function validateVariable(variable: unknown, path: string): readonly FieldError[] {
  const name = textAt(variable, "name") ?? "";
  const from = at(variable, "valueFrom");
  return [
    ...(name === "" ? [required(childPath(path, "name"))] : []),
    ...(isVariableName(name) ? [] : [invalidValue(childPath(path, "name"), name, nameRule)]),
    ...(isRecord(from) ? validateFrom(from, Boolean(textAt(variable, "value")), childPath(path, "valueFrom")) : []),
  ];
}

const sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
const fields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

function validateFrom(from: JsonRecord, hasValue: boolean, path: string): readonly FieldError[] {
  const present = sources.filter((source) => from[source] !== undefined);
  const missing =
    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
  return [
    ...(present.length === 0 ? [invalidValue(path, "", missing)] : []),
    ...(present.length > 0 && hasValue
      ? [invalidValue(path, "", "may not be specified when `value` is not empty")]
      : []),
    ...(present.length > 1 ? [invalidValue(path, "", "may not have more than one field specified at a time")] : []),
    ...(isRecord(from["fieldRef"])
      ? validateFieldReference(from["fieldRef"], childPath(path, "fieldRef"), fields)
      : []),
    ...(isRecord(from["resourceFieldRef"])
      ? validateResourceReference(from["resourceFieldRef"], childPath(path, "resourceFieldRef"), false)
      : []),
    ...["configMapKeyRef", "secretKeyRef"].flatMap((source) => {
      const reference = from[source];
      return isRecord(reference) ? validateKeyReference(reference, childPath(path, source)) : [];
    }),
  ];
}

/** Fields of a pod that only maps of labels and annotations have. */
const subscripted = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/;
const known: ReadonlySet<string> = new Set([...fields, "metadata.labels", "metadata.annotations", "status.phase"]);

export function validateFieldReference(
  reference: JsonRecord,
  path: string,
  allowed: readonly string[],
): readonly FieldError[] {
  const field = scalarText(reference["fieldPath"]);
  const place = childPath(path, "fieldPath");
  const version = scalarText(reference["apiVersion"]);
  if (field === "") return [required(place)];
  if (version !== "" && version !== "v1") {
    return [invalidValue(place, field, `error converting fieldPath: unsupported pod version: ${version}`)];
  }
  const key = subscripted.exec(field)?.[2];
  if (key !== undefined) return validateLabelKey(path, key);
  if (!known.has(field))
    return [invalidValue(place, field, `error converting fieldPath: field label not supported: ${field}`)];
  return allowed.includes(field) ? [] : [notSupported(place, field, allowed)];
}

const containerResources = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const cpuDivisors = [0.001, 1];

/** In a volume the container has to be named. */
export function validateResourceReference(
  reference: JsonRecord,
  path: string,
  inVolume: boolean,
): readonly FieldError[] {
  const resource = scalarText(reference["resource"]);
  const divisor = parseQuantity(reference["divisor"] ?? "0") ?? 0;
  const [, name = ""] = resource.split(".");
  const only = `only divisor's values 1m and 1 are supported with the cpu resource`;
  const wrong = name === "cpu" && divisor !== 0 && !cpuDivisors.includes(divisor);
  return [
    ...(inVolume && !textAt(reference, "containerName") ? [required(childPath(path, "containerName"))] : []),
    ...(resource === ""
      ? [required(childPath(path, "resource"))]
      : containerResources.includes(resource) || /^(limits|requests)\.hugepages-/.test(resource)
        ? []
        : [notSupported(childPath(path, "resource"), resource, containerResources)]),
    ...(wrong ? [invalidValue(childPath(path, "divisor"), resource, only)] : []),
  ];
}

function validateKeyReference(reference: JsonRecord, path: string): readonly FieldError[] {
  const key = scalarText(reference["key"]);
  return [
    ...validateName(childPath(path, "name"), scalarText(reference["name"]), "subdomain"),
    ...(key === "" ? [required(childPath(path, "key"))] : validateKey(key, childPath(path, "key"))),
  ];
}

function validateSource(source: unknown, path: string, index: number): readonly FieldError[] {
  const place = itemPath(path, index);
  const prefix = textAt(source, "prefix") ?? "";
  const present = ["configMapRef", "secretRef"].filter((kind) => at(source, kind) !== undefined);
  return [
    ...(isVariableName(prefix) ? [] : [invalidValue(childPath(place, "prefix"), prefix, nameRule)]),
    ...present.flatMap((kind) => {
      const name = scalarText(recordAt(source, kind)["name"]);
      const at = `${childPath(place, kind)}.name`;
      return name === "" ? [required(at)] : validateName(at, name, "subdomain");
    }),
    ...(present.length === 0 ? [invalidValue(path, "", "must specify one of: `configMapRef` or `secretRef`")] : []),
    ...(present.length > 1 ? [invalidValue(path, "", "may not have more than one field specified at a time")] : []),
  ];
}
