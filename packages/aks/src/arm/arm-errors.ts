import { platformError, unreachableError } from "@fairway/core";
import { type ErrorCode, FairwayError } from "@fairway/model";

/** The error of ARM, as deep as the service nests it. */
export interface ArmErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly ArmErrorBody[];
  readonly innererror?: ArmErrorBody;
}

/**
 * Everything that the ARM client throws, as a `FairwayError`. `operation` is the error of a long-running operation,
 * which the client's own exception holds only in part.
 */
export function armError(thrown: unknown, subject: string, operation?: ArmErrorBody): FairwayError {
  if (thrown instanceof FairwayError) return thrown;
  const status = statusOf(thrown);
  const body = operation ?? errorBody(thrown);
  if (status === undefined && !body) {
    return notSignedIn(thrown) ?? unreachableError(thrown, "Azure Resource Manager") ?? platformError(thrown);
  }
  const text = readable(body) ?? (thrown instanceof Error ? thrown.message : String(thrown));
  const { code, hint } = kindOf(deepest(body)?.code ?? body?.code ?? "", text, status);
  return new FairwayError(code, `${subject}: ${text}`, { hint, cause: thrown });
}

/**
 * A `ValidationError` is told by its text, since the client keeps no `subcode`. `OperationNotAllowed` is three things: no quota, a step that AKS does not take
 * (400), and a cluster that is busy.
 */
function kindOf(code: string, message: string, status = 0): Known {
  const ofStatus = byStatus[status] ?? unknownAnswer;
  if (code === "ValidationError" && /usage of a Kubernetes API deprecated/.test(message)) return usesOldApi;
  if (code !== "OperationNotAllowed") return byCode[code] ?? ofStatus;
  if (/\bquota\b/i.test(message)) return noQuota;
  return status === 400 ? ofStatus : isBusy;
}

/** The `error` of the status of an operation that failed; undefined for every other text. */
export function operationErrorBody(text: string | null | undefined): ArmErrorBody | undefined {
  if (!text?.includes('"error"') || !/"status"\s*:\s*"(Failed|Canceled)"/i.test(text)) return undefined;
  try {
    const body = JSON.parse(text) as { error?: ArmErrorBody };
    return typeof body.error === "object" && body.error !== null ? body.error : undefined;
  } catch {
    return undefined;
  }
}

interface Known {
  readonly code: ErrorCode;
  readonly hint: string;
}

const isBusy: Known = {
  code: "operation-in-progress",
  hint: "Wait until the running operation of the cluster has ended, or abort it, then repeat.",
};
const noQuota: Known = {
  code: "upgrade-failed",
  hint: "Surge nodes need vCPU quota: ask for more, or lower maxSurge of the pool, then start the upgrade again.",
};
const cannotDrain: Known = {
  code: "upgrade-failed",
  hint: "Make the disruption budget or the pod that the message names drainable, then start the upgrade again: it goes on where it stopped.",
};
const usesOldApi: Known = {
  code: "upgrade-failed",
  hint: "Move the callers of the old API that the message names to the newer API, then repeat 12 hours after the last use.",
};
const unknownAnswer: Known = {
  code: "platform",
  hint: "The cause has the answer of Azure. Look at the activity log of the cluster.",
};

const byCode: Readonly<Record<string, Known>> = {
  ResourceNotFound: {
    code: "target-not-found",
    hint: "Check the subscription, the resource group and the name of the cluster: az aks list -o table.",
  },
  ResourceGroupNotFound: {
    code: "target-not-found",
    hint: "Check the name of the resource group and the subscription: az group list -o table.",
  },
  SubscriptionNotFound: { code: "target-not-found", hint: "Check the subscription: az account list -o table." },
  InvalidSubscriptionId: { code: "target-not-found", hint: "Check the subscription: az account list -o table." },
  ExpiredAuthenticationToken: {
    code: "unauthenticated",
    hint: "The token has expired: run `az login` again, and check the clock of this machine.",
  },
  InvalidAuthenticationTokenAudience: {
    code: "unauthenticated",
    hint: "The token is for another service or cloud: the credential must give one for https://management.azure.com/.default.",
  },
  InvalidAuthenticationTokenTenant: {
    code: "unauthenticated",
    hint: "The token is of another tenant than the subscription: run `az login --tenant TENANT`, or correct AZURE_TENANT_ID.",
  },
  OperationNotAllowed: isBusy,
  UnsatisfiablePDB: {
    code: "upgrade-failed",
    hint: "Let every disruption budget that the message names allow at least one disruption, then repeat.",
  },
  UpgradeFailed: cannotDrain,
  PodDrainFailure: cannotDrain,
  QuotaExceeded: noQuota,
  ErrCode_InsufficientVCPUQuota: noQuota,
  UpgradeBlockedOnDeprecatedAPIUsage: usesOldApi,
};

const byStatus: Readonly<Record<number, Known>> = {
  400: { code: "upgrade-invalid", hint: "Correct what the message names, and repeat." },
  401: { code: "unauthenticated", hint: "Run `az login` again, or give another credential." },
  403: { code: "forbidden", hint: "Ask for a role on the cluster that allows the action which the message names." },
  404: { code: "target-not-found", hint: "Check the address of the target." },
  409: { code: "operation-in-progress", hint: "Wait until the running operation has ended, then repeat." },
  412: { code: "conflict", hint: "Somebody else changed the cluster at the same moment. Repeat the call." },
  429: { code: "throttled", hint: "Azure asks to wait. Repeat in a minute." },
};

/** The credential failed before any request: `@azure/identity` says so by the name of its errors. */
function notSignedIn(thrown: unknown): FairwayError | undefined {
  if (
    !(thrown instanceof Error) ||
    !/^(CredentialUnavailable|AuthenticationRequired|Authentication|AggregateAuthentication)Error$/.test(thrown.name)
  ) {
    return undefined;
  }
  return new FairwayError("unauthenticated", `No credentials for Azure: ${thrown.message.split("\n")[0] ?? ""}`, {
    hint: "Run `az login`, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give the option credential.",
    cause: thrown,
  });
}

function statusOf(thrown: unknown): number | undefined {
  if (!isObject(thrown) || !("statusCode" in thrown)) return undefined;
  return typeof thrown.statusCode === "number" ? thrown.statusCode : Number(thrown.statusCode) || undefined;
}

/**
 * `RestError.details` is the body. Microsoft.ContainerService leaves the `error` envelope out of its own refusals, which
 * the client does not expect: then only code and message are left, on the exception itself.
 */
function errorBody(thrown: unknown): ArmErrorBody | undefined {
  if (!isObject(thrown) || statusOf(thrown) === undefined) return undefined;
  const details = "details" in thrown ? thrown.details : undefined;
  if (isObject(details) && "error" in details && isObject(details.error)) return details.error;
  const code = "code" in thrown && typeof thrown.code === "string" ? { code: thrown.code } : {};
  return { ...code, ...(thrown instanceof Error ? { message: thrown.message } : {}) };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Every message once, from the outside in. */
function readable(body: ArmErrorBody | undefined): string | undefined {
  const messages: string[] = [];
  for (const { code, message } of levels(body)) {
    const text = message ?? code;
    if (text !== undefined && !messages.some((seen) => seen.includes(text))) messages.push(text);
  }
  return messages.length > 0 ? messages.join(" ") : undefined;
}

function deepest(body: ArmErrorBody | undefined): ArmErrorBody | undefined {
  return levels(body).findLast(({ code }) => code !== undefined && byCode[code] !== undefined);
}

function levels(body: ArmErrorBody | undefined): ArmErrorBody[] {
  if (!body) return [];
  const inner = body.innererror ? levels(body.innererror) : [];
  return [body, ...(body.details ?? []).flatMap(levels), ...inner];
}
