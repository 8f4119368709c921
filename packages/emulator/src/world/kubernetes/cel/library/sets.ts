import type { Environment } from "@marcbachmann/cel-js";
import { sameValue } from "../equality.ts";

class Sets {}

/** `sets.contains`, `sets.equivalent` and `sets.intersects` of cel-go. */
export function addSets(environment: Environment): void {
  environment.registerType("SetsNamespace", Sets);
  environment.registerConstant("sets", "SetsNamespace", new Sets());
  const add = (name: string, judge: (one: readonly unknown[], other: readonly unknown[]) => boolean): void => {
    environment.registerFunction(
      `SetsNamespace.${name}(list<dyn>, list<dyn>): bool`,
      (_: Sets, one: readonly unknown[], other: readonly unknown[]) => judge(one, other),
    );
  };
  add("contains", contains);
  add("equivalent", (one, other) => contains(one, other) && contains(other, one));
  add("intersects", (one, other) => one.some((value) => other.some((wanted) => sameValue(value, wanted))));
}

function contains(list: readonly unknown[], wanted: readonly unknown[]): boolean {
  return wanted.every((one) => list.some((value) => sameValue(value, one)));
}
