import type { Environment } from "@marcbachmann/cel-js";

/** What a mutation wants: members of an object, or one operation of a JSON patch. */
export class Constructed {
  readonly members: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, unknown>>) {
    this.members = members;
  }
}

class ConstructedObject extends Constructed {}

class ConstructedPatch extends Constructed {}

class Patches {}

/** What mutating policies construct, once it is written as calls, and `jsonpatch.escapeKey`. */
export function addPatches(environment: Environment): void {
  environment.registerType("Object", ConstructedObject);
  environment.registerType("JSONPatch", ConstructedPatch);
  environment.registerType("PatchesNamespace", Patches);
  environment.registerConstant("jsonpatch", "PatchesNamespace", new Patches());
  environment.registerFunction(
    "asObject(map): Object",
    (members: Record<string, unknown>) => new ConstructedObject(members),
  );
  environment.registerFunction(
    "asPatch(map): JSONPatch",
    (members: Record<string, unknown>) => new ConstructedPatch(members),
  );
  environment.registerFunction("asPart(map): dyn", (members: Record<string, unknown>) => members);
  environment.registerFunction("PatchesNamespace.escapeKey(string): string", (_: Patches, key: string) =>
    key.replaceAll("~", "~0").replaceAll("/", "~1"),
  );
}
