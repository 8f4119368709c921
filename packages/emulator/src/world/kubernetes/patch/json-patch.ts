import { cloneJson, isRecord, type JsonRecord, sameJson } from "../json.ts";
import { badRequest, rejected, StatusError } from "../status-error.ts";

/** A patch of more operations is refused (apiserver: maxJSONPatchOperations). */
const operationLimit = 10_000;

/** JSON patch, RFC 6902, as Go's json-patch has it. 422 for a list that is no patch, or for one that does not fit. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (patch === null) return target;
  if (!Array.isArray(patch)) throw notDecoded(patch, "[]handlers.jsonPatchOp");
  const operations = patch.map(operationOf);
  if (patch.length > operationLimit) {
    const message = `The allowed maximum operations in a JSON patch is ${operationLimit}, got ${patch.length}`;
    throw new StatusError(413, "RequestEntityTooLarge", message);
  }
  let draft: unknown = cloneJson(target);
  for (const operation of operations) {
    if (operation["path"] === "" && replacesAll.has(operation["op"])) draft = operation["value"];
    else carryOut(draft, operation);
  }
  return draft;
}

const replacesAll: ReadonlySet<unknown> = new Set(["replace", "add"]);

/** 400 for a patch that is another thing than its media type says. */
export function notDecoded(patch: unknown, goType: string): StatusError {
  return badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(patch)} into Go value of type ${goType}`);
}

function jsonKind(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "array" : isRecord(value) ? "object" : typeof value;
}

function operationOf(operation: unknown): JsonRecord {
  if (operation === null) return {};
  if (!isRecord(operation)) throw notDecoded(operation, "handlers.jsonPatchOp");
  for (const member of ["op", "from", "path"]) {
    const value = operation[member] ?? "";
    if (typeof value !== "string") {
      const place = `Go struct field jsonPatchOp.${member} of type string`;
      throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(value)} into ${place}`);
    }
  }
  return operation;
}

function carryOut(draft: unknown, { op, path, from, value = null }: JsonRecord): void {
  switch (op) {
    case "add":
      placeAt(draft, path).add(value);
      return;
    case "remove":
      placeAt(draft, path).remove();
      return;
    case "replace":
      placeAt(draft, path).replace(value);
      return;
    case "move": {
      const source = placeAt(draft, from);
      const moved = source.get();
      source.remove();
      placeAt(draft, path).add(moved);
      return;
    }
    case "copy":
      placeAt(draft, path).add(cloneJson(placeAt(draft, from).get()));
      return;
    case "test":
      if (!sameJson(placeAt(draft, path).get(), value)) throw rejected();
      return;
    default:
      throw rejected();
  }
}

interface Place {
  /** Null for a member that is not there. */
  get(): unknown;
  add(value: unknown): void;
  replace(value: unknown): void;
  remove(): void;
}

function placeAt(draft: unknown, path: unknown): Place {
  const [, ...parts] = typeof path === "string" && path.includes("/") ? path.split("/") : [];
  const key = parts.pop();
  if (key === undefined) throw rejected();
  const owner = parts.reduce((value, part) => (value === null ? null : place(value, named(part)).get()), draft);
  return place(owner, named(key));
}

function named(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function place(owner: unknown, key: string): Place {
  if (Array.isArray(owner)) return inList(owner, key);
  if (isRecord(owner)) return inRecord(owner, key);
  throw rejected();
}

function inRecord(owner: JsonRecord, key: string): Place {
  const set = (value: unknown): void => {
    Object.defineProperty(owner, key, { value, enumerable: true, configurable: true, writable: true });
  };
  return {
    get: () => (Object.hasOwn(owner, key) ? (owner[key] ?? null) : null),
    add: set,
    replace: set,
    remove: () => {
      if (!Object.hasOwn(owner, key)) throw rejected();
      delete owner[key];
    },
  };
}

/** Negative numbers count from the end. */
function inList(list: unknown[], key: string): Place {
  const indexWithin = (length: number): number => {
    const index = /^[+-]?\d+$/.test(key) ? Number(key) : Number.NaN;
    if (!(index < length && index >= -length)) throw rejected();
    return index < 0 ? index + length : index;
  };
  return {
    get: () => list[indexWithin(list.length)] ?? null,
    add: (value) => void list.splice(key === "-" ? list.length : indexWithin(list.length + 1), 0, value),
    replace: (value) => {
      list[indexWithin(list.length)] = value;
    },
    remove: () => void list.splice(indexWithin(list.length), 1),
  };
}
