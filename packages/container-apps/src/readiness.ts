import { type OperationContext, poll, type Revision } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { fromAzure, isNotFound } from "./azure-errors.ts";
import type { Environment } from "./environment.ts";
import { abortable, type LiveApp, type NamedRevision } from "./live-app.ts";
import { describeRevision, listReplicas, reasonOf, stateOf } from "./revision-state.ts";

export interface ReadinessOptions {
  readonly timeoutMs: number;
}

/**
 * The revision as soon as it can serve, or is at a minimum of zero. Rejects with `revision-failed` and the reason when
 * the platform gives it up or the time is over. At least one call; two per look while replicas have to be asked.
 */
export async function waitUntilReady(
  environment: Environment,
  context: OperationContext,
  live: LiveApp,
  name: string,
  options: ReadinessOptions,
): Promise<Revision> {
  let last = "It has not been seen yet.";
  const look = async () => {
    const revision = await getRevision(environment, live, name, context.signal);
    if (!revision) return undefined;
    const seen = await observe(environment, live, revision, context.signal);
    if (seen.state.kind === "ready" || seen.state.kind === "idle") return seen;
    if (seen.state.kind === "failed") throw revisionFailed(name, seen.state.reason);
    const reason = seen.state.kind === "inactive" ? "It is inactive." : seen.waitingFor;
    if (reason !== last) context.report(`Waiting for ${name}: ${reason}`);
    last = reason;
    return undefined;
  };
  const onTimeout = () => revisionFailed(name, `not ready after ${Math.round(options.timeoutMs / 1_000)} s. ${last}`);
  return poll(environment.clock, look, {
    everyMs: environment.waits.readyPollMs,
    timeoutMs: options.timeoutMs,
    signal: context.signal,
    onTimeout,
  });
}

type Observed = Revision & { readonly waitingFor: string };

/** A healthy revision is believed without asking for its replicas: all of them are ready then. */
async function observe(
  environment: Environment,
  live: LiveApp,
  revision: NamedRevision,
  signal: AbortSignal,
): Promise<Observed> {
  const replicas = isSettled(revision) ? [] : await listReplicas(environment, live, revision, signal);
  const described = describeRevision(live, revision, replicas);
  const running = revision.replicas ?? 0;
  const counted = replicas.length > 0 ? described.replicas : { ready: running, total: running };
  return {
    ...described,
    replicas: counted,
    state: stateOf(revision, replicas),
    waitingFor: reasonOf(revision, replicas),
  };
}

function isSettled(revision: NamedRevision): boolean {
  const isRunning = revision.runningState === "Running" || revision.runningState === "RunningAtMaxScale";
  const isHealthy = revision.provisioningState === "Provisioned" && revision.healthState === "Healthy" && isRunning;
  return isHealthy || revision.active === false || stateOf(revision, []).kind === "idle";
}

async function getRevision(
  { client, resourceGroup }: Environment,
  live: LiveApp,
  name: string,
  signal: AbortSignal,
): Promise<NamedRevision | undefined> {
  const app = live.app.name ?? "";
  try {
    const revision = await client.containerAppsRevisions.getRevision(resourceGroup, app, name, abortable(signal));
    return { ...revision, name };
  } catch (error) {
    // A revision shows up a moment after the write that made it.
    if (isNotFound(error, "ResourceNotFound") || isNotFound(error, "RevisionNotFound")) return undefined;
    throw fromAzure(error, name);
  }
}

export function revisionFailed(name: string, reason: string): FairwayError {
  return new FairwayError("revision-failed", `Revision ${name} did not become ready: ${reason}`, {
    hint: "Look at its logs, correct the app and deploy again. Traffic is where it was.",
  });
}
