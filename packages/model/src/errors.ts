/** Every way in which Fairway says no. The code is stable and is the anchor of its paragraph in docs/errors.md. */
export const errorCodes = [
  "app-invalid",
  "app-not-found",
  "revision-not-found",
  "traffic-invalid",
  "target-invalid",
  "target-not-found",
  "not-supported",
  "unauthenticated",
  "forbidden",
  "conflict",
  "operation-in-progress",
  "operation-cancelled",
  "operation-timeout",
  "provisioning-failed",
  "revision-failed",
  "upgrade-invalid",
  "upgrade-failed",
  "upgrade-blocked",
  "journal-invalid",
  "lease-held",
  "throttled",
  "unreachable",
  "port-in-use",
  "experiment-invalid",
  "usage",
  "platform",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface FairwayErrorOptions {
  /** What to do next, as an instruction. */
  readonly hint: string;
  readonly cause?: unknown;
  /** Path of the wrong field, where there is one: `scale.rules[0].type`. */
  readonly path?: string;
  /** More than one thing is wrong: each with its path. */
  readonly issues?: readonly Issue[];
}

export interface Issue {
  readonly path: string;
  readonly message: string;
}

export class FairwayError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly path: string | undefined;
  readonly issues: readonly Issue[];

  constructor(code: ErrorCode, message: string, options: FairwayErrorOptions) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "FairwayError";
    this.code = code;
    this.hint = options.hint;
    this.path = options.path;
    this.issues = options.issues ?? [];
  }
}

/** The target cannot do this at all, which is something else than having failed to. */
export class NotSupportedError extends FairwayError {
  readonly capability: string;

  constructor(capability: string, target: string, alternative: string) {
    super("not-supported", `${target} has no capability "${capability}".`, { hint: alternative });
    this.name = "NotSupportedError";
    this.capability = capability;
  }
}

/** Closes a switch: a value that gets here is a bug. */
export function unreachable(value: never): never {
  throw new Error(`Unexpected value ${JSON.stringify(value)}.`);
}
