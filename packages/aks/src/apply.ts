import type { ApplyOptions, OperationContext, Revision } from "@fairway/core";
import type { App } from "@fairway/model";
import type { V1Pod } from "@kubernetes/client-node";
import { type AppState, findRevision, type RevisionObject, readAppState } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { diagnose } from "./diagnosis.ts";
import { writeIngress } from "./ingress.ts";
import { renderRevision, revisionName } from "./manifests/revision.ts";
import { isScaled, startReplicas } from "./manifests/scaling.ts";
import { revisionSelector } from "./names.ts";
import { prepareCluster } from "./preparation.ts";
import { waitUntilReady } from "./readiness.ts";
import { defaultHistoryLimit, retireUnused } from "./retirement.ts";
import { setRuntimeState, writeGuards } from "./revision-writes.ts";
import { describeRevisions } from "./revisions.ts";

/** See `DeploymentTarget.apply`. What comes first can be repeated; traffic is touched last, when the revision is ready. */
export async function applyApp(
  context: AksContext,
  app: App,
  options: ApplyOptions,
  operation: OperationContext,
): Promise<Revision> {
  const before = await readAppState(context.kubernetes, app.name);
  const name = revisionName(app);
  const existing = before.revisions.find((revision) => revision.name === name);
  await prepareCluster(context, app, operation);
  operation.signal.throwIfAborted();
  operation.report(existing ? `Revision ${name} exists` : `Creating revision ${name}`, 0);
  await writeRevision(context, app, name, existing);
  await waitUntilReady(context, name, operation, options.readyTimeoutMs);
  operation.signal.throwIfAborted();
  await writeIngress(context, app, name, operation);
  const after = await readAppState(context.kubernetes, app.name);
  const { historyLimit = existing ? undefined : defaultHistoryLimit } = options;
  if (historyLimit !== undefined) await retireUnused(context, after, name, historyLimit, operation);
  operation.report(`Revision ${name} is ready`, 1);
  return describeOne(context, after, name);
}

async function writeRevision(
  context: AksContext,
  app: App,
  name: string,
  existing: RevisionObject | undefined,
): Promise<void> {
  const { kubernetes } = context;
  const keda = (await kubernetes.groups()).has("keda.sh");
  const createdAt = existing?.createdAt ?? new Date(context.clock.now()).toISOString();
  const { workload } = renderRevision(app, { namespace: kubernetes.namespace, revision: name, createdAt, keda });
  for (const manifest of workload) await kubernetes.apply(manifest);
  if (existing) await restartFailed(context, existing);
  // An autoscaler that goes away must be gone before the number is set: it would set its own again.
  await writeGuards(context, app, name, existing === undefined);
  const replicas = replicasToSet(app, existing, keda);
  if (replicas !== undefined) await setRuntimeState(context, name, { replicas, isActive: true });
}

/** Whoever applies a revision again that had failed wants another try: without its pods it starts afresh. */
async function restartFailed({ kubernetes }: AksContext, { name, deployment }: RevisionObject): Promise<void> {
  if ((deployment.status?.availableReplicas ?? 0) > 0) return;
  const pods = await kubernetes.list<V1Pod>("v1", "Pod", { labels: revisionSelector(name) });
  if (diagnose(pods).kind !== "failed") return;
  await Promise.all(
    pods.map(({ metadata }) => kubernetes.remove({ apiVersion: "v1", kind: "Pod", name: metadata?.name ?? "" })),
  );
}

/** Undefined when the number stays as it is: right, or the business of the autoscaler. */
function replicasToSet(app: App, existing: RevisionObject | undefined, keda: boolean): number | undefined {
  const start = startReplicas(app);
  if (!existing) return start > 1 ? start : undefined;
  if (!existing.isActive) return start;
  const current = existing.deployment.spec?.replicas ?? 1;
  if (!isScaled(app, keda)) return current === start ? undefined : start;
  return current > 0 && current < app.scale.min ? app.scale.min : undefined;
}

async function describeOne(context: AksContext, state: AppState, name: string): Promise<Revision> {
  const one = { ...state, revisions: [findRevision(state, name)] };
  const [revision] = await describeRevisions(context, one);
  if (!revision) throw new Error(`Revision ${name} has just been read.`);
  return revision;
}
