import type { Cluster } from "../../../cluster.ts";
import type { KubeObject } from "../../../objects.ts";
import type { UserInfo } from "../../access/user.ts";
import { evaluate, type Variables } from "../../cel/compile.ts";
import { errorText } from "../../cel/errors.ts";
import { listAt, textAt } from "../../json.ts";
import { StatusError } from "../../status-error.ts";
import type { Attempt } from "../webhooks.ts";
import { conditionsHold } from "./conditions.ts";
import { type BoundPolicy, policiesFor } from "./matching.ts";
import { type BuiltInKind, parametersOf } from "./parameters.ts";
import { attemptVariables, withVariables } from "./variables.ts";

/** Who attempts something, and where. */
export interface PolicyPlace {
  readonly cluster: Pick<Cluster, "store">;
  readonly user: UserInfo;
  readonly builtIn: BuiltInKind;
  readonly warn: (text: string) => void;
}

/**
 * Asks the ValidatingAdmissionPolicies that are about an attempt. Throws the refusal of the first one that denies it.
 * Rules and wording of apiserver: pkg/admission/plugin/policy/validating.
 */
export function checkPolicies(place: PolicyPlace, attempt: Attempt): void {
  const bound = policiesFor(place.cluster, "validating", attempt);
  if (bound.length === 0) return;
  const base = attemptVariables(place.cluster, attempt, place.user);
  const denials = bound.flatMap((one) => judge(place, one, attempt, base));
  const [first] = denials;
  if (first) throw refusal(attempt, first);
}

interface Denial extends BoundPolicy {
  readonly message: string;
  readonly reason: string;
}

function judge(place: PolicyPlace, bound: BoundPolicy, attempt: Attempt, base: Variables): readonly Denial[] {
  const { policy, binding } = bound;
  const failsOpen = textAt(policy, "spec", "failurePolicy") === "Ignore";
  const parameters = parametersOf(place.cluster, bound, attempt.namespace, place.builtIn);
  if (typeof parameters === "string") return failsOpen ? [] : [{ ...bound, message: parameters, reason: "Invalid" }];
  const findings = parameters.flatMap((params) => findingsOf(policy, withVariables(base, policy, params)));
  const counted = findings.filter(({ isError }) => !(isError && failsOpen));
  const actions = listAt(binding, "spec", "validationActions");
  if (actions.includes("Warn")) {
    const { name } = policy.metadata;
    const by = `Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${binding.metadata.name}'`;
    for (const { message } of counted) place.warn(`${by}: ${message}`);
  }
  const isDenied = ({ always }: Finding): boolean => always || actions.includes("Deny");
  return counted.filter(isDenied).map(({ message, reason }) => ({ ...bound, message, reason }));
}

interface Finding {
  readonly message: string;
  readonly reason: string;
  readonly isError: boolean;
  /** Whatever the binding does about what is found. */
  readonly always: boolean;
}

function findingsOf(policy: KubeObject, variables: Variables): readonly Finding[] {
  const met = conditionsHold(listAt(policy, "spec", "matchConditions"), variables);
  if (typeof met === "string") return [failure(met, false)];
  if (!met) return [];
  return [
    ...listAt(policy, "spec", "validations").flatMap((validation) => findingOf(validation, variables)),
    ...listAt(policy, "spec", "auditAnnotations").flatMap((one) => annotationFailure(one, variables)),
  ];
}

function failure(message: string, always: boolean): Finding {
  return { message, reason: "Invalid", isError: true, always };
}

function findingOf(validation: unknown, variables: Variables): readonly Finding[] {
  const expression = textAt(validation, "expression") ?? "";
  try {
    if (evaluate(expression, variables) === true) return [];
  } catch (error) {
    return [failure(`expression '${expression}' resulted in error: ${errorText(error)}`, false)];
  }
  const reason = textAt(validation, "reason") ?? "Invalid";
  return [{ message: messageOf(validation, expression, variables), reason, isError: false, always: false }];
}

function messageOf(validation: unknown, expression: string, variables: Variables): string {
  const composed = composedMessage(textAt(validation, "messageExpression") ?? "", variables);
  if (composed !== "") return composed;
  return (textAt(validation, "message") ?? "").trim() || `failed expression: ${expression.trim()}`;
}

/** Longest message that an expression may come to, in bytes. */
const messageLimitBytes = 5 * 1_024;

function composedMessage(expression: string, variables: Variables): string {
  if (expression === "") return "";
  try {
    const value = evaluate(expression, variables);
    const text = typeof value === "string" ? value.trim() : "";
    return text.includes("\n") || Buffer.byteLength(text) > messageLimitBytes ? "" : text;
  } catch (error) {
    errorText(error);
    return "";
  }
}

/** There is no audit log to write to: only that an annotation has no value is told. */
function annotationFailure(annotation: unknown, variables: Variables): readonly Finding[] {
  const expression = (textAt(annotation, "valueExpression") ?? "").trim();
  try {
    evaluate(expression, variables);
    return [];
  } catch (error) {
    return [failure(`expression '${expression}' resulted in error: ${errorText(error)}`, true)];
  }
}

const codes: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

function refusal({ type, name }: Attempt, { policy, binding, message, reason }: Denial): StatusError {
  const by = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
  const said = `${by} denied request: ${message}`;
  const resource = type.group === "" ? type.plural : `${type.plural}.${type.group}`;
  return new StatusError(codes[reason] ?? 422, reason, `${resource} ${JSON.stringify(name)} is forbidden: ${said}`, {
    ...(name ? { name } : {}),
    ...(type.group ? { group: type.group } : {}),
    kind: type.plural,
    causes: [{ reason: "", message: said }],
  });
}
