import type { ErrorCode } from "@fairway/model";

/** Documented in docs/cli.md. */
export const exitCodes = {
  done: 0,
  /** The platform said no, or the work failed there. */
  failed: 1,
  /** The command, a file or a value is wrong: nothing was tried. */
  usage: 2,
  /** The target cannot be reached, does not exist, or does not let us in. */
  unreachable: 3,
  /** Findings stand against the upgrade: for a pipeline that only looks. */
  blocked: 4,
  /** Ctrl-C, as shells have it. */
  interrupted: 130,
} as const;

export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case "app-invalid":
    case "traffic-invalid":
    case "target-invalid":
    case "upgrade-invalid":
    case "journal-invalid":
    case "experiment-invalid":
    case "port-in-use":
    case "usage":
      return exitCodes.usage;
    case "target-not-found":
    case "unauthenticated":
    case "forbidden":
    case "unreachable":
      return exitCodes.unreachable;
    case "upgrade-blocked":
      return exitCodes.blocked;
    case "operation-cancelled":
      return exitCodes.interrupted;
    case "app-not-found":
    case "revision-not-found":
    case "not-supported":
    case "conflict":
    case "operation-in-progress":
    case "operation-timeout":
    case "provisioning-failed":
    case "revision-failed":
    case "upgrade-failed":
    case "lease-held":
    case "throttled":
    case "platform":
      return exitCodes.failed;
  }
}
