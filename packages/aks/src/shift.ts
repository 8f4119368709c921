import type { OperationContext, Revision } from "@fairway/core";
import { checkSplit, FairwayError, type TrafficWeights } from "@fairway/model";
import { type AppState, findRevision, isInUse, readAppState, readExistingApp } from "./app-state.ts";
import { largest } from "./apply.ts";
import type { AksContext } from "./context.ts";
import { revisionSelector } from "./names.ts";
import { waitUntilReady } from "./readiness.ts";
import { activate, deactivate } from "./revision-writes.ts";
import { describeRevisions } from "./revisions.ts";
import { changeRoute, waitUntilProgrammed, withOtherWeights } from "./routing.ts";

export async function shiftTraffic(
  context: AksContext,
  app: string,
  weights: TrafficWeights,
  operation: OperationContext,
): Promise<readonly Revision[]> {
  const state = await readExistingApp(context.kubernetes, app);
  const split = checkSplit(
    weights,
    state.revisions.map(({ name }) => name),
  );
  await putIntoService(context, state, Object.keys(split), operation);
  operation.signal.throwIfAborted();
  if (state.route) await writeWeights(context, app, split, operation);
  else await replace(context, state, split);
  operation.report(
    `${app}: ${Object.entries(split)
      .map(([name, weight]) => `${name} ${weight} %`)
      .join(", ")}`,
    1,
  );
  return describeRevisions(context, await readAppState(context.kubernetes, app));
}

/** Revisions that were out of service must be ready before the first request reaches them. */
async function putIntoService(
  context: AksContext,
  state: AppState,
  revisions: readonly string[],
  operation: OperationContext,
): Promise<void> {
  for (const name of revisions) {
    const revision = findRevision(state, name);
    if (revision.isActive) continue;
    operation.report(`Starting revision ${name}`);
    await activate(context, revision);
    await waitUntilReady(context, name, operation);
  }
}

async function writeWeights(
  context: AksContext,
  app: string,
  split: TrafficWeights,
  operation: OperationContext,
): Promise<void> {
  const known = (await readAppState(context.kubernetes, app)).revisions.filter(({ isActive }) => isActive);
  const zeros = Object.fromEntries(known.map(({ name }) => [name, 0]));
  const route = await changeRoute(context, app, (live) => live && withOtherWeights(live, { ...zeros, ...split }));
  const favourite = largest(split);
  if (favourite !== undefined) {
    await context.kubernetes.patch(
      { apiVersion: "v1", kind: "Service", name: app },
      { spec: { selector: revisionSelector(favourite) } },
    );
  }
  if (route) await waitUntilProgrammed(context, route, operation);
}

/** Without ingress work cannot be divided: one revision takes over, the others stop. */
async function replace(context: AksContext, state: AppState, split: TrafficWeights): Promise<void> {
  const [chosen, ...more] = Object.keys(split);
  if (chosen === undefined || more.length > 0) {
    throw new FairwayError("not-supported", `${state.app} has no ingress, so its work cannot be divided by weight.`, {
      hint: "Give one revision 100: it takes over and the others stop.",
    });
  }
  for (const revision of state.revisions) {
    if (revision.name === chosen || !revision.isActive) continue;
    if (isInUse({ ...state, weights: {} }, revision.name)) continue;
    await deactivate(context, revision);
  }
}
