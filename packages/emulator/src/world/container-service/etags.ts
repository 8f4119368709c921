import type { ArmError } from "../../http/arm/provider.ts";
import { refusal } from "./errors.ts";

/** If-Match and If-None-Match against what is there; undefined: nothing is (table of azure-facts 5.1). Throws 412 or 400. */
export function checkPreconditions(
  headers: Readonly<Record<string, string | undefined>>,
  eTag: string | undefined,
): void {
  const ifMatch = unquoted(headers["if-match"]);
  const ifNoneMatch = unquoted(headers["if-none-match"]);
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw refusal(400, "InvalidRequest", "If-Match and If-None-Match cannot be sent together.");
  }
  if (ifMatch !== undefined && (eTag === undefined || (ifMatch !== "*" && ifMatch !== eTag))) {
    throw failed(`The resource's ETag does not match If-Match '${ifMatch}'.`);
  }
  if (ifNoneMatch !== undefined && eTag !== undefined && (ifNoneMatch === "*" || ifNoneMatch === eTag)) {
    throw failed(`The resource exists, and If-None-Match is '${ifNoneMatch}'.`);
  }
}

function failed(message: string): ArmError {
  return refusal(412, "PreconditionFailed", message);
}

function unquoted(header: string | undefined): string | undefined {
  return header?.trim().replace(/^(W\/)?"(.*)"$/, "$2");
}
