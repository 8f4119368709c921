import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { isNode } from "./compile-errors.ts";

/**
 * The expression with `text.matches(pattern)` as `matches(text, pattern)`: the library reads the pattern of the method as
 * JavaScript does, and our function as RE2.
 */
export function withOwnMatches(environment: Environment, expression: string): string {
  let text = expression;
  while (text.includes("matches")) {
    const call = matchesCall(environment.parse(text).ast);
    if (!call) return text;
    const [, target, args] = call.args;
    const parts = [target, ...args].map(({ range }) => text.slice(range.start, range.end));
    text = `${text.slice(0, call.range.start)}matches(${parts.join(", ")})${text.slice(call.range.end)}`;
  }
  return text;
}

type MethodCall = Extract<ASTNode, { op: "rcall" }>;

function matchesCall(node: unknown): MethodCall | undefined {
  if (Array.isArray(node)) {
    for (const one of node) {
      const found = matchesCall(one);
      if (found) return found;
    }
    return undefined;
  }
  if (!isNode(node)) return undefined;
  return node.op === "rcall" && node.args[0] === "matches" ? node : matchesCall(node.args);
}
