import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { isNode, issue } from "./compile-errors.ts";
import { evaluatingEnvironment } from "./environment.ts";

/** What Kubernetes refuses and the library takes: literals that mean nothing, and functions that Kubernetes leaves out. */
export function refusedByKubernetes(expression: string, node: unknown): string | undefined {
  if (Array.isArray(node)) return firstOf(node, (one) => refusedByKubernetes(expression, one));
  if (!isNode(node)) return undefined;
  const [name, argument] = literalCall(node);
  if (argument && name !== "" && !isSound(name, argument.args)) {
    return issue(expression, argument.range.start, `invalid ${name} argument`);
  }
  if (node.op === "id" && (node.args === "cel" || node.args === "google")) {
    return issue(expression, node.range.start, `undeclared reference to '${node.args}' (in container '')`);
  }
  return refusedByKubernetes(expression, node.args);
}

function literalCall(node: ASTNode): readonly [name: string, argument?: ASTNode] {
  if (node.op === "call" && ["duration", "timestamp"].includes(node.args[0]))
    return literal(node.args[0], node.args[1]);
  if (node.op === "rcall" && node.args[0] === "matches") return literal("matches", node.args[2]);
  return [""];
}

function literal(name: string, [argument]: readonly ASTNode[]): readonly [name: string, argument?: ASTNode] {
  return argument?.op === "value" && typeof argument.args === "string" ? [name, argument] : [""];
}

function isSound(name: string, value: unknown): boolean {
  const call = name === "matches" ? "matches('', value)" : `${name}(value)`;
  try {
    evaluatingEnvironment().evaluate(call, { value });
    return true;
  } catch {
    return false;
  }
}

/** The library looks at `has(self.x)` only when it is evaluated. */
export function undefinedInHas(environment: Environment, expression: string, node: unknown): string | undefined {
  if (Array.isArray(node)) return firstOf(node, (one) => undefinedInHas(environment, expression, one));
  if (!isNode(node)) return undefined;
  if (node.op === "call" && node.args[0] === "has") {
    const [argument] = node.args[1];
    const text = argument ? expression.slice(argument.range.start, argument.range.end) : "";
    const error = rootOf(argument) === undefined ? undefined : environment.check(text).error;
    if (argument && error?.code === "no_such_key") {
      const name = error.summary.replace("No such key: ", "");
      const isLast = argument.op === "." && argument.args[1] === name;
      const place = isLast ? node.range.start + "has".length : argument.range.start + (error.range?.start ?? 1) - 1;
      return issue(expression, place, `undefined field '${name}'`);
    }
    return undefined;
  }
  return undefinedInHas(environment, expression, node.args);
}

function firstOf<T, R>(list: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The variable of the whole expression that a selection begins with. */
function rootOf(node: ASTNode | undefined): string | undefined {
  if (node?.op === ".") return rootOf(node.args[0]);
  return node?.op === "id" && ["self", "oldSelf", "request", "namespaceObject", "variables"].includes(node.args)
    ? node.args
    : undefined;
}
