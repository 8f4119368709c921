import type { KubeObject } from "../../../objects.ts";
import { listAt, textAt } from "../../json.ts";
import { StatusError } from "../../status-error.ts";
import type { Attempt } from "../webhooks.ts";
import { conditionsHold } from "./conditions.ts";
import { type BoundPolicy, policiesFor } from "./matching.ts";
import { mutated } from "./mutations.ts";
import { parametersOf } from "./parameters.ts";
import type { PolicyPlace } from "./validating.ts";
import { attemptVariables, withVariables } from "./variables.ts";

/**
 * The object of an attempt as MutatingAdmissionPolicies want it, one after the other. Throws the refusal of those that
 * fail and must not be left out. Rules and wording of apiserver: pkg/admission/plugin/policy/mutating.
 */
export function applyPolicies(place: PolicyPlace, attempt: Attempt): KubeObject | undefined {
  const { object: sent } = attempt;
  if (!sent) return undefined;
  const bound = policiesFor(place.cluster, "mutating", attempt);
  let object = sent;
  const failures: Failure[] = [];
  for (const one of bound) {
    const outcome = applyOne(place, one, { ...attempt, object });
    object = outcome.object;
    if (textAt(one.policy, "spec", "failurePolicy") !== "Ignore") failures.push(...outcome.failures);
  }
  if (failures.length > 0) throw refusal(attempt, failures);
  return object;
}

interface Failure {
  readonly message: string;
  readonly reason: string;
}

interface Outcome {
  readonly object: KubeObject;
  readonly failures: readonly Failure[];
}

function applyOne(place: PolicyPlace, bound: BoundPolicy, attempt: Attempt & { readonly object: KubeObject }): Outcome {
  const { policy, binding } = bound;
  const by = `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request`;
  let { object } = attempt;
  const parameters = parametersOf(place.cluster, bound, attempt.namespace, place.builtIn);
  if (typeof parameters === "string") {
    return { object, failures: [{ message: `${by}: ${parameters}`, reason: "Forbidden" }] };
  }
  const failures: Failure[] = [];
  const fail = (message: string): unknown => failures.push({ message: `${by}: ${message}`, reason: "Invalid" });
  for (const params of parameters) {
    const variablesNow = (): ReturnType<typeof withVariables> =>
      withVariables(attemptVariables(place.cluster, { ...attempt, object }, place.user), policy, params);
    const met = conditionsHold(listAt(policy, "spec", "matchConditions"), variablesNow());
    if (typeof met === "string") fail(met);
    if (met !== true) continue;
    for (const mutation of listAt(policy, "spec", "mutations")) {
      const next = mutated(attempt.type, object, mutation, variablesNow());
      if (typeof next === "string") fail(next);
      else object = next;
    }
  }
  return { object, failures };
}

function refusal({ type, name }: Attempt, failures: readonly Failure[]): StatusError {
  const [first] = failures;
  return new StatusError(403, first?.reason ?? "Forbidden", first?.message ?? "", {
    ...(name ? { name } : {}),
    ...(type.group ? { group: type.group } : {}),
    kind: type.plural,
    causes: failures.map(({ message }) => ({ reason: "", message })),
  });
}
