import { type FieldError, forbiddenField } from "../field-errors.ts";

/** Of one expression, and of all of a definition (apiextensions: pkg/apis/apiextensions/validation). */
const ruleLimit = 10_000_000;
const definitionLimit = 100_000_000;
const shownRules = 4;

/** What the rules of a schema may cost together. */
export class RuleCosts {
  #total = 0;
  #expensive: { readonly path: string; readonly cost: number }[] = [];

  /** Counts an expression in. */
  observe(path: string, what: string, cost: number): readonly FieldError[] {
    this.#total += cost;
    if (cost >= definitionLimit / 100) {
      this.#expensive = [...this.#expensive, { path, cost }].toSorted((a, b) => b.cost - a.cost).slice(0, shownRules);
    }
    return cost > ruleLimit ? [forbiddenField(path, exceeds(what, cost, ruleLimit))] : [];
  }

  errors(path: string): readonly FieldError[] {
    if (this.#total <= definitionLimit) return [];
    const why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [
      ...this.#expensive.map((rule) => forbiddenField(rule.path, why)),
      forbiddenField(path, exceeds(what, this.#total, definitionLimit)),
    ];
  }
}

function exceeds(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? "more than 100x" : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
