import type { Revision, RevisionState } from "@fairway/core";
import type { V1Pod } from "@kubernetes/client-node";
import { type AppState, type RevisionObject, readExistingApp } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { creationFailure, diagnose, isStalled } from "./diagnosis.ts";
import { containerName } from "./manifests/deployment.ts";
import { appLabel, revisionLabel } from "./names.ts";

export async function listRevisions(context: AksContext, app: string): Promise<readonly Revision[]> {
  return describeRevisions(context, await readExistingApp(context.kubernetes, app));
}

/** Newest first. Pods are read only when a revision in service is not ready, to tell why. */
export async function describeRevisions(context: AksContext, state: AppState): Promise<readonly Revision[]> {
  const needsPods = state.revisions.some((revision) => stateOf(revision, []).kind === "starting");
  const pods = needsPods
    ? await context.kubernetes.list<V1Pod>("v1", "Pod", { labels: { [appLabel]: state.app } })
    : [];
  return state.revisions.map((revision) => {
    const own = pods.filter(({ metadata }) => metadata?.labels?.[revisionLabel] === revision.name);
    return describeRevision(state, revision, own);
  });
}

function describeRevision(state: AppState, revision: RevisionObject, pods: readonly V1Pod[]): Revision {
  const { spec, status } = revision.deployment;
  const containers = spec?.template.spec?.containers ?? [];
  const container = containers.find(({ name }) => name === containerName) ?? containers[0];
  return {
    name: revision.name,
    app: state.app,
    image: container?.image ?? "",
    createdAt: revision.createdAt,
    weight: state.weights[revision.name] ?? 0,
    replicas: { ready: status?.readyReplicas ?? 0, total: spec?.replicas ?? 1 },
    labels: Object.entries(state.labels)
      .filter(([, target]) => target === revision.name)
      .map(([label]) => label)
      .toSorted(),
    state: stateOf(revision, pods),
  };
}

function stateOf({ deployment, isActive }: RevisionObject, pods: readonly V1Pod[]): RevisionState {
  if (!isActive) return { kind: "inactive" };
  if (deployment.spec?.replicas === 0) return { kind: "idle" };
  if ((deployment.status?.availableReplicas ?? 0) > 0) return { kind: "ready" };
  const diagnosis = diagnose(pods);
  const failure = diagnosis.kind === "failed" ? diagnosis.reason : creationFailure(deployment);
  if (failure !== undefined) return { kind: "failed", reason: failure };
  return isStalled(deployment) ? { kind: "failed", reason: diagnosis.reason } : { kind: "starting" };
}
