import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { UserInfo } from "../../world/kubernetes/access/user.ts";
import { badRequest, StatusError } from "../../world/kubernetes/status-error.ts";

/** Whether an Authorization header carries this bearer token; takes as long for a wrong token as for the right one. */
export function bearerMatches(header: string | undefined, token: string): boolean {
  const sent = bearerTokenOf(header);
  return sent !== undefined && timingSafeEqual(digest(sent), digest(token));
}

export function bearerTokenOf(header: string | undefined): string | undefined {
  return /^bearer\s+(\S+)\s*$/i.exec(header ?? "")?.[1];
}

/** The user that `kubectl --as`, `--as-group` and `--as-uid` name. Only administrators may be somebody else. */
export function impersonated(user: UserInfo, headers: IncomingHttpHeaders): UserInfo {
  const username = headers["impersonate-user"];
  if (typeof username !== "string") {
    checkUnnamed(headers);
    return user;
  }
  if (!user.groups.includes("system:masters")) {
    const message = `users ${JSON.stringify(username)} is forbidden: User ${JSON.stringify(user.username)} cannot impersonate resource "users" in API group "" at the cluster scope`;
    throw new StatusError(403, "Forbidden", message, { name: username, kind: "users" });
  }
  const groups = headers["impersonate-group"];
  const named = typeof groups === "string" ? groups.split(",").map((group) => group.trim()) : [];
  const uid = headers["impersonate-uid"];
  const own = named.length > 0 ? named : serviceAccountGroups(username);
  return {
    username,
    ...(typeof uid === "string" ? { uid } : {}),
    groups: [...new Set([...own, "system:authenticated"])],
  };
}

/** Groups without a user are nobody's. */
function checkUnnamed(headers: IncomingHttpHeaders): void {
  const uid = headers["impersonate-uid"];
  const sent = headers["impersonate-group"];
  if (typeof uid !== "string" && typeof sent !== "string") return;
  const groups = typeof sent === "string" ? sent.split(",").map((group) => JSON.stringify(group.trim())) : [];
  const shown = `UID:${JSON.stringify(typeof uid === "string" ? uid : "")}, Groups:[]string${groups.length > 0 ? `{${groups.join(", ")}}` : "(nil)"}`;
  throw badRequest(
    `requested &user.DefaultInfo{Name:"", ${shown}, Extra:map[string][]string(nil)} without impersonating a user name`,
  );
}

/** Those of a service account that is named without groups. */
function serviceAccountGroups(username: string): string[] {
  const namespace = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username)?.[1];
  return namespace === undefined ? [] : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
