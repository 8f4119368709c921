import { FairwayError } from "@fairway/model";

/** What was thrown, as a `FairwayError`. For what no adapter has converted: it becomes one of code `platform`. */
export function asFairwayError(thrown: unknown): FairwayError {
  if (thrown instanceof FairwayError) return thrown;
  return unreachableError(thrown) ?? platformError(thrown);
}

/**
 * `unreachable` when the host behind a call was not reached at all: refused, unknown, timed out, or with a certificate
 * that nobody vouches for. Looks into causes too. `what` is the subject of the message.
 */
export function unreachableError(thrown: unknown, what = "The service"): FairwayError | undefined {
  for (const error of causesOf(thrown)) {
    const code = codeOf(error);
    if (code === undefined) continue;
    if (certificateCodes.has(code)) {
      return new FairwayError("unreachable", `${what} has a certificate that is not trusted here (${code}).`, {
        hint: "Give the certificate authority: the option arm.caCertificate, or NODE_EXTRA_CA_CERTS.",
        cause: thrown,
      });
    }
    if (networkCodes.has(code)) {
      return new FairwayError("unreachable", `${what} cannot be reached (${code}).`, {
        hint: "Check the address, the network and whether it is running, then repeat.",
        cause: thrown,
      });
    }
  }
  return undefined;
}

export function platformError(thrown: unknown): FairwayError {
  const message = thrown instanceof Error && thrown.message !== "" ? thrown.message : String(thrown);
  return new FairwayError("platform", message, {
    hint: "This is an answer that Fairway does not know. The cause has the original error.",
    cause: thrown,
  });
}

/** The error itself and what caused it, outermost first. */
export function* causesOf(thrown: unknown): Generator<object> {
  const seen = new Set<unknown>();
  for (let error = thrown; typeof error === "object" && error !== null && !seen.has(error); ) {
    seen.add(error);
    yield error;
    if (error instanceof AggregateError) for (const inner of error.errors) yield* causesOf(inner);
    error = "cause" in error ? error.cause : undefined;
  }
}

function codeOf(error: object): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

// https://nodejs.org/api/errors.html#common-system-errors; REQUEST_SEND_ERROR is what the Azure SDKs make of them.
const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_SOCKET",
  "REQUEST_SEND_ERROR",
]);

// https://nodejs.org/api/tls.html#x509-certificate-error-codes
const certificateCodes = new Set([
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
