import type { KubeObject } from "../../objects.ts";
import { at, listAt, recordAt, sameJson, scalarText } from "../json.ts";
import { childPath, type FieldError, invalidValue, itemPath, notSupported, required } from "./field-errors.ts";
import { goForm } from "./go-form.ts";
import { validateName } from "./metadata.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf, validateSegment } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/rbac/validation/validation.go. */

export function validateRole(role: KubeObject): readonly FieldError[] {
  return [
    ...listAt(role, "rules").flatMap((rule, index) => validateRule(rule, itemPath("rules", index), role)),
    ...validateAggregation(role["aggregationRule"]),
  ];
}

function validateAggregation(rule: unknown): readonly FieldError[] {
  const path = "aggregationRule.clusterRoleSelectors";
  const selectors = listAt(rule, "clusterRoleSelectors");
  if (rule === undefined) return [];
  if (selectors.length === 0)
    return [required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil")];
  return selectors.flatMap((selector, index) => {
    const errors = validateSelector(selector, itemPath(path, index));
    return errors.length === 0 ? [] : [...errors, invalidValue(itemPath(path, index), null, "invalid label selector.")];
  });
}

function validateRule(rule: unknown, path: string, role: KubeObject): readonly FieldError[] {
  const urls = listAt(rule, "nonResourceURLs");
  const groups = listAt(rule, "apiGroups");
  const resources = listAt(rule, "resources");
  const ofResources = groups.length + resources.length + listAt(rule, "resourceNames").length > 0;
  const place = childPath(path, "nonResourceURLs");
  const verbs =
    listAt(rule, "verbs").length === 0
      ? [required(childPath(path, "verbs"), "verbs must contain at least one value")]
      : [];
  if (urls.length > 0) {
    return [
      ...verbs,
      ...(role.kind === "Role"
        ? [invalidValue(place, urls, "namespaced rules cannot apply to non-resource URLs")]
        : []),
      ...(ofResources
        ? [invalidValue(place, urls, "rules cannot apply to both regular resources and non-resource URLs")]
        : []),
    ];
  }
  return [
    ...verbs,
    ...(groups.length === 0
      ? [required(childPath(path, "apiGroups"), "resource rules must supply at least one api group")]
      : []),
    ...(resources.length === 0
      ? [required(childPath(path, "resources"), "resource rules must supply at least one resource")]
      : []),
  ];
}

const ownGroup = "rbac.authorization.k8s.io";

export function validateBinding(binding: KubeObject): readonly FieldError[] {
  const { kind = "", name = "", apiGroup = "" } = recordAt(binding, "roleRef");
  const kinds = binding.kind === "RoleBinding" ? ["Role", "ClusterRole"] : ["ClusterRole"];
  return [
    ...(apiGroup === "" ? [] : oneOf(apiGroup, [ownGroup], "roleRef.apiGroup")),
    ...(kinds.includes(scalarText(kind)) ? [] : [notSupported("roleRef.kind", kind, kinds)]),
    ...(name === "" ? [required("roleRef.name")] : validateSegment(scalarText(name), "roleRef.name")),
    ...listAt(binding, "subjects").flatMap((subject, index) =>
      validateSubject(subject, itemPath("subjects", index), binding.kind === "RoleBinding"),
    ),
  ];
}

function validateSubject(subject: unknown, path: string, namespaced: boolean): readonly FieldError[] {
  const { kind = "", name = "", apiGroup = "", namespace = "" } = recordAt(subject);
  const kinds = ["ServiceAccount", "User", "Group"];
  const isAccount = kind === "ServiceAccount";
  const group = isAccount ? "" : ownGroup;
  return [
    ...(name === "" ? [required(childPath(path, "name"))] : []),
    ...(kinds.includes(scalarText(kind)) ? [] : [notSupported(childPath(path, "kind"), kind, kinds)]),
    ...(kinds.includes(scalarText(kind)) && apiGroup !== group && (isAccount || apiGroup !== "")
      ? [notSupported(childPath(path, "apiGroup"), apiGroup, [group])]
      : []),
    ...(isAccount && name !== "" ? validateName(childPath(path, "name"), scalarText(name), "subdomain") : []),
    // Within a namespace, it is that one.
    ...(isAccount && namespace === "" && !namespaced ? [required(childPath(path, "namespace"))] : []),
  ];
}

export function validateBindingUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  if (sameJson(at(next, "roleRef"), at(previous, "roleRef"))) return [];
  return [invalidValue("roleRef", goForm("rbac.RoleRef", at(next, "roleRef")), "cannot change roleRef")];
}
