import { type Change, diff, type Plan } from "@fairway/core";
import type { App } from "@fairway/model";
import type { KubernetesObject } from "@kubernetes/client-node";
import { type AppState, readAppState } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { hostOf, largest, routeFor, weightsWith } from "./ingress.ts";
import { renderGateway } from "./manifests/gateway.ts";
import type { Manifest } from "./manifests/manifest.ts";
import { notEquivalent } from "./manifests/not-equivalent.ts";
import { withOverrides } from "./manifests/overrides.ts";
import { renderRevision, revisionName } from "./manifests/revision.ts";
import { renderAppService } from "./manifests/service.ts";
import { createdAnnotation, descriptionAnnotation } from "./names.ts";
import { defaultHistoryLimit, unusedRevisions } from "./retirement.ts";
import { staleGuards } from "./revision-writes.ts";

/** Reads and renders; nothing is sent that writes, not even as a dry run, so that reading rights are enough. */
export async function planApp(context: AksContext, app: App): Promise<Plan> {
  const state = await readAppState(context.kubernetes, app.name);
  const groups = await context.kubernetes.groups();
  const name = revisionName(app);
  const isNew = !state.revisions.some((revision) => revision.name === name);
  const keda = groups.has("keda.sh");
  const { workload, guards } = renderRevision(app, {
    namespace: context.kubernetes.namespace,
    revision: name,
    createdAt: "",
    keda,
  });
  const after =
    app.ingress.exposure === "none" ? { [name]: 100 } : weightsWith(name, state.weights, [name, ...namesOf(state)]);
  const ingress = await ingressManifests(context, app, state, after);
  const written = await Promise.all([...ingress, ...workload, ...guards].map((manifest) => change(context, manifest)));
  const removed = isNew ? retired(state, name) : await staleGuardChanges(context, name, guards);
  return {
    app: app.name,
    revision: { name, isNew },
    changes: [...written, ...removed],
    notEquivalent: notEquivalent(app, { keda }),
    traffic: { before: state.weights, after: withoutZeros(after) },
  };
}

function namesOf(state: AppState): string[] {
  return state.revisions.map(({ name }) => name);
}

async function ingressManifests(
  context: AksContext,
  app: App,
  state: AppState,
  weights: Readonly<Record<string, number>>,
): Promise<readonly Manifest[]> {
  if (app.ingress.exposure === "none") return [];
  const { namespace } = context.kubernetes;
  const host = await hostOf(context, app, state.route);
  const route = routeFor(context, app, host, weights);
  const service = renderAppService(app, { namespace, revision: largest(weights) ?? "" });
  const gateways = app.ingress.exposure === "public" ? await missingGateways(context) : [];
  return [...gateways, { ...route, spec: route.spec }, withOverrides(app, service)];
}

async function missingGateways(context: AksContext): Promise<readonly Manifest[]> {
  const gateways = renderGateway(context.gateway);
  const present = await Promise.all(gateways.map((gateway) => read(context, gateway)));
  return gateways.filter((_, index) => present[index] === undefined);
}

async function change(context: AksContext, manifest: Manifest): Promise<Change> {
  const live = await read(context, manifest);
  const resource = `${manifest.kind} ${manifest.metadata.name}`;
  const isSecret = (path: string) => manifest.kind === "Secret" && path.startsWith("data.");
  const properties = diff(comparable(live), comparable(manifest), { missing: "kept", isSecret });
  if (!live) return { resource, action: "create", properties };
  return { resource, action: properties.length > 0 ? "update" : "keep", properties };
}

function read(context: AksContext, { apiVersion, kind, metadata }: Manifest): Promise<KubernetesObject | undefined> {
  const { name, namespace } = metadata;
  return context.kubernetes.get({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) });
}

/** Without what says nothing about the app: identity, status, and our own notes. */
function comparable(object: KubernetesObject | Manifest | undefined): unknown {
  if (!object) return undefined;
  const fields = Object.entries(object).filter(
    ([field]) => !["apiVersion", "kind", "metadata", "status"].includes(field),
  );
  const notes = [createdAnnotation, descriptionAnnotation];
  const annotations = Object.entries(object.metadata?.annotations ?? {}).filter(([name]) => !notes.includes(name));
  const metadata = {
    labels: object.metadata?.labels,
    ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
  };
  return { ...Object.fromEntries(fields), metadata };
}

/** As `apply` does it with its default history limit. */
function retired(state: AppState, newest: string): Change[] {
  return unusedRevisions(state, newest).flatMap(({ name, deployment, isActive }, index): Change[] => {
    const resource = `Deployment ${name}`;
    if (index >= defaultHistoryLimit) return [{ resource, action: "delete", properties: [] }];
    const stop = { path: "spec.replicas", before: deployment.spec?.replicas ?? 1, after: 0 };
    return isActive ? [{ resource, action: "update", properties: [stop] }] : [];
  });
}

async function staleGuardChanges(
  context: AksContext,
  revision: string,
  guards: readonly Manifest[],
): Promise<Change[]> {
  const stale = await staleGuards(context, revision, guards);
  return stale.map(({ kind, name }) => ({ resource: `${kind} ${name}`, action: "delete", properties: [] }));
}

function withoutZeros(weights: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(weights).filter(([, weight]) => weight > 0));
}
