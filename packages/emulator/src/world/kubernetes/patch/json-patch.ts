import { applyPatch, type Patch } from "rfc6902";
import { cloneJson, isRecord } from "../json.ts";
import { badRequest, unprocessable } from "../status-error.ts";

/** A patch of more operations is refused (apiserver: maxJSONPatchOperations). */
const operationLimit = 10_000;
const operations = new Set(["add", "remove", "replace", "move", "copy", "test"]);

/** JSON patch, RFC 6902. 400 for what is no patch, 422 for one that does not fit the object. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!isPatch(patch)) throw badRequest("error decoding patch: a JSON patch is a list of operations");
  if (patch.length > operationLimit) {
    throw unprocessable(`The allowed maximum operations in a JSON patch is ${operationLimit}, got ${patch.length}`);
  }
  const draft: unknown = cloneJson(target);
  const failure = carryOut(draft, patch).find((result) => result !== null);
  if (failure)
    throw unprocessable(`the server rejected our request due to an error in our request: ${failure.message}`);
  return draft;
}

function isPatch(patch: unknown): patch is Patch {
  return (
    Array.isArray(patch) &&
    patch.every(
      (operation: unknown) =>
        isRecord(operation) &&
        typeof operation["op"] === "string" &&
        operations.has(operation["op"]) &&
        typeof operation["path"] === "string",
    )
  );
}

function carryOut(draft: unknown, patch: Patch): readonly (Error | null)[] {
  try {
    return applyPatch(draft, patch);
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : "not a JSON pointer"}`);
  }
}
