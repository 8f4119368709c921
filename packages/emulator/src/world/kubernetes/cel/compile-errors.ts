import type { ASTNode, Environment, ParseError, TypeError } from "@marcbachmann/cel-js";
import { isRecord } from "../json.ts";

/** `ERROR: <input>:1:5: undefined field 'x'` with the line and a mark below it, as cel-go writes it. */
export function compileErrorText(environment: Environment, expression: string, error: ParseError | TypeError): string {
  const { code, summary, range } = error;
  const node = isNode(error.node) ? error.node : undefined;
  const start = range?.start ?? 0;
  const text = wordingOf(environment, expression, error, node);
  if (code === "invalid_logical_operand" && node)
    return issue(expression, wrongOperand(environment, expression, node), text);
  const isAtOperator = node !== undefined && atOperator.has(code);
  const isSyntax = error.name === "ParseError" && text === summary;
  return issue(
    expression,
    isAtOperator ? operatorOf(expression, node) : start,
    isSyntax ? `Syntax error: ${text}` : text,
  );
}

const atOperator: ReadonlySet<string> = new Set([
  "no_such_key",
  "cannot_index_type",
  "no_such_overload",
  "incompatible_ternary_branches",
  "no_matching_overload",
  "heterogeneous_list_element",
  "heterogeneous_map_key",
  "heterogeneous_map_value",
  "invalid_comprehension_range",
  "invalid_index_type",
]);

function wordingOf(
  environment: Environment,
  expression: string,
  { code, summary, range }: ParseError | TypeError,
  node: ASTNode | undefined,
): string {
  const quoted = celType(/'(.*)'/.exec(summary)?.[1] ?? "");
  switch (code) {
    case "unknown_variable":
      return `undeclared reference to '${summary.replace("Unknown variable: ", "")}' (in container '')`;
    case "no_such_key":
      return `undefined field '${summary.replace("No such key: ", "")}'`;
    case "cannot_index_type":
      return `type '${quoted}' does not support field selection`;
    case "no_such_overload":
    case "incompatible_ternary_branches":
      return overloadText(summary, code);
    case "no_matching_overload":
      return functionText(environment, summary);
    case "invalid_logical_operand":
      return `expected type 'bool' but found '${quoted}'`;
    case "heterogeneous_list_element":
    case "heterogeneous_map_key":
    case "heterogeneous_map_value":
      return summary
        .replace(/^.*, expected/, "expected")
        .replaceAll(/'([^']*)'/g, (_, type: string) => `'${celType(type)}'`);
    case "invalid_condition_type":
      return `expected type 'bool' but found '${celType(/, got '(.*)'/.exec(summary)?.[1] ?? "")}'`;
    case "invalid_comprehension_range":
      return celType(summary.replace(/^E(.*)\.$/, "e$1"));
    case "invalid_index_type":
      return indexText(environment, expression, node, summary);
    case "unexpected_character":
      return `Syntax error: token recognition error at: '${strangeText(expression, range?.start ?? 0)}'`;
    case "unexpected_token":
    case "expected_token":
      return `Syntax error: ${tokenText(summary)}`;
    default:
      return summary.replace("has() invalid argument", "invalid argument to has() macro");
  }
}

export function isNode(value: unknown): value is ASTNode {
  return isRecord(value) && "op" in value && "range" in value;
}

/** Where cel-go marks an operation: at its sign, at the dot of a selection, at the bracket of a call. */
function operatorOf(expression: string, node: ASTNode): number {
  switch (node.op) {
    case "call":
      return expression.indexOf("(", node.range.start);
    case "rcall": {
      const [name, receiver] = node.args;
      return expression.indexOf("(", expression.indexOf(name, receiver.range.end));
    }
    case ".":
    case ".?":
    case "[]":
    case "[?]":
      return signAfter(expression, node.args[0].range.end, node.op.charAt(0));
    case "?:":
      return signAfter(expression, node.args[0].range.end, "?");
    case "value":
    case "id":
    case "list":
    case "map":
    case "!_":
    case "-_":
      return node.range.start;
    case "!=":
    case "==":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
    case "in":
    case "&&":
    case "||":
      return signAfter(expression, node.args[0].range.end, node.op);
  }
}

function signAfter(expression: string, from: number, sign: string): number {
  const found = expression.indexOf(sign, from);
  return found < 0 ? from : found;
}

function overloadText(summary: string, code: string): string {
  if (code === "incompatible_ternary_branches") {
    const [, one = "", other = ""] = /got '(.*)' and '(.*)'/.exec(summary) ?? [];
    return `found no matching overload for '_?_:_' applied to '(bool, ${celType(one)}, ${celType(other)})'`;
  }
  const text = summary.replace("no such overload: ", "");
  const [, left = "", sign = "", right = ""] = /^(.*) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.*)$/.exec(text) ?? [];
  if (sign !== "") {
    const name = sign === "in" ? "@in" : `_${sign}_`;
    return `found no matching overload for '${name}' applied to '(${celType(left)}, ${celType(right)})'`;
  }
  return `found no matching overload for '${text.charAt(0)}_' applied to '(${celType(text.slice(1))})'`;
}

/** The library says of a function that is not there what it says of one that takes other things. */
function functionText(environment: Environment, summary: string): string {
  const call = summary.replace(/^found no matching overload for '/, "").replace(/'$/, "");
  const [, receiver = "", name = "", parameters = ""] = /^(?:(.*)\.)?(\w+)\((.*)\)$/.exec(call) ?? [];
  if (!knownFunctions(environment).has(name)) return `undeclared reference to '${name}' (in container '')`;
  const to = `(${celType(parameters)})`;
  return `found no matching overload for '${name}' applied to '${receiver === "" ? to : `${celType(receiver)}.${to}`}'`;
}

function knownFunctions(environment: Environment): ReadonlySet<string> {
  return new Set(environment.getDefinitions().functions.map(({ name }) => name));
}

const operand =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

function tokenText(summary: string): string {
  if (summary === "Expected RPAREN, got EOF") return "missing ')' at '<EOF>'";
  return summary.endsWith("EOF") ? `mismatched input '<EOF>' expecting ${operand}` : summary;
}

function indexText(environment: Environment, expression: string, node: ASTNode | undefined, summary: string): string {
  if (node?.op !== "[]" && node?.op !== ".") return summary;
  const [left] = node.args;
  const type = celType(environment.check(expression.slice(left.range.start, left.range.end)).type ?? "list");
  if (node.op === ".") return `type '${type}' does not support field selection`;
  return `found no matching overload for '_[_]' applied to '(${type}, ${celType(/got '(.*)'/.exec(summary)?.[1] ?? "")})'`;
}

/** A single `=` is taken for the beginning of two. */
function strangeText(expression: string, start: number): string {
  return expression.slice(start, start + (expression.charAt(start) === "=" ? 2 : 1));
}

/** Of `a && b`, the one that is no bool. */
function wrongOperand(environment: Environment, expression: string, node: ASTNode): number {
  if (node.op !== "&&" && node.op !== "||") return node.range.start;
  const [left, right] = node.args;
  const { type } = environment.check(expression.slice(left.range.start, left.range.end));
  const wrong = type === undefined || type === "bool" || type === "dyn" ? right : left;
  return operatorOf(expression, wrong);
}

export function issue(expression: string, place: number, message: string): string {
  if (expression === "") return `ERROR: <input>:1:0: ${message}`;
  const before = expression.slice(0, place).split("\n");
  const line = expression.split("\n")[before.length - 1] ?? "";
  const column = before.at(-1)?.length ?? 0;
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${".".repeat(column)}^`;
}

/** A type's name as cel-go writes it: `list(int)` for `list<int>`. */
export function celType(name: string): string {
  return name
    .replaceAll("google.protobuf.Timestamp", "timestamp")
    .replaceAll("google.protobuf.Duration", "duration")
    .replaceAll("optional<", "optional_type<")
    .replaceAll("dyn<", "<")
    .replaceAll("<", "(")
    .replaceAll(">", ")")
    .replace(/^list$/, "list(dyn)")
    .replace(/^map$/, "map(dyn, dyn)");
}
