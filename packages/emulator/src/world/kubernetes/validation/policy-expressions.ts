import { type AdmissionVariables, checkAdmission } from "../cel/admission-environment.ts";
import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  invalidValue,
  itemPath,
  notSupported,
  required,
  tooMany,
} from "./field-errors.ts";
import { validateLabelKey } from "./metadata.ts";

/** The expressions of a policy (kubernetes: pkg/apis/admissionregistration/validation/validation.go). */
export function validatePolicyExpressions(spec: unknown, name: string): readonly FieldError[] {
  const { known, errors } = validateShared(spec);
  return [
    ...errors,
    ...listAt(spec, "validations").flatMap((validation, index) =>
      validateValidation(validation, itemPath("spec.validations", index), known),
    ),
    ...validateAnnotations(listAt(spec, "auditAnnotations"), name, known),
  ];
}

/** What a mutating policy changes, with what its expressions ask about. */
export function validateMutations(spec: unknown): readonly FieldError[] {
  const { known, errors } = validateShared(spec);
  return [
    ...errors,
    ...listAt(spec, "mutations").flatMap((mutation, index) =>
      validateMutation(recordAt(mutation), itemPath("spec.mutations", index), known),
    ),
  ];
}

const patches: Readonly<Record<string, readonly [member: string, type: string, other: string]>> = {
  ApplyConfiguration: ["applyConfiguration", "Object", "jsonPatch"],
  JSONPatch: ["jsonPatch", "list(JSONPatch)", "applyConfiguration"],
};

function validateMutation(mutation: JsonRecord, path: string, known: AdmissionVariables): readonly FieldError[] {
  const patchType = textAt(mutation, "patchType") ?? "";
  const place = childPath(path, "patchType");
  if (patchType === "") return [required(place)];
  const [member, type, other] = Object.hasOwn(patches, patchType) ? (patches[patchType] ?? []) : [];
  if (member === undefined || type === undefined || other === undefined) {
    return [notSupported(place, patchType, Object.keys(patches))];
  }
  const expression = (textAt(mutation, member, "expression") ?? "").trim();
  const inside = childPath(path, `${member}.expression`);
  const when = `when patchType is ${patchType}`;
  return [
    ...(mutation[member] === undefined ? [required(childPath(path, member), `must be specified ${when}`)] : []),
    ...(mutation[member] !== undefined && expression === "" ? [required(inside)] : []),
    ...(expression === "" ? [] : validateType(expression, inside, known, [type])),
    ...(mutation[other] === undefined
      ? []
      : [invalidValue(childPath(path, other), `{${other}}`, `must not be specified ${when}`)]),
  ];
}

function validateShared(spec: unknown): { readonly known: AdmissionVariables; readonly errors: readonly FieldError[] } {
  const params = isRecord(recordAt(spec)["paramKind"]);
  const variables = listAt(spec, "variables");
  const types = new Map<string, string>();
  const known: AdmissionVariables = { params, authorizer: true, variables: variables.length === 0 ? undefined : types };
  const errors = [
    ...validateConditions(listAt(spec, "matchConditions"), "spec.matchConditions", params),
    ...variables.flatMap((variable, index) =>
      validateVariable(variable, itemPath("spec.variables", index), known, types),
    ),
  ];
  return { known, errors };
}

/** The types of a policy's own variables, as far as they can be told. */
export function variableTypes(
  spec: unknown,
  known: Omit<AdmissionVariables, "variables">,
): Map<string, string> | undefined {
  const variables = listAt(spec, "variables");
  if (variables.length === 0) return undefined;
  const types = new Map<string, string>();
  for (const variable of variables) {
    const checked = checkAdmission(textAt(variable, "expression") ?? "", { ...known, variables: types });
    types.set(textAt(variable, "name") ?? "", checked.kind === "checked" ? checked.libraryType : "dyn");
  }
  return types;
}

const conditionLimit = 64;

/** `matchConditions` of a policy or a webhook. */
export function validateConditions(
  conditions: readonly unknown[],
  path: string,
  params: boolean,
): readonly FieldError[] {
  const names = conditions.map((condition) => textAt(condition, "name") ?? "");
  return [
    ...(conditions.length > conditionLimit ? [tooMany(path, conditions.length, conditionLimit)] : []),
    ...conditions.flatMap((condition, index) => {
      const name = names[index] ?? "";
      const place = childPath(itemPath(path, index), "name");
      const expression = (textAt(condition, "expression") ?? "").trim();
      const known: AdmissionVariables = { params, authorizer: true, variables: undefined };
      return [
        ...(expression === ""
          ? [required(childPath(itemPath(path, index), "expression"))]
          : validateType(expression, childPath(itemPath(path, index), "expression"), known, ["bool"])),
        ...(name === "" ? [required(place)] : validateLabelKey(place, name)),
        ...(name !== "" && names.indexOf(name) < index ? [duplicate(place, name)] : []),
      ];
    }),
  ];
}

/** Later expressions see the variable. */
function validateVariable(
  variable: unknown,
  path: string,
  known: AdmissionVariables,
  types: Map<string, string>,
): readonly FieldError[] {
  const name = textAt(variable, "name") ?? "";
  const expression = textAt(variable, "expression") ?? "";
  const place = childPath(path, "expression");
  const inName =
    name.trim() === ""
      ? [required(childPath(path, "name"), "name is not specified")]
      : /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name)
        ? []
        : [invalidValue(childPath(path, "name"), name, "must be a valid CEL identifier")];
  if (expression.trim() === "") return [...inName, required(place, "expression is not specified")];
  const checked = checkAdmission(expression, known);
  types.set(name, checked.kind === "checked" ? checked.libraryType : "dyn");
  if (checked.kind === "checked") return inName;
  return [...inName, invalidValue(place, expression, `compilation failed: ${checked.message}`)];
}

function validateValidation(validation: unknown, path: string, known: AdmissionVariables): readonly FieldError[] {
  const expression = textAt(validation, "expression") ?? "";
  const message = textAt(validation, "messageExpression") ?? "";
  return [
    ...(expression.trim() === "" ? [] : validateType(expression, childPath(path, "expression"), known, ["bool"])),
    ...(message.trim() === ""
      ? []
      : validateType(message, childPath(path, "messageExpression"), { ...known, authorizer: false }, ["string"])),
  ];
}

function validateAnnotations(
  annotations: readonly unknown[],
  name: string,
  known: AdmissionVariables,
): readonly FieldError[] {
  const keys = annotations.map((annotation) => textAt(annotation, "key") ?? "");
  return annotations.flatMap((annotation, index) => {
    const path = itemPath("spec.auditAnnotations", index);
    const place = childPath(path, "valueExpression");
    const expression = (textAt(annotation, "valueExpression") ?? "").trim();
    const key = keys[index] ?? "";
    return [
      ...validateLabelKey(childPath(path, "key"), `${name}/${key}`),
      ...(expression === ""
        ? [required(place, "valueExpression is not specified")]
        : validateType(expression, place, known, ["string", "null_type"])),
      ...(keys.indexOf(key) < index ? [duplicate(childPath(path, "key"), key)] : []),
    ];
  });
}

function validateType(
  expression: string,
  path: string,
  known: AdmissionVariables,
  wanted: readonly string[],
): readonly FieldError[] {
  const checked = checkAdmission(expression, known);
  if (checked.kind === "refused") return [invalidValue(path, expression, `compilation failed: ${checked.message}`)];
  const type = checked.type === "null" ? "null_type" : checked.type;
  if (wanted.includes(type)) return [];
  const [only] = wanted;
  const rule = wanted.length === 1 ? `must evaluate to ${only ?? ""}` : `must evaluate to one of [${wanted.join(" ")}]`;
  return [invalidValue(path, expression, `${rule} but got ${type}`)];
}
