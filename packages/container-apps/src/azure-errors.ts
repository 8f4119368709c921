import { causesOf, platformError, unreachableError } from "@fairway/core";
import { type ErrorCode, FairwayError } from "@fairway/model";

/**
 * The one place where errors of Azure become Fairway's. `subject` is what the call was about, for the message. Errors of
 * the resource manager are unnested: the innermost code and message are what somebody can act on.
 */
export function fromAzure(error: unknown, subject: string): Error {
  if (error instanceof FairwayError || isAbort(error)) return error as Error;
  const credential = credentialError(error);
  if (credential) return credential;
  const answer = answerOf(error);
  if (answer) return fromAnswer(answer, subject, error);
  return unreachableError(error, "Azure Resource Manager") ?? platformError(error);
}

/** An operation that was accepted and then failed. */
export function operationFailure(error: unknown): { readonly code: string; readonly message: string } | undefined {
  // @azure/core-lro gives the error of the operation only as text.
  const text = error instanceof Error ? error.message : "";
  const match = /^The long-running operation has (?:failed|been canceled)(?:\. (\w+)\. (.*))?$/s.exec(text);
  if (!match) return undefined;
  return innermost({ code: match[1] ?? "OperationFailed", message: match[2] ?? "The operation failed." });
}

export function isNotFound(error: unknown, code: string): boolean {
  const answer = answerOf(error);
  return answer?.status === 404 && answer.code === code;
}

/** Another operation works on the same app, and this one was not begun. */
export function isBusy(error: unknown): boolean {
  const answer = answerOf(error);
  return answer?.status === 409 && busyCodes.has(answer.code);
}

// Codes of conflicts that pass: microsoft/azure-container-apps 175, 701, 1657.
const busyCodes = new Set(["ContainerAppOperationInProgress", "ContainerAppLockConflict", "OperationInProgress"]);

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function fromAnswer({ status, code, message }: Answer, subject: string, cause: unknown): FairwayError {
  const fairwayCode = codeFor(status, code);
  return new FairwayError(fairwayCode, `${subject}: ${message} (${code})`, {
    hint: tokenHints[code] ?? hints[fairwayCode] ?? defaultHint,
    cause,
  });
}

function codeFor(status: number, code: string): ErrorCode {
  if (status === 400) return code.startsWith("Subscription") ? "target-not-found" : "app-invalid";
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return notFoundCodes[code] ?? "target-not-found";
  if (status === 409) return busyCodes.has(code) ? "operation-in-progress" : "conflict";
  if (status === 429) return "throttled";
  return "platform";
}

const notFoundCodes: Readonly<Record<string, ErrorCode>> = {
  ResourceNotFound: "app-not-found",
  ParentResourceNotFound: "app-not-found",
  RevisionNotFound: "revision-not-found",
  ContainerAppRevisionNotFound: "revision-not-found",
};

const defaultHint = "The cause has the answer of Azure, with its request id.";
const hints: Partial<Record<ErrorCode, string>> = {
  "app-invalid": "Change what the message names in the app's description, or in overrides.containerApps.",
  "app-not-found": "Deploy the app first, or list the apps that are there.",
  "target-not-found": "Check subscription, resource group and environment in the target's address.",
  unauthenticated: "Run `az login` again, or give another credential.",
  forbidden: "Ask for the role Contributor, or Container Apps Contributor, on the resource group.",
  conflict: "Look at the state of the app; somebody else changes it.",
  "operation-in-progress": "Repeat when the operation that runs has ended.",
  throttled: "Wait a minute and repeat.",
};

/** What to do about the ways in which Azure refuses a token. */
const tokenHints: Readonly<Record<string, string>> = {
  ExpiredAuthenticationToken: "The token has expired: run `az login` again, and check the clock of this machine.",
  InvalidAuthenticationTokenAudience:
    "The token is for another service or cloud: the credential must give one for https://management.azure.com/.default.",
  InvalidAuthenticationTokenTenant:
    "The token is of another tenant than the subscription: run `az login --tenant TENANT`, or correct AZURE_TENANT_ID.",
};

function answerOf(error: unknown): Answer | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  if (typeof error.statusCode !== "number") return undefined;
  const text = error instanceof Error ? error.message : "";
  const body = memberOf(error, "details") ?? error;
  const top = memberOf(body, "error") ?? body;
  const code = textOf(top, "code") ?? textOf(error, "code") ?? String(error.statusCode);
  return { status: error.statusCode, ...innermost({ code, message: textOf(top, "message") ?? text, inner: top }) };
}

interface Nested {
  readonly code: string;
  readonly message: string;
  readonly inner?: unknown;
}

/** Follows `details[0]` and messages that are themselves an error as JSON. */
function innermost({ code, message, inner }: Nested, depth = 0): { code: string; message: string } {
  const next = depth < 5 ? (firstDetail(inner) ?? errorInText(message)) : undefined;
  const nextMessage = textOf(next, "message");
  if (!nextMessage) return { code, message: readable(message) };
  return innermost({ code: textOf(next, "code") ?? code, message: nextMessage, inner: next }, depth + 1);
}

/**
 * Takes off what Microsoft.App wraps around the reason: `…Error details: The following field(s) are … Field 'F' is
 * invalid with details: 'Invalid value: "V": reason';.` becomes `F: reason`.
 */
function readable(message: string): string {
  const text = message.replace(/^.*?Error details: /s, "");
  const field = /Field '([^']+)' is invalid with details: '(.*)';?\.?$/s.exec(text);
  if (!field) return text;
  const reason = (field[2] ?? "").replace(/^Invalid value: (?:"(?:[^"\\]|\\.)*"|[^:]*): /s, "");
  return `${field[1]}: ${reason}`;
}

function firstDetail(error: unknown): unknown {
  const details = memberOf(error, "details");
  return Array.isArray(details) ? details[0] : undefined;
}

function errorInText(text: string): unknown {
  const start = text.indexOf('{"');
  if (start < 0) return undefined;
  try {
    const parsed: unknown = JSON.parse(text.slice(start, text.lastIndexOf("}") + 1));
    return memberOf(parsed, "error") ?? parsed;
  } catch {
    return undefined;
  }
}

function credentialError(error: unknown): FairwayError | undefined {
  const found = [...causesOf(error)].find((cause) => "name" in cause && credentialErrors.has(String(cause.name)));
  if (!found) return undefined;
  const [firstLine] = (found instanceof Error ? found.message : "it failed").split("\n");
  return new FairwayError("unauthenticated", `No credential for Azure: ${firstLine}`, {
    hint: "Run `az login`, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give the option credential.",
    cause: error,
  });
}

// Names of what @azure/identity throws.
const credentialErrors = new Set([
  "CredentialUnavailableError",
  "AuthenticationError",
  "AggregateAuthenticationError",
  "AuthenticationRequiredError",
]);

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const text = memberOf(value, name);
  return typeof text === "string" && text !== "" ? text : undefined;
}
