import { invalidRequestContent, methodNotAllowed } from "../../world/arm/errors.ts";
import type { LockLevel, ManagementLock, ManagementLocks } from "../../world/arm/locks.ts";
import { ArmError, type ArmRequest, type ArmResponse } from "../../world/arm/provider.ts";
import type { CallContent } from "./call.ts";

/** `{scope}/providers/Microsoft.Authorization/locks[/{name}]` */
export interface LockPath {
  readonly kind: "locks";
  readonly subscription: string;
  /** Name of the group that the scope is in; undefined: the whole subscription is the scope. */
  readonly group?: string;
  readonly scope: string;
  /** Undefined: the list. */
  readonly name?: string;
}

export function locksEndpoint(locks: ManagementLocks, { scope, name }: LockPath, call: CallContent): ArmResponse {
  if (name === undefined) {
    if (call.method !== "GET") throw methodNotAllowed(call.method);
    return { status: 200, body: { value: locks.within(scope).map(lockBody) } };
  }
  const existing = locks.get(scope, name);
  switch (call.method) {
    case "GET":
    case "HEAD":
      if (!existing) throw new ArmError(404, "LockNotFound", `The lock '${name}' could not be found.`);
      return { status: 200, body: lockBody(existing) };
    case "PUT": {
      const lock = { scope, name, ...lockContent(call.body) };
      locks.set(lock);
      return { status: existing ? 200 : 201, body: lockBody(lock) };
    }
    case "DELETE":
      return { status: locks.remove(scope, name) ? 200 : 204 };
    case "PATCH":
    case "POST":
      throw methodNotAllowed(call.method);
  }
}

/** Throws 409 `ScopeLocked` when a lock keeps the call from what it is about (ARM docs, lock resources). POST counts as writing. */
export function refuseLocked(locks: ManagementLocks, scope: string, method: ArmRequest["method"]): void {
  if (method === "GET" || method === "HEAD") return;
  const action = method === "DELETE" ? "delete" : "write";
  const against = locks.against(scope, action);
  if (against.length === 0) return;
  const scopes = [...new Set(against.map((lock) => `'${lock.scope}'`))].join(",");
  const text = `The scope '${scope}' cannot perform ${action} operation because following scope(s) are locked: ${scopes}. Please remove the lock and try again.`;
  throw new ArmError(409, "ScopeLocked", text);
}

function lockContent(body: unknown): { level: LockLevel; notes: string | undefined } {
  const properties = isRecord(body) && isRecord(body["properties"]) ? body["properties"] : {};
  const { level, notes } = properties;
  const known = (["CanNotDelete", "ReadOnly"] as const).find(
    (one) => one.toLowerCase() === String(level).toLowerCase(),
  );
  if (!known) throw invalidRequestContent(`properties.level must be CanNotDelete or ReadOnly, not ${String(level)}`);
  return { level: known, notes: typeof notes === "string" ? notes.slice(0, 512) : undefined };
}

function lockBody({ scope, name, level, notes }: ManagementLock): Record<string, unknown> {
  return {
    properties: { level, ...(notes === undefined ? {} : { notes }) },
    id: `${scope}/providers/Microsoft.Authorization/locks/${name}`,
    type: "Microsoft.Authorization/locks",
    name,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
