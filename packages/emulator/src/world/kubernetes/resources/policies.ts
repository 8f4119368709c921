import type { KubeObject } from "../../objects.ts";
import { fill, recordIn, recordsIn } from "../defaults/fill.ts";
import { at, isRecord, type JsonRecord, listAt, textAt } from "../json.ts";
import { ageColumn, column, integerColumn, selectorText } from "../printing/cells.ts";
import { type Column, defineResource, type ResourceType } from "../resource-type.ts";
import {
  validateMutatingBinding,
  validateMutatingPolicy,
  validateValidatingBinding,
  validateValidatingPolicy,
} from "../validation/policies.ts";

const policies = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  namespaced: false,
  categories: ["api-extensions"],
} as const;

const bindingColumns: readonly Column[] = [
  column(
    "PolicyName",
    (object) => textAt(object, "spec", "policyName") ?? "",
    "PolicyName indicates the policy definition which the policy binding binded to",
  ),
  column("ParamRef", parameterName, "ParamRef indicates the param resource which sets the configuration param"),
  ageColumn,
];

export const policyKinds: readonly ResourceType[] = [
  defineResource({
    ...policies,
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    subresources: ["status"],
    typeName: "V1ValidatingAdmissionPolicy",
    setDefaults: setPolicyDefaults,
    initialStatus: () => ({}),
    validate: validateValidatingPolicy,
    columns: policyColumns("validations", "Validations indicates the number of validation rules"),
  }),
  defineResource({
    ...policies,
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
    typeName: "V1ValidatingAdmissionPolicyBinding",
    setDefaults: (draft) => setMatchDefaults(recordIn(draft, "spec"), "matchResources"),
    validate: validateValidatingBinding,
    columns: bindingColumns,
  }),
  defineResource({
    ...policies,
    kind: "MutatingAdmissionPolicy",
    plural: "mutatingadmissionpolicies",
    addedIn: "1.36",
    typeName: "V1MutatingAdmissionPolicy",
    setDefaults: setPolicyDefaults,
    validate: validateMutatingPolicy,
    columns: policyColumns("mutations", "Mutation indicates the number of mutations rules"),
  }),
  defineResource({
    ...policies,
    kind: "MutatingAdmissionPolicyBinding",
    plural: "mutatingadmissionpolicybindings",
    addedIn: "1.36",
    typeName: "V1MutatingAdmissionPolicyBinding",
    setDefaults: (draft) => setMatchDefaults(recordIn(draft, "spec"), "matchResources"),
    validate: validateMutatingBinding,
    columns: bindingColumns,
  }),
];

function policyColumns(rules: "validations" | "mutations", what: string): readonly Column[] {
  const title = rules === "validations" ? "Validations" : "Mutations";
  return [
    integerColumn(title, (object) => listAt(object, "spec", rules).length, `${what} defined in this configuration`),
    column("ParamKind", parameterKind, "ParamKind specifies the kind of resources used to parameterize this policy"),
    ageColumn,
  ];
}

function parameterKind(policy: KubeObject): string {
  const kind = at(policy, "spec", "paramKind");
  return isRecord(kind) ? `${textAt(kind, "apiVersion") ?? ""}/${textAt(kind, "kind") ?? ""}` : "<unset>";
}

function parameterName(binding: KubeObject): string {
  const reference = at(binding, "spec", "paramRef");
  const name = textAt(reference, "name");
  if (name) return `${textAt(reference, "namespace") || "*"}/${name}`;
  const selector = at(reference, "selector");
  return isRecord(selector) ? selectorText(selector) : "<unset>";
}

/** Defaults of kubernetes: pkg/apis/admissionregistration/v1/defaults.go. */
function setPolicyDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { failurePolicy: "Fail" });
  setMatchDefaults(spec, "matchConstraints");
}

function setMatchDefaults(spec: JsonRecord, member: string): void {
  const match = spec[member];
  if (!isRecord(match)) return;
  fill(match, { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} });
  for (const list of ["resourceRules", "excludeResourceRules"]) {
    for (const rule of recordsIn(match, list)) fill(rule, { scope: "*" });
  }
}
