import { type Environment, Optional } from "@marcbachmann/cel-js";
import { compareValues, sameValue } from "../equality.ts";
import { evaluationError } from "../errors.ts";

/**
 * Functions of lists that Kubernetes and cel-go's list extension add. Elements are `dyn` where they may be anything: the
 * library leaves a parameter open when it does not know the list.
 */
export function addLists(environment: Environment): void {
  for (const type of comparable) {
    environment.registerFunction(`list<${type}>.isSorted(): bool`, isSorted);
    environment.registerFunction(`list<${type}>.min(): ${type}`, (list: readonly unknown[]) => extreme(list, -1));
    environment.registerFunction(`list<${type}>.max(): ${type}`, (list: readonly unknown[]) => extreme(list, 1));
    environment.registerFunction(`list<${type}>.sort(): list<${type}>`, sorted);
  }
  environment.registerFunction("list<int>.sum(): int", (list: readonly bigint[]) => list.reduce((a, b) => a + b, 0n));
  environment.registerFunction("list<double>.sum(): double", (list: readonly number[]) =>
    list.reduce((a, b) => a + b, 0),
  );
  environment.registerFunction("list<dyn>.indexOf(dyn): int", (list: readonly unknown[], wanted: unknown) =>
    BigInt(list.findIndex((one) => sameValue(one, wanted))),
  );
  environment.registerFunction("list<dyn>.lastIndexOf(dyn): int", (list: readonly unknown[], wanted: unknown) =>
    BigInt(list.findLastIndex((one) => sameValue(one, wanted))),
  );
  environment.registerFunction("list<dyn>.distinct(): list<dyn>", (list: readonly unknown[]) =>
    list.filter((one, index) => list.findIndex((other) => sameValue(one, other)) === index),
  );
  for (const [name, index] of [["first", 0] as const, ["last", -1] as const]) {
    environment.registerFunction(`list<dyn>.${name}(): optional<dyn>`, (list: readonly unknown[]) =>
      list.length === 0 ? Optional.none() : Optional.of(list.at(index)),
    );
  }
  environment.registerFunction("list<dyn>.reverse(): list<dyn>", (list: readonly unknown[]) => list.toReversed());
  environment.registerFunction("list<dyn>.slice(int, int): list<dyn>", slice);
  environment.registerFunction("list<list<dyn>>.flatten(): list<dyn>", (list: readonly unknown[]) => list.flat());
  environment.registerFunction("list<dyn>.flatten(int): list<dyn>", (list: readonly unknown[], depth: bigint) =>
    flattened(list, Number(depth)),
  );
  addRange(environment);
}

const comparable = [
  "int",
  "uint",
  "double",
  "bool",
  "google.protobuf.Duration",
  "google.protobuf.Timestamp",
  "string",
  "bytes",
];

class Lists {}

function addRange(environment: Environment): void {
  environment.registerType("ListsNamespace", Lists);
  environment.registerConstant("lists", "ListsNamespace", new Lists());
  environment.registerFunction("ListsNamespace.range(int): list<int>", (_: Lists, end: bigint) =>
    Array.from({ length: Number(end) }, (_one, index) => BigInt(index)),
  );
}

function isSorted(list: readonly unknown[]): boolean {
  return list.every((one, index) => index === 0 || compareValues(list[index - 1], one) <= 0);
}

function sorted(list: readonly unknown[]): readonly unknown[] {
  return list.toSorted(compareValues);
}

function extreme(list: readonly unknown[], sign: 1 | -1): unknown {
  if (list.length === 0) throw evaluationError(`${sign === 1 ? "max" : "min"} called on empty list`);
  return list.reduce((best, one) => (compareValues(one, best) * sign > 0 ? one : best));
}

function slice(list: readonly unknown[], from: bigint, to: bigint): readonly unknown[] {
  const refuse = (why: string): Error => evaluationError(`cannot slice(${from}, ${to}), ${why}`);
  if (from < 0n || to < 0n) throw refuse("negative indexes not supported");
  if (from > to) throw refuse("start index must be less than or equal to end index");
  if (Number(to) > list.length) throw refuse(`list is length ${list.length}`);
  return list.slice(Number(from), Number(to));
}

function flattened(list: readonly unknown[], depth: number): readonly unknown[] {
  if (depth < 0) throw evaluationError("level must be non-negative");
  return list.flatMap((one) => (depth > 0 && Array.isArray(one) ? flattened(one, depth - 1) : [one]));
}
