import type { ArmError } from "../arm/provider.ts";
import { refusal } from "./errors.ts";

type Headers = Readonly<Record<string, string | undefined>>;

/** For a PUT. `eTag` undefined: the resource does not exist. Throws 400 or 412 (AKS docs, use eTags). */
export function checkPutPreconditions(headers: Headers, eTag: string | undefined): void {
  const { ifMatch, ifNoneMatch } = preconditions(headers);
  if (ifMatch !== undefined && !matches(ifMatch, eTag)) throw mismatch(ifMatch, eTag);
  if (ifNoneMatch !== undefined && eTag !== undefined) {
    throw failed("The resource exists, and the header If-None-Match is '*'.");
  }
}

/** For PATCH and DELETE of a resource that exists; what does not exist is 404 and 204, whatever the headers say. */
export function checkPreconditions(headers: Headers, eTag: string): void {
  const { ifMatch } = preconditions(headers);
  if (ifMatch !== undefined && !matches(ifMatch, eTag)) throw mismatch(ifMatch, eTag);
}

/** Empty headers count as absent. */
function preconditions(headers: Headers): { ifMatch: string | undefined; ifNoneMatch: string | undefined } {
  const ifMatch = unquoted(headers["if-match"]);
  const ifNoneMatch = unquoted(headers["if-none-match"]);
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*") {
    throw refusal(400, "BadRequest", "The header If-None-Match can only be empty or '*'.");
  }
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw refusal(400, "BadRequest", "The headers If-Match and If-None-Match cannot be used at the same time.");
  }
  return { ifMatch, ifNoneMatch };
}

function matches(ifMatch: string, eTag: string | undefined): boolean {
  return eTag !== undefined && (ifMatch === "*" || ifMatch === eTag);
}

function mismatch(ifMatch: string, eTag: string | undefined): ArmError {
  if (eTag === undefined) return failed(`The resource does not exist, and the header If-Match is '${ifMatch}'.`);
  return failed(`The header If-Match '${ifMatch}' does not match the eTag of the resource. Read it again.`);
}

function failed(message: string): ArmError {
  return refusal(412, "PreconditionFailed", message);
}

function unquoted(header: string | undefined): string | undefined {
  return header?.trim().replace(/^(W\/)?"(.*)"$/, "$2") || undefined;
}
