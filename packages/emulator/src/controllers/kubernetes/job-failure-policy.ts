import { keyOf } from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import type { FailureRule, Job } from "./workload-types.ts";

export type FailureMatch =
  | { readonly action: "Count" | "Ignore" | "FailIndex" }
  | { readonly action: "FailJob"; readonly message: string };

/** What the first matching rule of `podFailurePolicy` makes of a failed pod. Source: pod_failure_policy.go. */
export function matchFailure({ spec }: Job, pod: Pod): FailureMatch {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const what = ruleMatch(rule, pod);
    if (what === undefined) continue;
    if (rule.action === "FailJob")
      return { action: "FailJob", message: `${what} matching FailJob rule at index ${index}` };
    return { action: rule.action === "Ignore" || rule.action === "FailIndex" ? rule.action : "Count" };
  }
  return { action: "Count" };
}

/** A sentence that says what the rule has found; undefined when it does not match. */
function ruleMatch({ onExitCodes, onPodConditions = [] }: FailureRule, pod: Pod): string | undefined {
  if (onExitCodes) {
    const { status } = pod;
    const ended = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
      ({ name, state }) => {
        const code = state.terminated?.exitCode ?? 0;
        const isMeant = onExitCodes.containerName === undefined || onExitCodes.containerName === name;
        return isMeant && code !== 0 && onExitCodes.values.includes(code) === (onExitCodes.operator === "In");
      },
    );
    return (
      ended && `Container ${ended.name} for pod ${keyOf(pod)} failed with exit code ${ended.state.terminated?.exitCode}`
    );
  }
  const condition = onPodConditions.find(({ type, status = "True" }) =>
    pod.status?.conditions?.some((one) => one.type === type && one.status === status),
  );
  return condition && `Pod ${keyOf(pod)} has condition ${condition.type}`;
}
