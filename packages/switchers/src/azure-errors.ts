import { causesOf, platformError, unreachableError } from "@fairway/core";
import { type ErrorCode, FairwayError } from "@fairway/model";

/** What a client of Azure Resource Manager throws, as a `FairwayError`. `subject` begins the message. */
export function fromAzure(thrown: unknown, subject: string): Error {
  if (thrown instanceof FairwayError || (thrown instanceof Error && thrown.name === "AbortError")) return thrown;
  const status = statusOf(thrown);
  if (status === undefined) {
    return notSignedIn(thrown) ?? unreachableError(thrown, "Azure Resource Manager") ?? platformError(thrown);
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const [code, hint] = byStatus[status] ?? unknownAnswer;
  return new FairwayError(code, `${subject}: ${text}`, { hint, cause: thrown });
}

type Known = readonly [ErrorCode, string];

const unknownAnswer: Known = ["platform", "The cause has the answer of Azure. Repeat, or look at the activity log."];

const byStatus: Readonly<Record<number, Known>> = {
  400: ["traffic-invalid", "Correct what the message names."],
  401: ["unauthenticated", "Run `az login` again, or give another credential."],
  403: ["forbidden", "Ask for a role on what moves the traffic that allows the action which the message names."],
  404: ["target-not-found", "Check the subscription, the resource group and the name in the address of the switcher."],
  409: ["conflict", "Somebody else changes it at the same moment, or a lock keeps it. Repeat."],
  412: ["conflict", "Somebody else has changed it at the same moment. Repeat."],
  429: ["throttled", "Azure asks to wait. Repeat in a minute."],
};

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null || !("statusCode" in thrown)) return undefined;
  return typeof thrown.statusCode === "number" ? thrown.statusCode : undefined;
}

/** By the names of what @azure/identity throws. */
function notSignedIn(thrown: unknown): FairwayError | undefined {
  const names = /^(CredentialUnavailable|AuthenticationRequired|Authentication|AggregateAuthentication)Error$/;
  const found = [...causesOf(thrown)].find((cause) => "name" in cause && names.test(String(cause.name)));
  if (!(found instanceof Error)) return undefined;
  return new FairwayError("unauthenticated", `No credentials for Azure: ${found.message.split("\n")[0] ?? ""}`, {
    hint: "Run `az login`, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give the option credential.",
    cause: thrown,
  });
}
