import type { ArmOperation } from "../world/arm/operations.ts";
import type { ArmCaller, StateParts } from "./parts.ts";

export type SavedOperation = Omit<ArmOperation, "result"> & { readonly body: unknown };

/** So many of the newest: nobody polls older ones. */
const keptOperations = 500;

export function saveOperations({ armOptions: { operations } }: StateParts): readonly SavedOperation[] {
  const newest = operations.list().slice(-keptOperations);
  return newest.map(({ result, ...operation }) => ({ ...operation, body: bodyOf(result) }));
}

/** The result of an operation that has not come far may not be there to be read. */
function bodyOf(result: () => unknown): unknown {
  try {
    return result();
  } catch {
    return undefined;
  }
}

/** Ended ones say what they said. Running ones go on: they are returned, to be ended when their resources are there. */
export function resumeOperations(
  { armOptions: { operations } }: StateParts,
  saved: readonly SavedOperation[],
  call: ArmCaller,
): readonly ArmOperation[] {
  const resumed = saved.map(
    ({ body, ...operation }): ArmOperation => ({ ...operation, result: () => now(body, call) }),
  );
  for (const operation of resumed) operations.resume(operation);
  return resumed.filter(({ status }) => status.kind === "running");
}

const versions: Readonly<Record<string, string>> = {
  "microsoft.containerservice": "2026-06-01",
  "microsoft.app": "2026-07-01",
};

/** The resource as it is by now; as it was, when it can no longer be read. */
function now(body: unknown, call: ArmCaller): unknown {
  const id = typeof body === "object" && body !== null && "id" in body ? String(body.id) : "";
  const provider = /\/providers\/([^/]+)\//i.exec(id)?.[1]?.toLowerCase() ?? "";
  const version = versions[provider];
  if (version === undefined) return body;
  try {
    return call("GET", `${id}?api-version=${version}`, undefined);
  } catch {
    return body;
  }
}

/** Everything is as they were to make it. */
export function endResumed({ armOptions: { operations } }: StateParts, resumed: readonly ArmOperation[]): void {
  for (const operation of resumed) operations.succeed(operation);
}
