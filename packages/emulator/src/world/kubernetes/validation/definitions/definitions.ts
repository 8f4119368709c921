import type { KubeObject } from "../../../objects.ts";
import { at, type JsonRecord, listAt, recordAt, textAt } from "../../json.ts";
import {
  childPath,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "../field-errors.ts";
import { validateImmutable, validateName } from "../metadata.ts";
import { validateClient } from "../webhooks.ts";
import { validateLabel1035, validateNames } from "./names.ts";
import { validateVersions } from "./versions.ts";

/** Rules and wording of apiextensions-apiserver: pkg/apis/apiextensions/validation/validation.go. */

export function validateDefinition(definition: KubeObject): readonly FieldError[] {
  const spec = recordAt(definition, "spec");
  const group = textAt(spec, "group") ?? "";
  return [
    ...validateGroup(group),
    ...validateApproval(definition, group),
    ...validateScope(textAt(spec, "scope") ?? ""),
    ...validateNames(recordAt(spec, "names")),
    ...validateFirstVersion(listAt(spec, "versions")),
    ...validateVersions(spec),
    ...validateConversion(recordAt(spec, "conversion")),
    ...(spec["preserveUnknownFields"] === true
      ? [
          invalidValue(
            "spec.preserveUnknownFields",
            true,
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
          ),
        ]
      : []),
  ];
}

export function validateNewDefinition(definition: KubeObject): readonly FieldError[] {
  const spec = recordAt(definition, "spec");
  const expected = `${textAt(spec, "names", "plural") ?? ""}.${textAt(spec, "group") ?? ""}`;
  const { name } = definition.metadata;
  return [
    ...(name === expected ? [] : [invalidValue("metadata.name", name, 'must be spec.names.plural+"."+spec.group')]),
    ...validateStored(listAt(spec, "versions")),
  ];
}

/** Versions in which there may be objects cannot go. */
export function validateDefinitionUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const names = listAt(next, "spec", "versions").map((version) => textAt(version, "name"));
  const lost = listAt(previous, "status", "storedVersions").flatMap((stored, index) =>
    names.includes(String(stored))
      ? []
      : [
          invalidValue(
            itemPath("status.storedVersions", index),
            stored,
            `missing from spec.versions; ${String(stored)} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${String(stored)} and removes ${String(stored)} from status.storedVersions`,
          ),
        ],
  );
  return [
    ...[["group"], ["scope"], ["names", "plural"], ["names", "kind"]].flatMap((path) =>
      validateImmutable(`spec.${path.join(".")}`, at(next, "spec", ...path), at(previous, "spec", ...path)),
    ),
    ...lost,
  ];
}

/** Of a new definition: what it is kept in follows from its versions. */
function validateStored(versions: readonly unknown[]): readonly FieldError[] {
  const names = versions.filter((version) => at(version, "storage") === true).map((version) => textAt(version, "name"));
  const path = "status.storedVersions";
  if (names.length === 0) return [invalidValue(path, null, "must have at least one stored version")];
  const unique = [...new Set(names)];
  return names.length > 1 ? [invalidValue(path, unique, `must have the storage version ${names[0] ?? ""}`)] : [];
}

function validateGroup(group: string): readonly FieldError[] {
  if (group === "") return [required("spec.group")];
  const errors = validateName("spec.group", group, "subdomain");
  if (errors.length > 0 || group.includes(".")) return errors;
  return [invalidValue("spec.group", group, "should be a domain with at least one dot")];
}

function validateScope(scope: string): readonly FieldError[] {
  if (scope === "") return [required("spec.scope")];
  const scopes = ["Cluster", "Namespaced"];
  return scopes.includes(scope) ? [] : [notSupported("spec.scope", scope, scopes)];
}

/** What was the only version once. */
function validateFirstVersion(versions: readonly unknown[]): readonly FieldError[] {
  const name = textAt(versions[0], "name") ?? "";
  return name === "" ? [] : validateLabel1035(name, "spec.version");
}

function validateApproval({ metadata }: KubeObject, group: string): readonly FieldError[] {
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group);
  const annotation = "api-approved.kubernetes.io";
  const approval = metadata.annotations?.[annotation] ?? "";
  const path = `metadata.annotations[${annotation}]`;
  const pull = "see https://github.com/kubernetes/enhancements/pull/1111";
  if (!isProtected || approval.startsWith("unapproved") || /^https?:\/\/[^/]/.test(approval)) return [];
  const must = `protected groups must have approval annotation "${annotation}"`;
  if (approval === "") return [required(path, `${must}, ${pull}`)];
  return [invalidValue(path, approval, `${must} with either a URL or a reason starting with "unapproved", ${pull}`)];
}

function validateConversion(conversion: JsonRecord): readonly FieldError[] {
  const path = "spec.conversion";
  const strategy = textAt(conversion, "strategy") ?? "";
  const client = at(conversion, "webhook", "clientConfig");
  const versions = listAt(conversion, "webhook", "conversionReviewVersions");
  const [clientPath, versionsPath] = [
    childPath(path, "webhookClientConfig"),
    childPath(path, "conversionReviewVersions"),
  ];
  if (strategy === "Webhook") {
    return [
      ...(client === undefined
        ? [required(clientPath, "required when strategy is set to Webhook")]
        : validateClient(client, clientPath)),
      ...(versions.length === 0 ? [required(versionsPath)] : []),
      ...(versions.length > 0 && !versions.some((version) => version === "v1" || version === "v1beta1")
        ? [invalidValue(versionsPath, versions, "must include at least one of v1, v1beta1")]
        : []),
    ];
  }
  const unused = "should not be set when strategy is not set to Webhook";
  return [
    ...(strategy === "None" ? [] : [notSupported(childPath(path, "strategy"), strategy, ["None", "Webhook"])]),
    ...(client === undefined ? [] : [forbiddenField(clientPath, unused)]),
    ...(versions.length === 0 ? [] : [forbiddenField(versionsPath, unused)]),
  ];
}
