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
 * the platform gives it up or the time is over, and with `conflict` when somebody switches it off, as a newer deploy
 * does. One call per look: mostly for the revision, now and then for what its replicas say instead.
 */
export async function waitUntilReady(
  environment: Environment,
  context: OperationContext,
  live: LiveApp,
  name: string,
  { timeoutMs }: ReadinessOptions,
): Promise<Revision> {
  const { clock, waits } = environment;
  let revision: NamedRevision | undefined;
  let reason = "it has not been seen yet.";
  let looks = 0;
  let inactiveLooks = 0;
  const look = async () => {
    looks += 1;
    const asksReplicas = revision !== undefined && looks % looksPerReplicaList === 0;
    if (!asksReplicas) revision = await getRevision(environment, live, name, context.signal);
    if (!revision) return undefined;
    if (isUp(revision)) return describeReady(live, revision);
    inactiveLooks = revision.active === false ? inactiveLooks + 1 : 0;
    if (inactiveLooks === looksUntilSwitchedOff) throw switchedOff(name);
    const hasFailed = stateOf(revision, []).kind === "failed";
    const replicas = asksReplicas || hasFailed ? await listReplicas(environment, live, revision, context.signal) : [];
    const state = stateOf(revision, replicas);
    if (state.kind === "failed") throw revisionFailed(name, state.reason);
    const before = reason;
    if (asksReplicas || looks === 1) reason = reasonOf(revision, replicas);
    if (reason !== before) context.report(`Waiting for ${name}: ${reason}`);
    return undefined;
  };
  const onTimeout = () => revisionFailed(name, `not ready after ${Math.round(timeoutMs / 1_000)} s, ${reason}`);
  return poll(clock, look, { everyMs: waits.readyPollMs, timeoutMs, signal: context.signal, onTimeout });
}

/** A revision that has just been switched on may still be shown as it was. */
const looksUntilSwitchedOff = 3;

/** Replicas say why it takes long, and what no time will heal: an image that is not there. */
const looksPerReplicaList = 5;

function isUp(revision: NamedRevision): boolean {
  const { kind } = stateOf(revision, []);
  return kind === "ready" || kind === "idle";
}

/** A healthy revision is believed without asking for its replicas: all of them are ready then. */
function describeReady(live: LiveApp, revision: NamedRevision): Revision {
  const running = revision.replicas ?? 0;
  return { ...describeRevision(live, revision, []), replicas: { ready: running, total: running } };
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

function switchedOff(name: string): FairwayError {
  return new FairwayError("conflict", `Revision ${name} was switched off before it was ready.`, {
    hint: "Another deploy or clean-up ran at the same time. Apply the app again to bring the revision back.",
  });
}

export function revisionFailed(name: string, reason: string): FairwayError {
  return new FairwayError("revision-failed", `Revision ${name} did not become ready: ${reason}`, {
    hint: "Look at its logs, correct the app and deploy again. Traffic is where it was.",
  });
}
