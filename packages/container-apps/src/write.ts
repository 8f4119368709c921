import type { ContainerApp } from "@azure/arm-appcontainers";
import type { OperationContext } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { fromAzure, isBusy, operationFailure } from "./azure-errors.ts";
import type { Environment } from "./environment.ts";

/** A long-running operation of the official client, as far as a write needs it. */
interface Poller<T> {
  pollUntilDone(): Promise<T>;
}

/**
 * Does `attempt` until no other operation is in its way: Azure refuses a write while another one runs on the app. Each
 * attempt starts from a fresh read, since what was read before is old by then. Waits 1, 2, 4 … 15 s in between.
 */
export async function whenFree<T>(
  environment: Environment,
  { signal, report }: OperationContext,
  app: string,
  attempt: () => Promise<T>,
): Promise<T> {
  const { clock, waits } = environment;
  const deadlineMs = clock.now() + waits.busyTimeoutMs;
  for (let delayMs = 1_000; ; delayMs = Math.min(2 * delayMs, 15_000)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error)) throw fromAzure(error, app);
      if (clock.now() + delayMs > deadlineMs) throw stillBusy(app, waits.busyTimeoutMs, error);
      report(`Another operation is running on ${app}: waiting for its end.`);
      await clock.sleep(delayMs, signal);
    }
  }
}

/** Waits for the end of an operation that Azure has accepted. */
export async function finish(poller: Poller<ContainerApp>, app: string, revision?: string): Promise<ContainerApp> {
  try {
    return await poller.pollUntilDone();
  } catch (error) {
    const failure = operationFailure(error);
    if (!failure) throw error;
    throw writeFailed(app, failure, error, revision);
  }
}

function writeFailed(
  app: string,
  { code, message }: { code: string; message: string },
  cause: unknown,
  revision: string | undefined,
): FairwayError {
  if (revision !== undefined && !environmentCodes.has(code)) {
    return new FairwayError("revision-failed", `Revision ${revision} did not start: ${message} (${code})`, {
      hint: "Look at its logs, correct the app and deploy again. Traffic is where it was.",
      cause,
    });
  }
  return new FairwayError("provisioning-failed", `${app}: ${message} (${code})`, {
    hint: "Repeat. If it fails again, look at the activity log of the environment.",
    cause,
  });
}

// Failures that say nothing about the revision.
const environmentCodes = new Set(["OperationExpired", "InternalServerError", "ManagedEnvironmentNotReady"]);

function stillBusy(app: string, waitedMs: number, cause: unknown): FairwayError {
  const message = `Another operation has been running on ${app} for more than ${Math.round(waitedMs / 1_000)} s.`;
  return new FairwayError("operation-in-progress", message, {
    hint: "Wait until it has ended and repeat. An operation that never ends needs Azure support.",
    cause,
  });
}
