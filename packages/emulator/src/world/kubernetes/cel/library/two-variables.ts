import { type Environment, EvaluationError } from "@marcbachmann/cel-js";
import { compareValues } from "../equality.ts";
import { evaluationError } from "../errors.ts";
import { type Evaluator, type Macro, type MacroCall, nameOf, type Scope } from "./macro.ts";

/** Comprehensions over index and value, or key and value, as cel-go's extension has them; and `sortBy`. */
export function addComprehensions(environment: Environment): void {
  const add = (name: string, parameters: number, returns: string, result: Result): void => {
    const list = Array.from({ length: parameters }, () => "ast").join(", ");
    environment.registerFunction(`list.${name}(${list}): ${returns}`, (call: MacroCall) =>
      macroOf(call, returns, result),
    );
  };
  add("all", 3, "bool", (items) => judged(items, false));
  add("exists", 3, "bool", (items) => judged(items, true));
  add("existsOne", 3, "bool", (items) => [...items].filter(([value]) => value() === true).length === 1);
  for (const parameters of [3, 4]) {
    add("transformList", parameters, "list<dyn>", (items) => kept(items).map(([, value]) => value));
    add("transformMap", parameters, "map<dyn, dyn>", (items) => Object.fromEntries(kept(items)));
    add("transformMapEntry", parameters, "map<dyn, dyn>", (items) =>
      Object.assign({}, ...kept(items).map(([, value]) => value)),
    );
  }
  environment.registerFunction("list.sortBy(ast, ast): list<dyn>", sortBy);
}

/** What an expression says of each item: its last part, where the one before it (if there are two) is true. */
type Items = Iterable<readonly [value: () => unknown, key: unknown, isWanted: () => unknown]>;
type Result = (items: Items) => unknown;

function kept(items: Items): readonly (readonly [string, unknown])[] {
  const wanted = [...items].filter(([, , isWanted]) => isWanted() === true);
  return wanted.map(([value, key]) => [String(key), value()]);
}

/** An error counts only where no other item settles it. */
function judged(items: Items, settling: boolean): boolean {
  let failed: unknown;
  for (const [value] of items) {
    try {
      if (value() === settling) return settling;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      failed ??= error;
    }
  }
  if (failed !== undefined) throw failed;
  return !settling;
}

function macroOf({ args, receiver }: MacroCall, returns: string, result: Result): Macro {
  const [key, value, ...parts] = args;
  const last = parts.at(-1);
  const filter = parts.length > 1 ? parts[0] : undefined;
  const names = [nameOf(key), nameOf(value)] as const;
  let scopes: readonly [Scope, Scope] | undefined;
  return {
    typeCheck(checker, _macro, scope) {
      const of = checker.check(receiver, scope);
      const outer = scope.forkWithVariable(
        names[0],
        of.kind === "map" ? of.keyType : checker.getType(of.kind === "list" ? "int" : "dyn"),
      );
      const inner = outer.forkWithVariable(names[1], of.valueType ?? checker.getType("dyn"));
      scopes = [outer, inner];
      for (const part of parts) checker.check(part, inner);
      return checker.getType(returns);
    },
    evaluate(evaluator, _macro, scope) {
      if (!scopes) throw evaluationError("not checked");
      const [outer, inner] = scopes;
      const items = entriesOf(evaluator.run(receiver, scope)).map(([one, item]) => {
        const run = (part: unknown): unknown => {
          const within = outer.reuse(scope).setIterValue(one, evaluator);
          return evaluator.run(part, inner.reuse(within).setIterValue(item, evaluator));
        };
        return [() => run(last), one, () => filter === undefined || run(filter)] as const;
      });
      return result(items);
    },
  };
}

function entriesOf(collection: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(collection)) return collection.map((item, index) => [BigInt(index), item] as const);
  if (typeof collection === "object" && collection !== null) return Object.entries(collection);
  throw evaluationError("no such overload");
}

function sortBy({ args, receiver }: MacroCall): Macro {
  const [variable, key] = args;
  const name = nameOf(variable);
  let within: Scope | undefined;
  return {
    typeCheck(checker, _macro, scope) {
      const of = checker.check(receiver, scope);
      within = scope.forkWithVariable(name, of.valueType ?? checker.getType("dyn"));
      checker.check(key, within);
      return of;
    },
    evaluate(evaluator: Evaluator, _macro, scope) {
      const list = evaluator.run(receiver, scope);
      const inner = within;
      if (!Array.isArray(list) || !inner) throw evaluationError("no such overload");
      const keyed = list.map((item): readonly [unknown, unknown] => {
        return [evaluator.run(key, inner.reuse(scope).setIterValue(item, evaluator)), item];
      });
      return keyed.toSorted(([one], [other]) => compareValues(one, other)).map(([, item]) => item);
    },
  };
}
