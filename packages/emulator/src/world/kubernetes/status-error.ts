import type { JsonRecord } from "./json.ts";

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The plural resource name; for `Invalid` the kind. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A refusal, as the `Status` object that the API server answers with. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  /** Of the `Status`: the token with which an expired list goes on. */
  readonly metadata: JsonRecord;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, metadata: JsonRecord = {}) {
    super(message);
    this.name = "StatusError";
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.metadata = metadata;
  }

  body(): JsonRecord {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.metadata,
      status: "Failure",
      message: this.message,
      ...(this.reason ? { reason: this.reason } : {}),
      ...(this.details ? { details: written(this.details) } : {}),
      code: this.code,
    };
  }
}

/** What an error message names: `deployments.apps "web"`. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

export function forbidden(
  subject: Subject,
  name: string,
  message: string,
  causes?: readonly StatusCause[],
): StatusError {
  return new StatusError(403, "Forbidden", `${qualified(subject)} "${name}" is forbidden: ${message}`, {
    ...detailsOf(subject, name),
    ...(causes ? { causes } : {}),
  });
}

export function notFound(subject: Subject, name: string): StatusError {
  return new StatusError(404, "NotFound", `${qualified(subject)} "${name}" not found`, detailsOf(subject, name));
}

/** No such URL. */
export function pathNotFound(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

export function notAcceptable(accepted: readonly string[]): StatusError {
  const message = `only the following media types are accepted: ${accepted.join(", ")}`;
  return new StatusError(406, "NotAcceptable", message);
}

export function alreadyExists(subject: Subject, name: string): StatusError {
  const message = `${qualified(subject)} "${name}" already exists`;
  return new StatusError(409, "AlreadyExists", message, detailsOf(subject, name));
}

export function conflict(subject: Subject, name: string, why = staleMessage): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`;
  return new StatusError(409, "Conflict", message, detailsOf(subject, name));
}

const staleMessage = "the object has been modified; please apply your changes to the latest version and try again";

/** Watch or list from a version that is no longer known. */
export function expired(message: string, metadata: JsonRecord = {}): StatusError {
  return new StatusError(410, "Expired", message, undefined, metadata);
}

export function bodyTooLarge(limitBytes: number): StatusError {
  return new StatusError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limitBytes}`);
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new StatusError(415, "UnsupportedMediaType", message);
}

/** A patch that is none, or that cannot be carried out on the object as it is. */
export function rejected(): StatusError {
  return new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

export function internalError(message: string): StatusError {
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ reason: "", message }],
  });
}

export function tooLargeResourceVersion(version: number, current: number): StatusError {
  const message = `Timeout: Too large resource version: ${version}, current: ${current}`;
  return new StatusError(504, "Timeout", message, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

function qualified(subject: Subject): string {
  return subject.group ? `${subject.plural}.${subject.group}` : subject.plural;
}

/** An empty reason is left out. */
function written({ causes, ...details }: StatusDetails): JsonRecord {
  if (!causes) return details;
  return { ...details, causes: causes.map(({ reason, ...cause }) => (reason === "" ? cause : { reason, ...cause })) };
}

function detailsOf(subject: Subject, name: string): StatusDetails {
  return { ...(name ? { name } : {}), ...(subject.group ? { group: subject.group } : {}), kind: subject.plural };
}
