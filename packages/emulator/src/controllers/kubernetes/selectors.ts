import type { LabelRequirement, LabelSelector } from "./meta-types.ts";

type Labels = Readonly<Record<string, string>> | undefined;

/** An empty selector matches everything, an absent one nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (!selector) return false;
  return matchesLabels(selector.matchLabels ?? {}, labels) && matchesAll(selector.matchExpressions ?? [], labels);
}

export function matchesLabels(wanted: Readonly<Record<string, string>>, labels: Labels): boolean {
  return Object.keys(wanted).every((key) => labels?.[key] === wanted[key]);
}

/** Label and node selector requirements. Source: apimachinery labels.Requirement.Matches. */
export function matchesAll(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => matchesRequirement(requirement, labels?.[requirement.key]));
}

function matchesRequirement({ operator, values = [] }: LabelRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
