import type { Environment } from "@marcbachmann/cel-js";
import { isRecord } from "../json.ts";
import { celType, compileErrorText, isNode, issue } from "./compile-errors.ts";
import { withoutConstructions } from "./constructions.ts";
import { largestCost } from "./cost/estimate.ts";
import type { SizedType } from "./cost/sizes.ts";
import { evaluatingEnvironment } from "./environment.ts";
import { refusedByKubernetes, undefinedInHas } from "./further-checks.ts";
import { withOwnMatches } from "./own-matches.ts";

export type Checked =
  | {
      readonly kind: "checked";
      /** As cel-go names it. */
      readonly type: string;
      /** As the library does. */
      readonly libraryType: string;
      /** What it costs at most, about a value of this type. */
      costOf(self: SizedType): number;
      /** Names of variables in it. */
      readonly uses: ReadonlySet<string>;
    }
  | { readonly kind: "refused"; readonly message: string };

/** An expression's type, or what is wrong with it in the words of cel-go. */
export function checkExpression(known: Environment, sent: string): Checked {
  const { text, originOf } = withoutConstructions(sent);
  if (text === sent) return check(known, sent);
  const checked = check(known, text);
  if (checked.kind === "checked") return checked;
  const message = checked.message.replace(/^ERROR: <input>:1:(\d+): (.*)\n[^]*$/, (_, column: string, why: string) =>
    issue(sent, originOf(Number(column) - 1), why),
  );
  return { ...checked, message };
}

function check(known: Environment, expression: string): Checked {
  // What is put into a text by its format need not be alike.
  const environment = expression.includes(".format(") ? known.clone({ homogeneousAggregateLiterals: false }) : known;
  const { valid, type, error } = environment.check(expression);
  if (!valid || type === undefined) {
    const all = error?.name === "TypeError" ? operandErrors(environment, expression) : [];
    if (all.length > 1) return { kind: "refused", message: all.join("\n") };
    return { kind: "refused", message: error ? compileErrorText(environment, expression, error) : "" };
  }
  const { ast } = environment.parse(expression);
  const message = refusedByKubernetes(expression, ast) ?? undefinedInHas(environment, expression, ast);
  if (message !== undefined) return { kind: "refused", message };
  return {
    kind: "checked",
    type: celType(type),
    libraryType: type,
    costOf: (self) => largestCost(ast, self),
    uses: new Set(namesIn(ast)),
  };
}

/** The library ends with the first error, cel-go goes on: what `&&` and `||` join is looked at by itself. */
function operandErrors(environment: Environment, expression: string): readonly string[] {
  return operandsOf(environment.parse(expression).ast).flatMap(({ start, end }) => {
    const { error } = environment.check(expression.slice(start, end));
    if (!error) return [];
    const message = compileErrorText(environment, expression.slice(start, end), error);
    const [, column, why] = /^ERROR: <input>:1:(\d+): (.*)\n/.exec(message) ?? [];
    return column === undefined || why === undefined ? [] : [issue(expression, start + Number(column) - 1, why)];
  });
}

function operandsOf(node: unknown): readonly { readonly start: number; readonly end: number }[] {
  if (!isNode(node)) return [];
  if (node.op === "&&" || node.op === "||") return node.args.flatMap(operandsOf);
  return [node.range];
}

function namesIn(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn);
  if (!isRecord(node)) return [];
  const { op, args } = node;
  return op === "id" ? [String(args)] : namesIn(args);
}

export type Variables = Readonly<Record<string, unknown>>;

type Program = (variables: Variables) => unknown;

const programs = new Map<string, Program>();
/** Expressions come from policies and definitions: there are not many, but nobody says when one is gone. */
const keptPrograms = 2_000;

/** Throws an `EvaluationError` where the expression has no value. `optional`: the variable that holds one. */
export function evaluate(expression: string, variables: Variables, optional?: string): unknown {
  return programOf(expression, optional)(variables);
}

function programOf(expression: string, optional: string | undefined): Program {
  const key = optional === undefined ? expression : `${optional}? ${expression}`;
  const known = programs.get(key);
  if (known) return known;
  if (programs.size >= keptPrograms) programs.clear();
  const environment = evaluatingEnvironment(optional);
  const program = environment.parse(withOwnMatches(environment, expression));
  programs.set(key, program);
  return program;
}
