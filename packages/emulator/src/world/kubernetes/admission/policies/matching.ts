import type { Cluster } from "../../../cluster.ts";
import type { GroupResource, KubeObject } from "../../../objects.ts";
import { at, isRecord, listAt, textAt } from "../../json.ts";
import { type Attempt, ruleMatches, selectorsMatch } from "../webhooks.ts";

/** A policy with one of its bindings. */
export interface BoundPolicy {
  readonly policy: KubeObject;
  readonly binding: KubeObject;
}

export const policyGroup = "admissionregistration.k8s.io";

/** The policies that are about an attempt, each with the bindings that are, in the order of their names. */
export function policiesFor(
  { store }: Pick<Cluster, "store">,
  kind: "validating" | "mutating",
  attempt: Attempt,
): readonly BoundPolicy[] {
  // Who writes a policy cannot be kept from it by one.
  if (attempt.type.group === policyGroup) return [];
  const policies = store.list(resourceOf(kind, "policies"));
  if (policies.length === 0) return [];
  const bindings = store.list(resourceOf(kind, "policybindings")).toSorted(byName);
  return policies
    .filter((policy) => isAbout(store, at(policy, "spec", "matchConstraints"), attempt))
    .toSorted(byName)
    .flatMap((policy) =>
      bindings
        .filter((binding) => textAt(binding, "spec", "policyName") === policy.metadata.name)
        .filter((binding) => isBoundTo(store, binding, attempt))
        .map((binding) => ({ policy, binding })),
    );
}

function resourceOf(kind: "validating" | "mutating", what: "policies" | "policybindings"): GroupResource {
  return { group: policyGroup, resource: `${kind}admission${what}` };
}

function byName(one: KubeObject, other: KubeObject): number {
  return one.metadata.name < other.metadata.name ? -1 : 1;
}

function isAbout(store: Cluster["store"], match: unknown, attempt: Attempt): boolean {
  const fits = (rule: unknown): boolean => ruleMatches(rule, attempt) && hasName(rule, attempt);
  return (
    listAt(match, "resourceRules").some(fits) &&
    !listAt(match, "excludeResourceRules").some(fits) &&
    selectorsMatch({ store }, match, attempt)
  );
}

function hasName(rule: unknown, { name }: Attempt): boolean {
  const names = listAt(rule, "resourceNames");
  return names.length === 0 || names.includes(name);
}

/** A binding that says nothing of resources is about all that its policy is about. */
function isBoundTo(store: Cluster["store"], binding: KubeObject, attempt: Attempt): boolean {
  const match = at(binding, "spec", "matchResources");
  if (!isRecord(match)) return true;
  const rules = listAt(match, "resourceRules");
  const withRules = rules.length > 0 ? match : { ...match, resourceRules: [anything] };
  return isAbout(store, withRules, attempt);
}

const anything = { apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] };
