import { createHash, timingSafeEqual } from "node:crypto";
import type { ExtraRoute } from "../arm/server.ts";

/**
 * The route asks for the token: `Authorization: Bearer TOKEN`, or, so that a browser can ask for it, any user name with
 * the token as password.
 */
export function guarded(route: ExtraRoute, token: string): ExtraRoute {
  return {
    matches: (path) => route.matches(path),
    handle(request, response) {
      if (isToken(request.headers.authorization, token)) return route.handle(request, response);
      request.resume();
      response.writeHead(401, {
        "content-type": "application/problem+json",
        "www-authenticate": 'Basic realm="Fairway emulator", charset="UTF-8"',
      });
      response.end(
        JSON.stringify({ type: "about:blank", title: "Unauthorized", status: 401, hint: "Send the token." }),
      );
    },
  };
}

function isToken(authorization: string | undefined, token: string): boolean {
  const [, scheme = "", value = ""] = /^(bearer|basic) +(\S+) *$/i.exec(authorization ?? "") ?? [];
  const given = scheme.toLowerCase() === "basic" ? passwordOf(value) : value;
  return timingSafeEqual(digest(given), digest(token));
}

function passwordOf(credentials: string): string {
  const text = Buffer.from(credentials, "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
