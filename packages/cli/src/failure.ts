import { FairwayError } from "@fairway/model";
import type { Context } from "./context.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";

/** Says what went wrong, and what to do, on standard error. Returns the exit code. Never a stack trace. */
export function reportFailure(error: unknown, context: Context, json: boolean): number {
  if (context.signal.aborted) {
    context.stderr.write("Interrupted.\n");
    return exitCodes.interrupted;
  }
  const failure = error instanceof FairwayError ? error : unexpected(error);
  context.stderr.write(json ? `${JSON.stringify(asJson(failure))}\n` : asText(failure));
  return exitCodeOf(failure.code);
}

function asText(error: FairwayError): string {
  // A single issue is in the message already.
  const issues = error.issues.length > 1 ? error.issues.map(({ path, message }) => `  ${path}: ${message}\n`) : [];
  return `error [${error.code}]: ${error.message}\n${issues.join("")}hint: ${error.hint}\n`;
}

function asJson(error: FairwayError): unknown {
  const { code, message, hint, path, issues } = error;
  return { error: { code, message, hint, ...(path ? { path } : {}), ...(issues.length > 0 ? { issues } : {}) } };
}

function unexpected(error: unknown): FairwayError {
  const message = error instanceof Error ? error.message : String(error);
  return new FairwayError("platform", message, {
    hint: "This should not have happened. Run the command again; if it comes back, report it with the command you ran.",
    cause: error,
  });
}
