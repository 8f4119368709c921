import { type IdentityAnswer, type IdentityCall, type IdentityOptions, sameText } from "./answer.ts";

/** App Service and Container Apps, protocol 2019-08-01 (`X-IDENTITY-HEADER`) and the older 2017-09-01 (`secret`). */
export function appServiceToken(options: IdentityOptions, call: IdentityCall): IdentityAnswer {
  if (call.method !== "GET") return appServiceRefusal(405, "Method Not Allowed");
  const header = call.header("x-identity-header") ?? call.header("secret");
  if (!header || !sameText(header, options.identityHeader)) {
    return appServiceRefusal(401, "The X-IDENTITY-HEADER header is missing or wrong.");
  }
  const resource = call.query.get("resource");
  if (!resource) return appServiceRefusal(400, "The resource parameter is missing.");
  if (!names(options, call)) {
    return appServiceRefusal(
      400,
      "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
    );
  }
  const { token, expiresAtMs } = options.tokens.issue({ audience: resource, clientId: options.clientId });
  const old = call.query.get("api-version") === "2017-09-01";
  const expires_on = old ? oldDate(expiresAtMs) : String(expiresAtMs / 1_000);
  const { clientId: client_id } = options;
  return { status: 200, body: { access_token: token, expires_on, resource, token_type: "Bearer", client_id } };
}

/** The Azure Instance Metadata Service of a virtual machine. A call without `Metadata: true` is how clients look whether it is there. */
export function instanceMetadataToken(options: IdentityOptions, call: IdentityCall): IdentityAnswer {
  if (call.method !== "GET") return metadataRefusal(405, "bad_request_102", "Method not allowed");
  if (call.header("metadata")?.toLowerCase() !== "true") {
    return metadataRefusal(400, "bad_request_102", "Required metadata header not specified");
  }
  if (!call.query.get("api-version")) {
    return metadataRefusal(400, "bad_request_102", "Required query variable 'api-version' is missing");
  }
  const resource = call.query.get("resource");
  if (!resource) return metadataRefusal(400, "invalid_request", "Required query variable 'resource' is missing");
  if (!names(options, call)) return metadataRefusal(400, "invalid_request", "Identity not found");
  const { token, expiresAtMs, lifetimeSeconds } = options.tokens.issue({
    audience: resource,
    clientId: options.clientId,
  });
  return {
    status: 200,
    body: {
      access_token: token,
      client_id: options.clientId,
      expires_in: String(lifetimeSeconds),
      expires_on: String(expiresAtMs / 1_000),
      ext_expires_in: String(lifetimeSeconds),
      not_before: String(Math.floor(options.tokens.clock.now() / 1_000)),
      resource,
      token_type: "Bearer",
    },
  };
}

/** There is one identity. Asking for another by client id is refused; a resource or object id is taken as meaning it. */
function names({ clientId }: IdentityOptions, { query }: IdentityCall): boolean {
  const wanted = query.get("client_id") ?? query.get("clientid");
  return wanted === null || wanted.toLowerCase() === clientId.toLowerCase();
}

function appServiceRefusal(statusCode: number, message: string): IdentityAnswer {
  return { status: statusCode, body: { statusCode, message } };
}

function metadataRefusal(status: number, error: string, description: string): IdentityAnswer {
  return { status, body: { error, error_description: description } };
}

/** `06/20/2019 02:57:58 +00:00` */
function oldDate(timeMs: number): string {
  const [date = "", time = ""] = new Date(timeMs).toISOString().slice(0, 19).split("T");
  const [year, month, day] = date.split("-");
  return `${month}/${day}/${year} ${time} +00:00`;
}
