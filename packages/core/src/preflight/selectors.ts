import type { Requirement, Selector } from "./facts.ts";

type Labels = Readonly<Record<string, string>>;

/** Whether labels fulfil a selector; an empty one takes all (Kubernetes docs, labels and selectors). */
export function matchesSelector({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean {
  return matchesLabels(matchLabels, labels) && matchExpressions.every((one) => matchesRequirement(one, labels));
}

export function matchesLabels(wanted: Labels, labels: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** An operator that is not known matches nothing. */
export function matchesRequirement({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels[key];
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
