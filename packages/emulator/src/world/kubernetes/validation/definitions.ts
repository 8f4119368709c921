import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "./field-errors.ts";
import { validateImmutable } from "./metadata.ts";

/** Rules and wording of apiextensions-apiserver: pkg/apis/apiextensions/validation/validation.go. */

export function validateDefinition(definition: KubeObject): readonly FieldError[] {
  const spec = recordAt(definition, "spec");
  const names = recordAt(spec, "names");
  const expected = `${textAt(names, "plural") ?? ""}.${textAt(spec, "group") ?? ""}`;
  const scope = textAt(spec, "scope");
  return [
    ...(definition.metadata.name === expected
      ? []
      : [invalidValue("metadata.name", definition.metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...validateApproval(definition, textAt(spec, "group") ?? ""),
    ...(scope !== undefined && !["Cluster", "Namespaced"].includes(scope)
      ? [notSupported("spec.scope", scope, ["Cluster", "Namespaced"])]
      : []),
    ...validateVersions(listAt(spec, "versions")),
  ];
}

export function validateDefinitionUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return [["group"], ["scope"], ["names", "plural"], ["names", "kind"]].flatMap((path) =>
    validateImmutable(`spec.${path.join(".")}`, at(next, "spec", ...path), at(previous, "spec", ...path)),
  );
}

function validateApproval({ metadata }: KubeObject, group: string): readonly FieldError[] {
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group);
  const annotation = "api-approved.kubernetes.io";
  if (!isProtected || metadata.annotations?.[annotation]) return [];
  return [
    required(
      `metadata.annotations[${annotation}]`,
      `protected groups must have approval annotation "${annotation}", see https://github.com/kubernetes/enhancements/pull/1111`,
    ),
  ];
}

function validateVersions(versions: readonly unknown[]): readonly FieldError[] {
  const names = versions.map((version) => textAt(version, "name") ?? "");
  const storages = versions.filter((version) => at(version, "storage") === true).length;
  return [
    ...names.flatMap((name, index) =>
      names.indexOf(name) < index ? [duplicate(`${itemPath("spec.versions", index)}.name`, name)] : [],
    ),
    ...(storages === 1
      ? []
      : [invalidValue("spec.versions", versions, "must have exactly one version marked as storage version")]),
    ...versions.flatMap((version, index) => validateVersion(version, itemPath("spec.versions", index))),
  ];
}

function validateVersion(version: unknown, path: string): readonly FieldError[] {
  const schema = at(version, "schema", "openAPIV3Schema");
  const place = `${path}.schema.openAPIV3Schema`;
  if (!isRecord(schema)) return [required(place, "schemas are required")];
  return [
    ...(textAt(schema, "type") ? [] : [required(`${place}.type`, "must not be empty at the root")]),
    ...(textAt(schema, "type") && schema["type"] !== "object"
      ? [invalidValue(`${place}.type`, schema["type"], "must be object at the root")]
      : []),
    ...validateMembers(schema, place),
  ];
}

/** What makes a schema structural. */
function validateMembers(schema: JsonRecord, path: string): readonly FieldError[] {
  const properties = Object.entries(recordAt(schema, "properties")).flatMap(([name, member]) =>
    isRecord(member) ? validateNode(member, `${path}.properties[${name}]`, "specified object fields") : [],
  );
  const values = schema["additionalProperties"];
  const items = schema["items"];
  return [
    ...properties,
    ...(isRecord(values) ? validateNode(values, `${path}.additionalProperties`, "specified object fields") : []),
    ...(isRecord(items) ? validateNode(items, `${path}.items`, "specified array items") : []),
    ...(schema["type"] === "array" && items === undefined
      ? [required(childPath(path, "items"), "must be specified")]
      : []),
    ...(isRecord(values) && Object.keys(recordAt(schema, "properties")).length > 0
      ? [
          {
            field: childPath(path, "additionalProperties"),
            reason: "FieldValueForbidden",
            message: "Forbidden: additionalProperties and properties are mutual exclusive",
          },
        ]
      : []),
  ];
}

function validateNode(schema: JsonRecord, path: string, of: string): readonly FieldError[] {
  const open = schema["x-kubernetes-int-or-string"] === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const untyped = !textAt(schema, "type") && !open;
  return [
    ...(untyped ? [required(childPath(path, "type"), `must not be empty for ${of}`)] : []),
    ...validateMembers(schema, path),
  ];
}
