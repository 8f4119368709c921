import type { OperationContext, Revision, ScaleBounds } from "@fairway/core";
import { type App, FairwayError, parseApp } from "@fairway/model";
import { type AppState, describedApp, type RevisionObject, readAppState, readExistingApp } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { withoutSecrets } from "./manifests/deployment.ts";
import { isScaled, startReplicas } from "./manifests/scaling.ts";
import { descriptionAnnotation } from "./names.ts";
import { waitUntilReady } from "./readiness.ts";
import { deploymentReference, setRuntimeState, writeGuards } from "./revision-writes.ts";
import { describeRevisions } from "./revisions.ts";

/** No new revision: the bounds are not part of what a replica is. */
export async function scaleApp(
  context: AksContext,
  app: string,
  bounds: ScaleBounds,
  operation: OperationContext,
): Promise<readonly Revision[]> {
  const state = await readExistingApp(context.kubernetes, app);
  const revisions = revisionsWithTraffic(state);
  const rescaled = revisions.map((revision) => ({ revision, app: withBounds(revision, bounds) }));
  for (const each of rescaled) {
    operation.signal.throwIfAborted();
    operation.report(`Scaling ${each.revision.name} to ${bounds.min}–${bounds.max} replicas`);
    await rescale(context, each.revision, each.app);
  }
  for (const { revision } of rescaled) await waitUntilReady(context, revision.name, operation);
  return describeRevisions(context, await readAppState(context.kubernetes, app));
}

/** Nobody has traffic yet: the newest in service. */
function revisionsWithTraffic(state: AppState): readonly RevisionObject[] {
  const withTraffic = state.revisions.filter(({ name }) => (state.weights[name] ?? 0) > 0);
  if (withTraffic.length > 0) return withTraffic;
  return state.revisions.filter(({ isActive }) => isActive).slice(0, 1);
}

function withBounds(revision: RevisionObject, { min, max }: ScaleBounds): App {
  const app = describedApp(revision);
  if (app) return parseApp({ ...app, scale: { ...app.scale, min, max } });
  throw new FairwayError("conflict", `Revision ${revision.name} has lost the description that it was made from.`, {
    hint: "Somebody changed its annotations. Apply the app again, with the scale that you want.",
  });
}

async function rescale(context: AksContext, revision: RevisionObject, app: App): Promise<void> {
  const keda = (await context.kubernetes.groups()).has("keda.sh");
  await context.kubernetes.patch(deploymentReference(revision.name), {
    metadata: { annotations: { [descriptionAnnotation]: JSON.stringify(withoutSecrets(app)) } },
  });
  await writeGuards(context, app, revision.name, false);
  const current = revision.deployment.spec?.replicas ?? 1;
  const wanted = isScaled(app, keda) ? within(current, app.scale) : startReplicas(app);
  if (wanted !== current) await setRuntimeState(context, revision.name, { replicas: wanted, isActive: true });
}

/** The autoscaler would get there by itself, but only at its next look. Zero replicas are its own decision. */
function within(current: number, { min, max }: ScaleBounds): number {
  return current === 0 && min === 0 ? 0 : Math.min(max, Math.max(min, 1, current));
}
