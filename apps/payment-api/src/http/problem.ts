import type { ServerResponse } from "node:http";
import { sendText } from "./send.ts";

/** Every error that this API answers with: its code, HTTP status and title. */
const problems = {
  "malformed-json": { status: 400, title: "The body is not valid JSON" },
  "malformed-request": { status: 400, title: "The request is malformed" },
  "idempotency-key-missing": { status: 400, title: "The Idempotency-Key header is missing" },
  "idempotency-key-invalid": { status: 400, title: "The Idempotency-Key header is not valid" },
  "not-found": { status: 404, title: "There is nothing at this path" },
  "payment-not-found": { status: 404, title: "There is no such payment" },
  "account-not-found": { status: 404, title: "There is no such account" },
  "method-not-allowed": { status: 405, title: "This path does not take this method" },
  "invalid-transition": { status: 409, title: "The payment is not in a state that allows this" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body must be JSON in UTF-8" },
  "invalid-payment": { status: 422, title: "The payment is not valid" },
  "idempotency-key-reused": { status: 422, title: "The Idempotency-Key was used for another payment" },
  "balance-limit": { status: 422, title: "An account would pass the largest balance that it can hold" },
  "internal-error": { status: 500, title: "The payment service failed" },
  "not-started": { status: 503, title: "The payment service is not serving" },
  "ledger-unavailable": { status: 503, title: "The ledger cannot be reached" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

export interface FieldError {
  /** Dotted path of the field in the body; empty for the body itself. */
  readonly path: string;
  readonly message: string;
}

interface ProblemExtras {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by handlers; answered as RFC 9457 `application/problem+json`. The detail is shown to the client. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.status = problems[code].status;
    this.extras = extras;
  }
}

/** Seconds after which a client should try again when the service or its ledger is away. */
const retryAfterSeconds = "1";

export function sendProblem(response: ServerResponse, problem: Problem): void {
  const { status, title } = problems[problem.code];
  const body = {
    type: `urn:fairway:payment-api:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    ...(problem.extras.errors ? { errors: problem.extras.errors } : {}),
  };
  if (status === 503) response.setHeader("retry-after", retryAfterSeconds);
  for (const [name, value] of Object.entries(problem.extras.headers ?? {})) response.setHeader(name, value);
  sendText(response, status, "application/problem+json", JSON.stringify(body));
}
