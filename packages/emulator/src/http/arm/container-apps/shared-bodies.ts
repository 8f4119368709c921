import type { Json } from "../../../world/container-apps/json.ts";
import type { World } from "../../../world/world.ts";
import type { TokenIssuer } from "../../identity/tokens.ts";

/** Microsoft.App's times: seven decimals and no zone letter. */
export function dotNetTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "0000");
}

/** As revisions and executions show times: whole seconds with an offset. */
export function offsetTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}+00:00`;
}

/** What `getAuthtoken` answers for a resource whose body is given. */
export function accessToken(tokens: TokenIssuer, audience: string, body: Json, type: string): Json {
  const { token, expiresAtMs } = tokens.issue({ audience, clientId: "logstream" });
  return {
    id: body["id"],
    name: body["name"],
    type,
    location: body["location"],
    properties: { token, expires: `${dotNetTime(expiresAtMs)}Z` },
  };
}

export function systemData(createdAtMs: number, modifiedAtMs: number): Json {
  return {
    createdBy: "fairway@example.com",
    createdByType: "User",
    createdAt: dotNetTime(createdAtMs),
    lastModifiedBy: "fairway@example.com",
    lastModifiedByType: "User",
    lastModifiedAt: dotNetTime(modifiedAtMs),
  };
}

/** With the ids that Azure would have made; the same for the same resource in every run of a seed. Undefined for none. */
export function identityBody(
  world: World,
  resourceId: string,
  identity: Json | undefined,
  tenantId: string,
): Json | undefined {
  const type = typeof identity?.["type"] === "string" ? identity["type"] : "None";
  if (type.toLowerCase() === "none") return undefined;
  const idOf = (what: string): string => world.random.stream(`identity/${resourceId.toLowerCase()}/${what}`).uuid();
  const users = Object.keys((identity?.["userAssignedIdentities"] as Json | null | undefined) ?? {});
  const assigned = users.map((id) => [id, { principalId: idOf(`${id}/principal`), clientId: idOf(`${id}/client`) }]);
  return {
    type: type
      .split(",")
      .map((part) => part.trim())
      .join(", "),
    ...(type.includes("SystemAssigned") ? { principalId: idOf("principal"), tenantId } : {}),
    ...(users.length > 0 ? { userAssignedIdentities: Object.fromEntries(assigned) } : {}),
  };
}
