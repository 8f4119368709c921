import type { KubeObject } from "../../objects.ts";
import { at, isRecord, listAt, recordAt, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "./field-errors.ts";
import { validateName } from "./metadata.ts";
import { validateMutations, validatePolicyExpressions } from "./policy-expressions.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf } from "./values.ts";
import { validateRule } from "./webhooks.ts";

/** Rules and wording of kubernetes: pkg/apis/admissionregistration/validation/validation.go. */

export function validateValidatingPolicy(policy: KubeObject): readonly FieldError[] {
  const spec = recordAt(policy, "spec");
  const validations = listAt(spec, "validations");
  const annotations = listAt(spec, "auditAnnotations");
  const nothing = "validations or auditAnnotations must contain at least one item";
  return [
    ...validatePolicy(spec),
    ...(validations.length + annotations.length === 0
      ? [required("spec.validations", nothing), required("spec.auditAnnotations", nothing)]
      : validations.flatMap((one, index) => validateValidation(one, itemPath("spec.validations", index)))),
    ...validatePolicyExpressions(spec, policy.metadata.name),
  ];
}

export function validateValidatingBinding(binding: KubeObject): readonly FieldError[] {
  const spec = recordAt(binding, "spec");
  return [...validateBinding(spec), ...validateActions(listAt(spec, "validationActions"))];
}

export function validateMutatingPolicy(policy: KubeObject): readonly FieldError[] {
  const spec = recordAt(policy, "spec");
  const policies = ["IfNeeded", "Never"];
  return [
    ...validatePolicy(spec),
    ...validateOperations(at(spec, "matchConstraints"), "spec.matchConstraints"),
    ...(listAt(spec, "mutations").length === 0
      ? [required("spec.mutations", "mutations must contain at least one item")]
      : []),
    ...validateMutations(spec),
    ...(textAt(spec, "reinvocationPolicy")
      ? oneOf(at(spec, "reinvocationPolicy"), policies, "spec.reinvocationPolicy")
      : [required("spec.reinvocationPolicy")]),
  ];
}

export function validateMutatingBinding(binding: KubeObject): readonly FieldError[] {
  const spec = recordAt(binding, "spec");
  return [...validateBinding(spec), ...validateOperations(at(spec, "matchResources"), "spec.matchResources")];
}

function validatePolicy(spec: unknown): readonly FieldError[] {
  const match = at(spec, "matchConstraints");
  const path = "spec.matchConstraints";
  return [
    ...oneOf(at(spec, "failurePolicy"), ["Fail", "Ignore"], "spec.failurePolicy"),
    ...validateParameterKind(at(spec, "paramKind"), "spec.paramKind"),
    ...(isRecord(match) ? validateMatch(match, path) : [required(path)]),
    ...(isRecord(match) && listAt(match, "resourceRules").length === 0
      ? [required(childPath(path, "resourceRules"))]
      : []),
  ];
}

function validateParameterKind(kind: unknown, path: string): readonly FieldError[] {
  if (!isRecord(kind)) return [];
  const version = textAt(kind, "apiVersion") ?? "";
  const name = textAt(kind, "kind") ?? "";
  const place = childPath(path, "kind");
  return [
    ...(version === ""
      ? [required(childPath(path, "apiVersion"))]
      : validateVersion(version, childPath(path, "apiVersion"))),
    ...(name === "" ? [required(place)] : []),
    ...validateName(place, name.toLowerCase(), "label1035").flatMap(({ message }) =>
      name === ""
        ? []
        : [invalidValue(place, name, `may have mixed case, but should otherwise match: ${sentenceOf(message)}`)],
    ),
  ];
}

function validateVersion(version: string, path: string): readonly FieldError[] {
  const parts = version.split("/");
  if (parts.length > 2) return [invalidValue(path, version, `unexpected GroupVersion string: ${version}`)];
  const [group, name] = parts.length === 2 ? parts : ["", version];
  return [
    ...(group ? validateName(path, group, "subdomain") : []),
    ...(name ? validateName(path, name, "label1035") : [invalidValue(path, version, "version must be specified")]),
  ];
}

function sentenceOf(message: string): string {
  return message.replace(/^Invalid value: ".*?": /, "");
}

function validateMatch(match: unknown, path: string): readonly FieldError[] {
  const selectors = ["namespaceSelector", "objectSelector"];
  return [
    ...oneOf(at(match, "matchPolicy"), ["Equivalent", "Exact"], childPath(path, "matchPolicy")),
    ...selectors.flatMap((member) => validateSelector(at(match, member), childPath(path, member))),
    ...["resourceRules", "excludeResourceRules"].flatMap((member) =>
      listAt(match, member).flatMap((rule, index) => validateRule(rule, itemPath(childPath(path, member), index))),
    ),
  ];
}

/** Only what is created or updated can be changed. */
function validateOperations(match: unknown, path: string): readonly FieldError[] {
  const allowed = ["*", "CREATE", "UPDATE"];
  return listAt(match, "resourceRules")
    .flatMap((rule) => listAt(rule, "operations"))
    .filter((operation) => !allowed.includes(String(operation)))
    .map((operation) => notSupported(`${path}.resourceRules.operations`, operation, allowed));
}

function validateValidation(validation: unknown, path: string): readonly FieldError[] {
  const { message, messageExpression, reason } = recordAt(validation);
  const reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
  return [
    ...((textAt(validation, "expression") ?? "").trim() === ""
      ? [required(childPath(path, "expression"), "expression is not specified")]
      : []),
    ...notBlank(messageExpression, childPath(path, "messageExpression")),
    ...notBlank(message, childPath(path, "message")),
    ...(typeof message === "string" && /[\n\r]/.test(message.trim())
      ? [invalidValue(childPath(path, "message"), message, "must not contain line breaks")]
      : []),
    ...(reason === undefined ? [] : oneOf(reason, reasons, childPath(path, "reason"))),
  ];
}

function notBlank(text: unknown, path: string): readonly FieldError[] {
  const isBlank = typeof text === "string" && text !== "" && text.trim() === "";
  return isBlank ? [invalidValue(path, text, "must be non-empty if specified")] : [];
}

function validateBinding(spec: unknown): readonly FieldError[] {
  const name = textAt(spec, "policyName") ?? "";
  const match = at(spec, "matchResources");
  return [
    ...(name === "" ? [required("spec.policyName")] : validateName("spec.policyName", name, "subdomain")),
    ...validateParameters(at(spec, "paramRef"), "spec.paramRef"),
    ...(isRecord(match) ? validateMatch(match, "spec.matchResources") : []),
  ];
}

function validateParameters(reference: unknown, path: string): readonly FieldError[] {
  if (!isRecord(reference)) return [];
  const hasName = Boolean(textAt(reference, "name"));
  const hasSelector = isRecord(reference["selector"]);
  const actions = ["Deny", "Allow"];
  return [
    ...(hasName && hasSelector
      ? ["name", "selector"].map((member) =>
          forbiddenField(childPath(path, member), "name and selector are mutually exclusive"),
        )
      : []),
    ...(hasName || hasSelector ? [] : [required(path, "one of name or selector must be specified")]),
    ...(textAt(reference, "parameterNotFoundAction")
      ? oneOf(reference["parameterNotFoundAction"], actions, childPath(path, "parameterNotFoundAction"))
      : [required(childPath(path, "parameterNotFoundAction"))]),
  ];
}

function validateActions(actions: readonly unknown[]): readonly FieldError[] {
  const path = "spec.validationActions";
  const bothSaid =
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
  return [
    ...actions.flatMap((action, index) => oneOf(action, ["Audit", "Deny", "Warn"], itemPath(path, index))),
    ...actions.flatMap((action, index) =>
      actions.indexOf(action) < index ? [duplicate(itemPath(path, index), action)] : [],
    ),
    ...(actions.includes("Deny") && actions.includes("Warn") ? [invalidValue(path, actions, bothSaid)] : []),
    ...(actions.length === 0 ? [required(path, "at least one validation action is required")] : []),
  ];
}
