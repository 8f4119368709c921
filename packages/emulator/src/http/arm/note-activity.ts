import type { ArmProvider, ArmResponse } from "../../world/arm/provider.ts";
import type { Activity } from "../../world/insights/activity-log.ts";
import type { ArmCall, ArmOptions } from "./call.ts";
import { parseResourcePath, type ResourcePath } from "./resource-path.ts";

interface Answered {
  readonly call: ArmCall;
  readonly path: string;
  readonly principal: string;
  readonly response: ArmResponse;
  /** Headers of every answer: ids of the request and of its correlation. */
  readonly common: Readonly<Record<string, string>>;
}

/** Writes a call into the activity log. Reads, and calls that were turned away at the door, are not written. */
export function noteActivity(options: ArmOptions, answered: Answered): void {
  const { activityLog } = options;
  const { call, path, response } = answered;
  if (!activityLog || !["PUT", "PATCH", "DELETE", "POST"].includes(call.method)) return;
  if ([401, 404, 405, 415, 429].includes(response.status)) return;
  const about = aboutWhat(parseResourcePath(path), call.method, options.providers);
  if (about) activityLog.add({ ...about, ...ofCall(options, answered) });
}

type About = Pick<Activity, "subscription" | "resourceGroup" | "provider" | "type" | "operation" | "resourceId">;

function aboutWhat(path: ResourcePath, method: string, providers: readonly ArmProvider[]): About | undefined {
  if (path.kind === "group" && path.rest.length === 0) {
    const { subscription, group } = path;
    const type = "Microsoft.Resources/subscriptions/resourceGroups";
    return {
      subscription,
      resourceGroup: group,
      provider: "Microsoft.Resources",
      type,
      operation: `${type}/${method === "DELETE" ? "delete" : "write"}`,
      resourceId: `/subscriptions/${subscription}/resourceGroups/${group}`,
    };
  }
  if (path.kind !== "provider" || path.group === undefined) return undefined;
  return aboutResource({ ...path, group: path.group }, method, providers);
}

function aboutResource(
  path: Extract<ResourcePath, { kind: "provider" }> & { readonly group: string },
  method: string,
  providers: readonly ArmProvider[],
): About {
  const { subscription, group, names } = path;
  const provider = providers.find(({ namespace }) => namespace.toLowerCase() === path.namespace.toLowerCase());
  const namespace = provider?.namespace ?? path.namespace;
  const types = knownTypes(path.types.slice(0, names.length), provider);
  const action = path.types.slice(names.length).join("/");
  const type = `${namespace}/${types.join("/")}`;
  const verb = method === "DELETE" ? "delete" : method === "POST" ? `${action}/action` : "write";
  const place = types.map((one, index) => `${one}/${names[index]}`).join("/");
  return {
    subscription,
    resourceGroup: group,
    provider: namespace,
    type,
    operation: `${type}/${verb}`,
    resourceId: `/subscriptions/${subscription}/resourceGroups/${group}/providers/${namespace}/${place}`,
  };
}

/** Paths are lower case here; the log has types as their provider writes them. */
function knownTypes(types: readonly string[], provider: ArmProvider | undefined): readonly string[] {
  const joined = types.join("/");
  const known = [...(provider?.resourceTypes ?? []), ...(provider?.actionTypes ?? [])];
  return (known.find((type) => type.toLowerCase() === joined) ?? joined).split("/");
}

type OfCall = Omit<Activity, keyof About>;

function ofCall(options: ArmOptions, { call, principal, response, common }: Answered): OfCall {
  const requestId = common["x-ms-request-id"] ?? "";
  const armOperation = operationOf(options, response);
  const requestBody = bodyWithoutSecrets(call.body);
  return {
    method: call.method,
    uri: `${call.baseUrl}${call.target}`.slice(0, 2_000),
    caller: principal,
    correlationId: common["x-ms-correlation-request-id"] ?? requestId,
    requestId,
    clientRequestId: (call.headers["x-ms-client-request-id"] ?? requestId).slice(0, 128),
    httpStatus: response.status,
    ...(armOperation ? { armOperation } : {}),
    ...(requestBody === undefined ? {} : { requestBody }),
    ...(response.status >= 400 ? { refusal: response.body } : {}),
  };
}

/** The operation that a write has begun: its id is the last part of the address to poll. */
function operationOf({ operations }: ArmOptions, { headers = {} }: ArmResponse): Activity["armOperation"] {
  const url = headers["azure-asyncoperation"] ?? headers["location"];
  const id = url === undefined ? undefined : new URL(url).pathname.split("/").at(-1);
  return id === undefined ? undefined : operations.get(decodeURIComponent(id));
}

const longestBody = 16_384;
const secretNames = /secret|password|token|key|credential|certificate|env|args|command|value|data/i;

/** Undefined without a body, with one that is no JSON or is large. */
function bodyWithoutSecrets(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > longestBody) return undefined;
  try {
    const text = new TextDecoder().decode(bytes);
    return JSON.stringify(JSON.parse(text, (name, value: unknown) => (secretNames.test(name) ? undefined : value)));
  } catch {
    return undefined;
  }
}
