import type { KubeObject } from "../../objects.ts";
import { fill, recordIn, recordsIn } from "../defaults/fill.ts";
import { listAt, recordAt, textAt } from "../json.ts";
import { ageColumn, column, createdAtColumn, wide } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateBinding, validateBindingUpdate, validateRole } from "../validation/rbac.ts";

const rbac = { group: "rbac.authorization.k8s.io", version: "v1", nameRule: "path" } as const;

/** Roles are shown with the time of their creation (kubernetes: pkg/printers/internalversion, printRole). */

const bindingColumns = [
  column(
    "Role",
    (binding) => `${textAt(binding, "roleRef", "kind") ?? ""}/${textAt(binding, "roleRef", "name") ?? ""}`,
  ),
  ageColumn,
  wide(column("Users", (binding) => subjectNames(binding, "User"))),
  wide(column("Groups", (binding) => subjectNames(binding, "Group"))),
  wide(column("ServiceAccounts", (binding) => subjectNames(binding, "ServiceAccount"))),
];

export const rbacResources: readonly ResourceType[] = [
  defineResource({
    ...rbac,
    kind: "ClusterRole",
    plural: "clusterroles",
    namespaced: false,
    typeName: "V1ClusterRole",
    validate: validateRole,
    columns: [createdAtColumn],
  }),
  defineResource({
    ...rbac,
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    namespaced: false,
    typeName: "V1ClusterRoleBinding",
    setDefaults: setBindingDefaults,
    validate: validateBinding,
    validateUpdate: validateBindingUpdate,
    columns: bindingColumns,
  }),
  defineResource({
    ...rbac,
    kind: "Role",
    plural: "roles",
    typeName: "V1Role",
    validate: validateRole,
    columns: [createdAtColumn],
  }),
  defineResource({
    ...rbac,
    kind: "RoleBinding",
    plural: "rolebindings",
    typeName: "V1RoleBinding",
    setDefaults: setBindingDefaults,
    validate: validateBinding,
    validateUpdate: validateBindingUpdate,
    columns: bindingColumns,
  }),
];

/** kubernetes: pkg/apis/rbac/v1/defaults.go. */
function setBindingDefaults(draft: KubeObject): void {
  if (Object.keys(recordAt(draft, "roleRef")).length > 0) {
    fill(recordIn(draft, "roleRef"), { apiGroup: "rbac.authorization.k8s.io" });
  }
  for (const subject of recordsIn(draft, "subjects")) {
    if (subject["kind"] !== "ServiceAccount") fill(subject, { apiGroup: "rbac.authorization.k8s.io" });
  }
}

function subjectNames(binding: KubeObject, kind: string): string {
  return listAt(binding, "subjects")
    .filter((subject) => textAt(subject, "kind") === kind)
    .map((subject) => {
      const namespace = kind === "ServiceAccount" ? `${textAt(subject, "namespace") ?? ""}/` : "";
      return `${namespace}${textAt(subject, "name") ?? ""}`;
    })
    .join(", ");
}
