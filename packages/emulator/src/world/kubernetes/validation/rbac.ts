import type { KubeObject } from "../../objects.ts";
import { at, listAt, sameJson, textAt } from "../json.ts";
import { childPath, type FieldError, invalidValue, itemPath, notSupported, required } from "./field-errors.ts";

/** Rules and wording of kubernetes: pkg/apis/rbac/validation/validation.go. */

export function validateRole(role: KubeObject): readonly FieldError[] {
  return listAt(role, "rules").flatMap((rule, index) => validateRule(rule, itemPath("rules", index), role));
}

function validateRule(rule: unknown, path: string, role: KubeObject): readonly FieldError[] {
  const urls = listAt(rule, "nonResourceURLs");
  const resources = listAt(rule, "resources");
  const verbs =
    listAt(rule, "verbs").length === 0
      ? [required(childPath(path, "verbs"), "verbs must contain at least one value")]
      : [];
  if (urls.length > 0) {
    return [
      ...verbs,
      ...(role.kind === "Role"
        ? [invalidValue(childPath(path, "nonResourceURLs"), urls, "namespaced rules cannot apply to non-resource URLs")]
        : []),
    ];
  }
  return [
    ...verbs,
    ...(listAt(rule, "apiGroups").length === 0
      ? [required(childPath(path, "apiGroups"), "resource rules must supply at least one api group")]
      : []),
    ...(resources.length === 0
      ? [required(childPath(path, "resources"), "resource rules must supply at least one resource")]
      : []),
  ];
}

export function validateBinding(binding: KubeObject): readonly FieldError[] {
  const kind = textAt(binding, "roleRef", "kind") ?? "";
  const kinds = binding.kind === "RoleBinding" ? ["Role", "ClusterRole"] : ["ClusterRole"];
  return [
    ...(kinds.includes(kind) ? [] : [notSupported("roleRef.kind", kind, kinds)]),
    ...(textAt(binding, "roleRef", "name") ? [] : [required("roleRef.name")]),
    ...listAt(binding, "subjects").flatMap((subject, index) => validateSubject(subject, itemPath("subjects", index))),
  ];
}

function validateSubject(subject: unknown, path: string): readonly FieldError[] {
  const kind = textAt(subject, "kind") ?? "";
  return [
    ...(textAt(subject, "name") ? [] : [required(childPath(path, "name"))]),
    ...(["ServiceAccount", "User", "Group"].includes(kind)
      ? []
      : [notSupported(childPath(path, "kind"), kind, ["ServiceAccount", "User", "Group"])]),
    ...(kind === "ServiceAccount" && !textAt(subject, "namespace") ? [required(childPath(path, "namespace"))] : []),
  ];
}

export function validateBindingUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return sameJson(at(next, "roleRef"), at(previous, "roleRef"))
    ? []
    : [invalidValue("roleRef", next["roleRef"], "cannot change roleRef")];
}
