import { createHash, timingSafeEqual } from "node:crypto";

/** Whether an Authorization header carries this bearer token; takes as long for a wrong token as for the right one. */
export function bearerMatches(header: string | undefined, token: string): boolean {
  const match = /^bearer\s+(\S+)\s*$/i.exec(header ?? "");
  return match?.[1] !== undefined && timingSafeEqual(digest(match[1]), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
