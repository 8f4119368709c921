import type { OperationContext } from "@fairway/core";
import { type AppState, isInUse, type RevisionObject } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { deactivate, removeRevision } from "./revision-writes.ts";

/** How many revisions out of service stay for a roll-back. */
export const defaultHistoryLimit = 10;

/** Older revisions without traffic and label go out of service, and beyond the history limit they go for good. */
export async function retireUnused(
  context: AksContext,
  state: AppState,
  newest: string,
  historyLimit: number,
  operation: OperationContext,
): Promise<void> {
  const unused = unusedRevisions(state, newest);
  for (const [index, revision] of unused.entries()) {
    if (index >= historyLimit) {
      operation.report(`Removing old revision ${revision.name}`);
      await removeRevision(context, revision.name);
    } else if (revision.isActive) {
      operation.report(`Taking revision ${revision.name} out of service`);
      await deactivate(context, revision);
    }
  }
}

/** Newest first. Only older ones: a newer one belongs to an apply that is still under way. */
export function unusedRevisions(state: AppState, newest: string): readonly RevisionObject[] {
  const older = state.revisions.slice(state.revisions.findIndex(({ name }) => name === newest) + 1);
  return older.filter(({ name }) => !isInUse(state, name));
}
