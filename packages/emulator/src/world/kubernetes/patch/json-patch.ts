import { applyPatch, type Patch } from "rfc6902";
import { cloneJson, isRecord } from "../json.ts";
import { badRequest, rejected, StatusError } from "../status-error.ts";

/** A patch of more operations is refused (apiserver: maxJSONPatchOperations). */
const operationLimit = 10_000;
const operations = new Set(["add", "remove", "replace", "move", "copy", "test"]);

/** JSON patch, RFC 6902. 422 for a list that is no patch, or for one that does not fit the object. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw notDecoded(patch, "[]handlers.jsonPatchOp");
  if (patch.length > operationLimit) {
    const message = `The allowed maximum operations in a JSON patch is ${operationLimit}, got ${patch.length}`;
    throw new StatusError(413, "RequestEntityTooLarge", message);
  }
  if (!isPatch(patch)) throw rejected();
  let draft: unknown = cloneJson(target);
  for (const operation of patch) {
    if (operation.path === "" && (operation.op === "replace" || operation.op === "add")) draft = operation.value;
    else carryOut(draft, operation);
  }
  return draft;
}

/** 400 for a patch that is another thing than its media type says. */
export function notDecoded(patch: unknown, goType: string): StatusError {
  const found = Array.isArray(patch) ? "array" : isRecord(patch) ? "object" : typeof patch;
  return badRequest(`error decoding patch: json: cannot unmarshal ${found} into Go value of type ${goType}`);
}

function isPatch(patch: readonly unknown[]): patch is Patch {
  return patch.every(
    (operation: unknown) =>
      isRecord(operation) &&
      typeof operation["op"] === "string" &&
      operations.has(operation["op"]) &&
      typeof operation["path"] === "string",
  );
}

/** Go's library sets what a `replace` does not find. */
function carryOut(draft: unknown, operation: Patch[number]): void {
  const [failure] = attempt(draft, [operation]);
  if (!failure) return;
  const isAbsent = operation.op === "replace" && failure.name === "MissingError";
  const [second] = isAbsent ? attempt(draft, [{ ...operation, op: "add" }]) : [failure];
  if (second) throw rejected();
}

function attempt(draft: unknown, patch: Patch): readonly (Error | null)[] {
  try {
    return applyPatch(draft, patch);
  } catch {
    throw rejected();
  }
}
