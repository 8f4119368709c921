import { type Expression, expressionIn, parseExpression, SyntaxProblem } from "./expression.ts";
import { booleanOf, isObject, numberOf, plainFunctions, stringOf } from "./functions.ts";
import { ExpressionProblem } from "./problem.ts";

/** What stands around an expression: parameters, variables, the group, the resources. */
export interface Surroundings {
  /** Functions of this place, by their name in lower case. Throw `ExpressionProblem`, or `NotYetKnown`. */
  readonly functions: Readonly<Record<string, (...args: unknown[]) => unknown>>;
}

type Lambda = { readonly names: readonly string[]; readonly body: Expression };
type Bound = ReadonlyMap<string, unknown>;

/** A JSON value with every expression in it evaluated; expressions in names of members too. Members called `copy` make lists. */
export function evaluate(value: unknown, around: Surroundings): unknown {
  if (typeof value === "string") return evaluateText(value, around);
  if (Array.isArray(value)) return value.map((item) => evaluate(item, around));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([name]) => !(name === "copy" && Array.isArray(value["copy"])));
  const evaluated = entries.map(
    ([name, member]) => [String(evaluateText(name, around)), evaluate(member, around)] as const,
  );
  return { ...Object.fromEntries(evaluated), ...copies(value["copy"], around) };
}

function evaluateText(text: string, around: Surroundings): unknown {
  const inner = expressionIn(text);
  if (inner === undefined) return text.startsWith("[[") ? text.slice(1) : text;
  try {
    return valueOf(parseExpression(inner), around, new Map());
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    throw new ExpressionProblem(
      `The template language expression '${text.slice(0, 120)}' is not valid: ${error.message}.`,
    );
  }
}

/** Iterations of properties and of variables. */
function copies(copy: unknown, around: Surroundings): Record<string, unknown> {
  if (!Array.isArray(copy)) return {};
  return Object.fromEntries(
    copy.filter(isObject).map((loop) => {
      const name = stringOf("copy", loop["name"]);
      const count = countOf(loop["count"], around);
      const list = Array.from({ length: count }, (_, index) => evaluate(loop["input"], iteration(around, name, index)));
      return [name, list];
    }),
  );
}

/** Source: ARM templates, limits of iterations. */
const iterationsMax = 800;

export function countOf(count: unknown, around: Surroundings): number {
  const number = numberOf("copy", evaluate(count, around));
  if (number >= 0 && number <= iterationsMax) return number;
  throw new ExpressionProblem(`The copy count '${number}' must be from 0 to ${iterationsMax}.`);
}

/** The same with `copyIndex()` in it, alone or with the loop's name; an offset may follow. */
export function iteration(around: Surroundings, loop: string, index: number): Surroundings {
  const outer = around.functions["copyindex"];
  const copyindex = (first?: unknown, second?: unknown): unknown => {
    if (typeof first === "string" && first.toLowerCase() !== loop.toLowerCase()) return outer?.(first, second);
    const offset = typeof first === "string" ? second : first;
    return index + (offset === undefined ? 0 : numberOf("copyIndex", offset));
  };
  return { functions: { ...around.functions, copyindex } };
}

function valueOf(expression: Expression, around: Surroundings, bound: Bound): unknown {
  switch (expression.kind) {
    case "value":
      return expression.value;
    case "member":
      return memberOf(valueOf(expression.of, around, bound), valueOf(expression.key, around, bound));
    case "call":
      return call(expression.name, expression.args, around, bound);
  }
}

function memberOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    const item: unknown = value[numberOf("[]", key)];
    if (item !== undefined) return item;
    throw new ExpressionProblem(`The language expression array index '${String(key)}' is out of bounds.`);
  }
  if (isObject(value)) {
    const wanted = String(key).toLowerCase();
    const found = Object.keys(value).find((name) => name.toLowerCase() === wanted);
    if (found !== undefined) return value[found];
    const available = Object.keys(value).join(", ");
    throw new ExpressionProblem(
      `The language expression property '${String(key)}' doesn't exist, available properties are '${available}'.`,
    );
  }
  throw new ExpressionProblem(`The language expression property '${String(key)}' can't be evaluated.`);
}

/** Some look at no more of their arguments than they need. */
function call(name: string, args: readonly Expression[], around: Surroundings, bound: Bound): unknown {
  const of = (index: number): unknown => {
    const arg = args[index];
    if (!arg)
      throw new ExpressionProblem(
        `The template language function '${name}' expects more than ${args.length} arguments.`,
      );
    return valueOf(arg, around, bound);
  };
  switch (name.toLowerCase()) {
    case "if":
      return booleanOf("if", of(0)) ? of(1) : of(2);
    case "and":
      return args.every((_, index) => booleanOf("and", of(index)));
    case "or":
      return args.some((_, index) => booleanOf("or", of(index)));
    case "coalesce":
      return args.map((_, index) => index).reduce<unknown>((found, index) => found ?? of(index), null);
    case "lambdavariables":
      return bound.get(String(of(0)));
    case "map":
      return listIn(of(0)).map((item, index) => apply(lambdaOf(args[1]), [item, index], around, bound));
    case "filter":
      return listIn(of(0)).filter((item, index) => apply(lambdaOf(args[1]), [item, index], around, bound) === true);
    case "toobject":
      return Object.fromEntries(
        listIn(of(0)).map((item) => [
          String(apply(lambdaOf(args[1]), [item], around, bound)),
          args[2] ? apply(lambdaOf(args[2]), [item], around, bound) : item,
        ]),
      );
    default: {
      const key = name.toLowerCase();
      const known = around.functions[key] ?? plainFunctions[key];
      if (known) return known(...args.map((_, index) => of(index)));
      const list = around.functions["list*"];
      if (list && key.startsWith("list")) return list(name, ...args.map((_, index) => of(index)));
      const text = `The template function '${name}' is not valid. Please see https://aka.ms/arm-functions for usage details.`;
      throw new ExpressionProblem(text);
    }
  }
}

function lambdaOf(expression: Expression | undefined): Lambda {
  if (expression?.kind !== "call" || expression.name.toLowerCase() !== "lambda") {
    throw new ExpressionProblem("The template language function expects a lambda.");
  }
  const names = expression.args.slice(0, -1).map((arg) => (arg.kind === "value" ? String(arg.value) : ""));
  const body = expression.args.at(-1);
  if (!body) throw new ExpressionProblem("The template language function 'lambda' expects a body.");
  return { names, body };
}

function apply({ names, body }: Lambda, values: readonly unknown[], around: Surroundings, bound: Bound): unknown {
  return valueOf(body, around, new Map([...bound, ...names.map((name, index) => [name, values[index]] as const)]));
}

function listIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new ExpressionProblem("The template language function expects an array.");
}
