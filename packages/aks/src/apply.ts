import type { ApplyOptions, OperationContext, Revision } from "@fairway/core";
import { type App, FairwayError } from "@fairway/model";
import type { V1Pod } from "@kubernetes/client-node";
import { type AppState, findRevision, isInUse, type RevisionObject, readAppState } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { diagnose } from "./diagnosis.ts";
import { renderGateway } from "./manifests/gateway.ts";
import { withOverrides } from "./manifests/overrides.ts";
import { renderRevision, revisionName } from "./manifests/revision.ts";
import { type HttpRoute, renderRoute, routeShares, withWeights } from "./manifests/route.ts";
import { isScaled, startReplicas } from "./manifests/scaling.ts";
import { renderAppService } from "./manifests/service.ts";
import { appLabel, revisionSelector } from "./names.ts";
import { waitUntilReady } from "./readiness.ts";
import { deactivate, removeRevision, setRuntimeState, writeGuards } from "./revision-writes.ts";
import { describeRevisions } from "./revisions.ts";
import { changeRoute, waitUntilProgrammed } from "./routing.ts";

/** How many revisions out of service stay for a roll-back. */
const defaultHistoryLimit = 10;

export async function applyApp(
  context: AksContext,
  app: App,
  options: ApplyOptions,
  operation: OperationContext,
): Promise<Revision> {
  const before = await readAppState(context.kubernetes, app.name);
  const name = revisionName(app);
  const existing = before.revisions.find((revision) => revision.name === name);
  await requireGatewayApi(context, app);
  await warnOfMissingDependencies(context, app, operation);
  await prepareNamespace(context, app);
  operation.signal.throwIfAborted();
  operation.report(existing ? `Revision ${name} exists` : `Creating revision ${name}`, 0);
  await writeRevision(context, app, name, existing);
  await waitUntilReady(context, name, operation, options.readyTimeoutMs);
  operation.signal.throwIfAborted();
  await writeIngress(context, app, name, before, operation);
  const after = await readAppState(context.kubernetes, app.name);
  if (!existing) await retire(context, after, name, options.historyLimit ?? defaultHistoryLimit, operation);
  operation.report(`Revision ${name} is ready`, 1);
  return describeOne(context, after, name);
}

async function requireGatewayApi(context: AksContext, app: App): Promise<void> {
  const groups = await context.kubernetes.groups();
  if (app.ingress.exposure === "none" || groups.has("gateway.networking.k8s.io")) return;
  throw new FairwayError("not-supported", `The cluster has no Gateway API, which ${app.name} needs for its traffic.`, {
    hint: "Install it (az aks update --enable-gateway-api, or Application Gateway for Containers), or set ingress.exposure to none.",
    path: "ingress.exposure",
  });
}

async function warnOfMissingDependencies(context: AksContext, app: App, operation: OperationContext): Promise<void> {
  for (const dependency of app.dependsOn) {
    const [service, deployments] = await Promise.all([
      context.kubernetes.get({ apiVersion: "v1", kind: "Service", name: dependency }),
      context.kubernetes.list("apps/v1", "Deployment", { labels: { [appLabel]: dependency } }),
    ]);
    if (service || deployments.length > 0) continue;
    operation.report(
      `Warning: ${app.name} depends on ${dependency}, which is not in namespace ${context.kubernetes.namespace}`,
    );
  }
}

/** The namespace and, for public apps, the Gateway: made when they are not there, else left as they are. */
async function prepareNamespace(context: AksContext, app: App): Promise<void> {
  const { kubernetes } = context;
  await ensureNamespace(context);
  if (app.ingress.exposure !== "public") return;
  for (const gateway of renderGateway(context.gateway)) {
    const { apiVersion, kind } = gateway;
    if (!(await kubernetes.get({ apiVersion, kind, ...gateway.metadata }))) await kubernetes.apply(gateway);
  }
}

async function ensureNamespace({ kubernetes }: AksContext): Promise<void> {
  const name = kubernetes.namespace;
  const reference = { apiVersion: "v1", kind: "Namespace", name };
  try {
    if (await kubernetes.get(reference)) return;
  } catch (error) {
    // Who may only work inside of the namespace need not be able to see it.
    if (error instanceof FairwayError && error.code === "forbidden") return;
    throw error;
  }
  await kubernetes.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
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

/** The first revision gets all traffic; later ones are only made known to the route, at 0. */
async function writeIngress(
  context: AksContext,
  app: App,
  revision: string,
  before: AppState,
  operation: OperationContext,
): Promise<void> {
  if (app.ingress.exposure === "none") return;
  const existing = [...before.revisions.map(({ name }) => name), revision];
  const host = await hostOf(context, app, before.route);
  const route = await changeRoute(context, app.name, (live) => {
    const weights = weightsWith(revision, routeShares(live), existing);
    return routeFor(context, app, host, weights);
  });
  const favourite = route ? largest(routeShares(route)) : revision;
  await context.kubernetes.apply(
    withOverrides(
      app,
      renderAppService(app, { namespace: context.kubernetes.namespace, revision: favourite ?? revision }),
    ),
  );
  if (route) await waitUntilProgrammed(context, route, operation);
}

/** Shares as they are, without revisions that are gone, and with the new one: at 0 unless nobody else has any. */
export function weightsWith(
  revision: string,
  shares: Readonly<Record<string, number>>,
  existing: readonly string[],
): Record<string, number> {
  const kept = Object.fromEntries(Object.entries(shares).filter(([name]) => existing.includes(name)));
  const hasTraffic = Object.values(kept).some((share) => share > 0);
  return hasTraffic ? { [revision]: 0, ...kept } : { ...kept, [revision]: 100 };
}

export function routeFor(
  context: AksContext,
  app: App,
  host: string | undefined,
  weights: Readonly<Record<string, number>>,
): HttpRoute {
  const base = renderRoute(
    app,
    { namespace: context.kubernetes.namespace, gateway: context.gateway, ...(host === undefined ? {} : { host }) },
    weights,
  );
  const overridden = withOverrides(app, base);
  return { ...overridden, spec: withWeights(overridden.spec, weights) };
}

/** As described, else as it was, else made from the domain. */
export async function hostOf(context: AksContext, app: App, live: HttpRoute | undefined): Promise<string | undefined> {
  if (app.ingress.exposure !== "public") return undefined;
  return (
    app.ingress.host ??
    live?.spec.hostnames?.[0] ??
    `${app.name}.${context.kubernetes.namespace}.${await context.domain()}`
  );
}

/** The one that calls inside the cluster go to. Equal shares: the first by name, so that it is always the same. */
export function largest(shares: Readonly<Record<string, number>>): string | undefined {
  return Object.entries(shares).toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0];
}

/** Older revisions without traffic and label go out of service, and beyond the history limit they go for good. */
async function retire(
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

async function describeOne(context: AksContext, state: AppState, name: string): Promise<Revision> {
  const one = { ...state, revisions: [findRevision(state, name)] };
  const [revision] = await describeRevisions(context, one);
  if (!revision) throw new Error(`Revision ${name} has just been read.`);
  return revision;
}
