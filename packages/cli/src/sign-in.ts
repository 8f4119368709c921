import { FairwayError } from "@fairway/model";
import type { Context, TargetOptions } from "./context.ts";

/** What was thrown; a failed sign-in with a hint for this shell: what to run or set next. */
export function withSignInHint(thrown: unknown, context: Context, options: TargetOptions): unknown {
  if (!(thrown instanceof FairwayError) || thrown.code !== "unauthenticated") return thrown;
  const hint = hintFor(context.environment, options.armEndpoint ?? context.environment["FAIRWAY_ARM_ENDPOINT"]);
  return hint ? new FairwayError("unauthenticated", thrown.message, { hint, cause: thrown }) : thrown;
}

function hintFor(environment: Context["environment"], endpoint: string | undefined): string | undefined {
  if (endpoint !== undefined && isLoopback(endpoint)) return embeddedHint(environment);
  // A part of a service principal is no credential, and none of the others is meant.
  const missing = servicePrincipal.filter((name) => !environment[name]);
  const isOtherKind = environment["AZURE_FEDERATED_TOKEN_FILE"] ?? environment["AZURE_CLIENT_CERTIFICATE_PATH"];
  if (!environment["AZURE_CLIENT_ID"] || isOtherKind || missing.length === 0) return undefined;
  return `Set ${missing.join(" and ")} too, or unset AZURE_CLIENT_ID and run \`az login\`.`;
}

const servicePrincipal = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];

function embeddedHint(environment: Context["environment"]): string {
  const missing = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"].filter((name) => !environment[name]);
  const reason =
    missing.length > 0
      ? `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} not set here`
      : "IDENTITY_ENDPOINT and IDENTITY_HEADER are not those of the emulator that runs";
  return `Paste the export lines of \`fairway emulator\` into this shell: ${reason}.`;
}

function isLoopback(endpoint: string): boolean {
  return URL.canParse(endpoint) && /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(endpoint).hostname);
}
