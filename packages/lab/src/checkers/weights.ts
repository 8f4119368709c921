import type { Checker } from "./checker.ts";

interface Route {
  readonly rules?: readonly { readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[] }[];
}

/** The weights of every route sum to 100, so that no revision is served by more or less than somebody asked for. */
export function weightsChecker(): Checker {
  return {
    name: "weights-sum-to-100",
    onChange({ resource, isGone, object }) {
      if (resource !== "httproutes" || isGone) return undefined;
      const { rules = [] } = (object.spec ?? {}) as Route;
      for (const { backendRefs = [] } of rules) {
        const sum = backendRefs.reduce((total, { weight = 1 }) => total + weight, 0);
        const text = backendRefs.map(({ name, weight = 1 }) => `${name} ${weight}`).join(", ");
        if (backendRefs.length > 0 && sum !== 100) return `${object.metadata.name} has ${text}: ${sum}`;
      }
      return undefined;
    },
  };
}
