import { FairwayError } from "@fairway/model";
import type { ErrorRequestHandler, RequestHandler } from "express";

/** An answer of RFC 9457: what is wrong, in words and as a stable code. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, detail: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.extra = extra;
  }
}

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Only pages of this very server may call: a foreign page that resolves its name to loopback is turned away. */
export const refuseStrangers: RequestHandler = (request, _response, next) => {
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  const origin = request.headers.origin;
  if (!loopbackNames.has(host) || (origin !== undefined && origin !== `http://${request.headers.host}`)) {
    throw new Problem(403, "foreign-origin", "This server answers only to pages of its own, on loopback.");
  }
  next();
};

export const sendProblem: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const problem = toProblem(error);
  response
    .status(problem.status)
    .type("application/problem+json")
    .send(
      JSON.stringify({
        type: `urn:fairway:problem:${problem.code}`,
        title: problem.code,
        status: problem.status,
        detail: problem.message,
        ...problem.extra,
      }),
    );
};

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof FairwayError) return new Problem(500, error.code, error.message, { hint: error.hint });
  if (isBodyError(error)) {
    return error.status === 413
      ? new Problem(413, "too-large", "The body is larger than 16 kB.")
      : new Problem(error.status, "bad-request", "The body is not valid JSON.");
  }
  return new Problem(500, "internal", "The request could not be served.");
}

function isBodyError(error: unknown): error is { status: number } {
  return error instanceof Error && "status" in error && typeof error.status === "number" && error.status < 500;
}
