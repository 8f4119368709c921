import type { OperationContext, Revision } from "@fairway/core";
import { checkSplit, FairwayError, type TrafficWeights } from "@fairway/model";
import { type AppState, canServe, findRevision, isInUse, readAppState, readExistingApp } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { largest } from "./ingress.ts";
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
  if (state.route) await writeWeights(context, state, split, operation);
  else await replace(context, state, split);
  operation.report(
    `${app}: ${Object.entries(split)
      .map(([name, weight]) => `${name} ${weight} %`)
      .join(", ")}`,
    1,
  );
  return describeRevisions(context, await readAppState(context.kubernetes, app));
}

/** What newly gets traffic must be able to serve before the first request reaches it. */
async function putIntoService(
  context: AksContext,
  state: AppState,
  revisions: readonly string[],
  operation: OperationContext,
): Promise<void> {
  const gaining = revisions.filter((name) => (state.weights[name] ?? 0) === 0);
  for (const revision of gaining.map((name) => findRevision(state, name))) {
    if (!revision.isActive) {
      operation.report(`Starting revision ${revision.name}`);
      await activate(context, revision);
    } else if (canServe(revision)) continue;
    await waitUntilReady(context, revision.name, operation);
  }
}

async function writeWeights(
  context: AksContext,
  { app, revisions }: AppState,
  split: TrafficWeights,
  operation: OperationContext,
): Promise<void> {
  const inService = revisions.filter(({ isActive }) => isActive);
  const zeros = Object.fromEntries(inService.map(({ name }) => [name, 0]));
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
