import { type OperationContext, poll } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import type { CoreV1Event, V1Deployment, V1Pod } from "@kubernetes/client-node";
import type { AksContext } from "./context.ts";
import { creationFailure, type Diagnosis, diagnose } from "./diagnosis.ts";
import { containerName } from "./manifests/deployment.ts";
import { inactiveAnnotation, revisionSelector } from "./names.ts";

/** Ten minutes, as the Deployment's own progress deadline. */
export const defaultReadyTimeoutMs = 600_000;

/**
 * Waits until every replica of a revision is ready, or it has none by design. Rejects with `revision-failed` and the
 * reason as the cluster tells it. An API server that is away for a while is waited for.
 */
export async function waitUntilReady(
  context: AksContext,
  revision: string,
  operation: OperationContext,
  timeoutMs = defaultReadyTimeoutMs,
): Promise<void> {
  let said = "";
  let last: Diagnosis | undefined;
  const report = (message: string, progress?: number) => {
    if (message !== said) operation.report(message, progress);
    said = message;
  };
  async function look(): Promise<true | undefined> {
    const seen = await lookAt(context, revision);
    switch (seen.kind) {
      case "ready":
        return true;
      case "unreachable":
        report(`${revision}: the API server does not answer, waiting`);
        return undefined;
      case "progressing":
        last = seen.diagnosis;
        report(
          `${revision}: ${seen.ready} of ${seen.wanted} replicas ready (${seen.diagnosis.reason})`,
          seen.ready / seen.wanted,
        );
        if (seen.diagnosis.kind === "failed") throw await failure(context, revision, seen.diagnosis);
        return undefined;
    }
  }
  await poll(context.clock, look, {
    everyMs: context.pollMs,
    timeoutMs,
    signal: operation.signal,
    onTimeout: () => timedOut(revision, timeoutMs, last),
  }).catch(async (error: unknown) => {
    throw error instanceof FairwayError && last?.kind === "waiting"
      ? await withProbeMessage(context, error, last)
      : error;
  });
}

type Seen =
  | { readonly kind: "ready" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "progressing"; readonly ready: number; readonly wanted: number; readonly diagnosis: Diagnosis };

async function lookAt(context: AksContext, revision: string): Promise<Seen> {
  try {
    const deployment = await context.kubernetes.get<V1Deployment>({
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: revision,
    });
    if (!deployment) throw interrupted(revision, "removed");
    if (deployment.metadata?.annotations?.[inactiveAnnotation] === "true")
      throw interrupted(revision, "taken out of service");
    const wanted = deployment.spec?.replicas ?? 1;
    if (wanted === 0 || isComplete(deployment, wanted)) return { kind: "ready" };
    const pods = await context.kubernetes.list<V1Pod>("v1", "Pod", { labels: revisionSelector(revision) });
    const refused = creationFailure(deployment);
    const diagnosis: Diagnosis =
      refused === undefined ? diagnose(pods) : { kind: "failed", reason: refused, pod: "", hasCrashed: false };
    return { kind: "progressing", ready: deployment.status?.readyReplicas ?? 0, wanted, diagnosis };
  } catch (error) {
    if (error instanceof FairwayError && error.code === "unreachable") return { kind: "unreachable" };
    throw error;
  }
}

/** What the status says is about the newest template, and all replicas are of it and available. */
function isComplete({ metadata, status }: V1Deployment, wanted: number): boolean {
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 1)) return false;
  return (
    (status?.updatedReplicas ?? 0) >= wanted &&
    (status?.availableReplicas ?? 0) >= wanted &&
    (status?.replicas ?? 0) === (status?.updatedReplicas ?? 0)
  );
}

async function failure(
  context: AksContext,
  revision: string,
  diagnosis: Diagnosis & { readonly kind: "failed" },
): Promise<FairwayError> {
  const line = diagnosis.hasCrashed ? await lastLine(context, diagnosis.pod) : undefined;
  const detail = line === undefined ? diagnosis.reason : `${diagnosis.reason}. Its last line: ${line}`;
  return new FairwayError("revision-failed", `Revision ${revision} does not become ready: ${detail}`, {
    hint: hintFor(diagnosis),
  });
}

function hintFor({ reason, hasCrashed }: { reason: string; hasCrashed: boolean }): string {
  if (hasCrashed) return "Traffic was not touched. Read the logs of the revision, correct the app and apply it again.";
  if (/Image/.test(reason))
    return "Traffic was not touched. Check the image's name and tag, and that the cluster may pull it.";
  return "Traffic was not touched. Correct what the reason names and apply again.";
}

async function lastLine(context: AksContext, pod: string): Promise<string | undefined> {
  try {
    const text = await context.kubernetes.previousLog(pod, containerName, 1);
    return text.trim().split("\n").at(-1)?.slice(0, 500) || undefined;
  } catch {
    // The reason is known without it.
    return undefined;
  }
}

function timedOut(revision: string, timeoutMs: number, last: Diagnosis | undefined): FairwayError {
  const reason = last?.reason ?? "the API server did not answer";
  return new FairwayError(
    "revision-failed",
    `Revision ${revision} was not ready after ${Math.round(timeoutMs / 1_000)} seconds: ${reason}.`,
    {
      hint: "Traffic was not touched. Give it more time (readyTimeoutMs), or correct what keeps it from being ready.",
    },
  );
}

/** Failing probes are told by events only. */
async function withProbeMessage(context: AksContext, error: FairwayError, last: Diagnosis): Promise<FairwayError> {
  if (last.pod === undefined) return error;
  const events = await context.kubernetes
    .list<CoreV1Event>("v1", "Event", { fields: `involvedObject.name=${last.pod}` })
    .catch(() => []);
  const probe = events.findLast(({ reason }) => reason === "Unhealthy")?.message;
  if (probe === undefined) return error;
  return new FairwayError(error.code, `${error.message} ${probe}`, { hint: error.hint, cause: error });
}

function interrupted(revision: string, what: string): FairwayError {
  return new FairwayError("conflict", `Revision ${revision} was ${what} while it was waited for.`, {
    hint: "A newer one was applied at the same time, or the app was removed. Apply again if this one is wanted.",
  });
}
