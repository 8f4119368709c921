import { platformError, unreachableError } from "@fairway/core";
import { FairwayError, type Issue } from "@fairway/model";
import { ApiException } from "@kubernetes/client-node";

export interface ErrorSubject {
  /** What the request was about: `Deployment payment-api--a1b2c3d4`. */
  readonly subject: string;
  /** URL of the API server. */
  readonly server: string;
}

/** Everything that the Kubernetes client throws, as a `FairwayError`. */
export function kubernetesError(thrown: unknown, { subject, server }: ErrorSubject): FairwayError {
  if (thrown instanceof FairwayError) return thrown;
  if (!(thrown instanceof ApiException)) {
    const unreachable = unreachableError(thrown, `The Kubernetes API at ${server}`);
    return unreachable ?? unknownKind(thrown, subject) ?? platformError(thrown);
  }
  const status = statusBody(thrown.body);
  const message = `${subject}: ${status?.message ?? `the API server answered ${thrown.code}`}`;
  switch (thrown.code) {
    case 401:
      return new FairwayError("unauthenticated", message, {
        hint: "The cluster does not know this identity. Sign in again, e.g. az login.",
        cause: thrown,
      });
    case 403:
      return new FairwayError("forbidden", message, {
        hint: "Ask for the role that the message names: Azure Kubernetes Service RBAC Writer for the namespace is enough for apps.",
        cause: thrown,
      });
    case 404:
      return new FairwayError("target-not-found", message, {
        hint: "Check the namespace of the target and that the cluster serves this kind.",
        cause: thrown,
      });
    case 409:
      return new FairwayError("conflict", message, {
        hint: "Somebody else changed it at the same moment. Repeat the call.",
        cause: thrown,
      });
    case 400:
    case 422:
      return new FairwayError("app-invalid", message, {
        hint: "Correct the fields that the cluster refused; an entry in overrides.aks may be the reason.",
        cause: thrown,
        issues: issues(status),
      });
    case 429:
      return new FairwayError("throttled", message, {
        hint: "The API server is overloaded. Wait a little and repeat.",
        cause: thrown,
      });
    case 502:
    case 503:
    case 504:
      return new FairwayError("unreachable", message, {
        hint: "The control plane is not available: it may be in an upgrade. Repeat in a few minutes.",
        cause: thrown,
      });
    default:
      return new FairwayError("platform", message, {
        hint: "The cause has the answer of the API server.",
        cause: thrown,
      });
  }
}

export function isStatus(thrown: unknown, code: number): boolean {
  return thrown instanceof ApiException && thrown.code === code;
}

/** How long to wait before the same request may be repeated; undefined when it should not be. */
export function retryAfterMs(thrown: unknown): number | undefined {
  if (!(thrown instanceof ApiException) || thrown.code !== 429) return undefined;
  const seconds = Number(thrown.headers["retry-after"] ?? "1");
  return Number.isFinite(seconds) ? Math.max(100, seconds * 1_000) : 1_000;
}

/** The client looks kinds up before it asks for one, and says this when the cluster lacks it. */
function unknownKind(thrown: unknown, subject: string): FairwayError | undefined {
  if (!(thrown instanceof Error) || !thrown.message.startsWith("Unrecognized API version and kind")) return undefined;
  return new FairwayError("not-supported", `${subject}: ${thrown.message}.`, {
    hint: "The cluster lacks this extension. Install it, or leave out what needs it.",
    cause: thrown,
  });
}

interface StatusBody {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

/** The `Status` object of a failed request; the client hands it over as text or parsed, depending on the call. */
function statusBody(body: unknown): StatusBody | undefined {
  if (typeof body === "object" && body !== null) return body;
  if (typeof body !== "string") return undefined;
  try {
    return statusBody(JSON.parse(body) as unknown);
  } catch {
    return undefined;
  }
}

function issues(status: StatusBody | undefined): Issue[] {
  return (status?.details?.causes ?? []).map(({ field, message }) => ({ path: field ?? "", message: message ?? "" }));
}
