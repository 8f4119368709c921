import { type App } from "@fairway/model";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { RevisionObject } from "./app-state.ts";
import { describedApp } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import type { Reference } from "./kubernetes/kubernetes.ts";
import type { Manifest } from "./manifests/manifest.ts";
import { renderGuards } from "./manifests/revision.ts";
import { startReplicas } from "./manifests/scaling.ts";
import { inactiveAnnotation, revisionSelector } from "./names.ts";

/** Kinds of what stands around a revision while it is in service; named like it, except for trigger authentications. */
const guardKinds = [
  { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject" },
  { apiVersion: "keda.sh/v1alpha1", kind: "TriggerAuthentication" },
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
] as const;

/** Budget and scaling of a revision as they are described now; those of an earlier description go. */
export async function writeGuards(context: AksContext, app: App, revision: string, isNew: boolean): Promise<void> {
  const groups = await context.kubernetes.groups();
  const guards = renderGuards(app, {
    namespace: context.kubernetes.namespace,
    revision,
    keda: groups.has("keda.sh"),
  });
  await Promise.all(guards.map((guard) => context.kubernetes.apply(guard)));
  if (!isNew) await removeGuards(context, revision, guards);
}

/**
 * Takes a revision out of service: no replicas, nothing that would start some, and no budget, since one that asks for
 * replicas where there are none blocks upgrades of the cluster (UnsatisfiablePDB).
 */
export async function deactivate(context: AksContext, revision: RevisionObject): Promise<void> {
  await removeGuards(context, revision.name, []);
  await setRuntimeState(context, revision.name, { replicas: 0, isActive: false });
}

/** Puts a revision back into service, with the scale that it was described with. Does not wait. */
export async function activate(context: AksContext, revision: RevisionObject): Promise<void> {
  const app = describedApp(revision);
  await setRuntimeState(context, revision.name, { replicas: app ? startReplicas(app) : 1, isActive: true });
  if (app) await writeGuards(context, app, revision.name, true);
}

export async function setRuntimeState(
  context: AksContext,
  revision: string,
  state: { readonly replicas: number; readonly isActive: boolean },
): Promise<void> {
  await context.kubernetes.patch(deploymentReference(revision), {
    metadata: { annotations: { [inactiveAnnotation]: String(!state.isActive) } },
    spec: { replicas: state.replicas },
  });
}

/** Removes a revision and all that belongs to it. */
export async function removeRevision(context: AksContext, revision: string): Promise<void> {
  await removeGuards(context, revision, []);
  await Promise.all([
    context.kubernetes.remove(deploymentReference(revision)),
    context.kubernetes.remove({ apiVersion: "v1", kind: "Service", name: revision }),
    context.kubernetes.remove({ apiVersion: "v1", kind: "Secret", name: revision }),
  ]);
}

export function deploymentReference(revision: string): Reference {
  return { apiVersion: "apps/v1", kind: "Deployment", name: revision };
}

/** Guards of a revision that are in the cluster and not among `wanted`. */
export async function staleGuards(
  context: AksContext,
  revision: string,
  wanted: readonly Manifest[],
): Promise<readonly Reference[]> {
  const groups = await context.kubernetes.groups();
  const kinds = guardKinds.filter(({ apiVersion }) => groups.has(apiVersion.split("/")[0] ?? ""));
  const lists = await Promise.all(
    kinds.map(async ({ apiVersion, kind }) => {
      const labels = revisionSelector(revision);
      const objects = await context.kubernetes.list<KubernetesObject>(apiVersion, kind, { labels });
      return objects.map(({ metadata }): Reference => ({ apiVersion, kind, name: metadata?.name ?? "" }));
    }),
  );
  return lists
    .flat()
    .filter(({ kind, name }) => !wanted.some((guard) => guard.kind === kind && guard.metadata.name === name));
}

async function removeGuards(context: AksContext, revision: string, wanted: readonly Manifest[]): Promise<void> {
  const stale = await staleGuards(context, revision, wanted);
  await Promise.all(stale.map((reference) => context.kubernetes.remove(reference)));
}
