import type { Replica } from "@azure/arm-appcontainers";
import type { Revision, RevisionState } from "@fairway/core";
import type { Environment } from "./environment.ts";
import { abortable, type LiveApp, type NamedRevision } from "./live-app.ts";
import { labelsOf } from "./traffic.ts";

/** All revisions of an app as Fairway shows them, newest first. One call per revision that runs. */
export async function describeRevisions(
  environment: Environment,
  live: LiveApp,
  signal?: AbortSignal,
): Promise<readonly Revision[]> {
  const described = live.revisions.map(async (revision) => {
    const replicas =
      revision.active && revision.replicas !== 0 ? await listReplicas(environment, live, revision, signal) : [];
    return describeRevision(live, revision, replicas);
  });
  return Promise.all(described);
}

export function describeRevision(live: LiveApp, revision: NamedRevision, replicas: readonly Replica[]): Revision {
  return {
    name: revision.name,
    app: live.app.name ?? "",
    image: revision.template?.containers?.[0]?.image ?? "",
    createdAt: (revision.createdTime ?? new Date(0)).toISOString(),
    weight: live.traffic.weights[revision.name] ?? 0,
    replicas: { ready: replicas.filter(isReady).length, total: replicas.length },
    labels: labelsOf(live.traffic, revision.name),
    state: stateOf(revision, replicas),
  };
}

/** The platform's own verdict, and where it gives none yet, what its replicas say. */
export function stateOf(revision: NamedRevision, replicas: readonly Replica[]): RevisionState {
  if (!revision.active) return { kind: "inactive" };
  if (revision.provisioningState === "Failed" || failedStates.has(revision.runningState ?? "")) {
    return { kind: "failed", reason: reasonOf(revision, replicas) };
  }
  const imageProblem = replicas.map(waitingReason).find((reason) => reason !== undefined && imageReasons.test(reason));
  if (imageProblem !== undefined) return { kind: "failed", reason: imageProblem };
  if (revision.provisioningState !== "Provisioned") return { kind: "starting" };
  if (isAsleep(revision, replicas)) return { kind: "idle" };
  if (replicas.length > 0) return { kind: replicas.some(isReady) ? "ready" : "starting" };
  return { kind: isHealthy(revision) ? "ready" : "starting" };
}

/** What keeps a revision from being ready, in one sentence. */
export function reasonOf(revision: NamedRevision, replicas: readonly Replica[]): string {
  const waiting = replicas.map(waitingReason).find((reason) => reason !== undefined);
  const states = [revision.provisioningState, revision.runningState, revision.healthState].filter(Boolean).join(", ");
  return waiting ?? (revision.provisioningError || `The platform says: ${states}.`);
}

export async function listReplicas(
  { client, resourceGroup }: Environment,
  live: LiveApp,
  revision: NamedRevision,
  signal?: AbortSignal,
): Promise<readonly Replica[]> {
  const app = live.app.name ?? "";
  const { value } = await client.containerAppsRevisionReplicas.listReplicas(
    resourceGroup,
    app,
    revision.name,
    abortable(signal),
  );
  return value;
}

function isHealthy({ healthState, runningState }: NamedRevision): boolean {
  return healthState === "Healthy" && !startingStates.has(runningState ?? "");
}

function isAsleep({ template, replicas: count, runningState }: NamedRevision, replicas: readonly Replica[]): boolean {
  if ((count ?? replicas.length) > 0) return false;
  return (
    runningState === "ScaledToZero" ||
    ((template?.scale?.minReplicas ?? 0) === 0 && !startingStates.has(runningState ?? ""))
  );
}

const startingStates = new Set(["Activating", "Processing"]);
const failedStates = new Set(["Failed", "ActivationFailed"]);
const imageReasons = /ImagePullBackOff|ErrImagePull|InvalidImageName|ImagePullFailure/;

export function isReady({ containers }: Replica): boolean {
  return containers !== undefined && containers.length > 0 && containers.every(({ ready }) => ready === true);
}

function waitingReason({ containers, runningStateDetails }: Replica): string | undefined {
  const stuck = containers?.find(({ ready, runningStateDetails: details }) => !ready && details);
  if (!stuck) return runningStateDetails || undefined;
  const restarts = stuck.restartCount ? `, restarted ${stuck.restartCount} times` : "";
  return `container ${stuck.name}: ${stuck.runningStateDetails}${restarts}`;
}
