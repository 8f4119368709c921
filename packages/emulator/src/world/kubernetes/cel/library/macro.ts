import { ParseError } from "@marcbachmann/cel-js";

/** How the library hands a macro its parts; what it has of them is more than is named here. */
export interface MacroCall {
  readonly args: readonly unknown[];
  readonly receiver: unknown;
}

export interface Macro {
  typeCheck(checker: Checker, macro: unknown, scope: Scope): Type;
  evaluate(evaluator: Evaluator, macro: unknown, scope: Scope): unknown;
}

export interface Type {
  readonly kind: string;
  readonly keyType: Type;
  readonly valueType?: Type;
}

export interface Checker {
  check(node: unknown, scope: Scope): Type;
  getType(name: string): Type;
}

export interface Evaluator {
  run(node: unknown, scope: Scope): unknown;
}

/** The variables that can be seen at a place. */
export interface Scope {
  forkWithVariable(name: string, type: Type): Scope;
  reuse(parent: Scope): Scope;
  setIterValue(value: unknown, evaluator: Evaluator): Scope;
}

/** The name of an iteration's variable. */
export function nameOf(node: unknown): string {
  if (typeof node === "object" && node !== null && "op" in node && node.op === "id" && "args" in node) {
    return String(node.args);
  }
  throw new ParseError("argument must be a simple name");
}
