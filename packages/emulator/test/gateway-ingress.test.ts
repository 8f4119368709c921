import { expect, test } from "vitest";
import type { PathRule } from "../src/world/ports.ts";
import { backend, cannedServer, exchange, httpServer, startGateway } from "./gateway-parts.ts";

const named = (name: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;

function ask(path: string, lines = "", method = "GET"): string {
  return `${method} ${path} HTTP/1.1\r\nHost: app.test\r\n${lines}Connection: close\r\n\r\n`;
}

function rule(kind: PathRule["kind"], path: string, host: string, prefixRewrite?: string): PathRule {
  return { kind, path, host, caseSensitive: true, prefixRewrite };
}

test("paths lead to other hosts, rewritten, and those that no rule matches are not found", async () => {
  await using server = await httpServer((request, response) => response.end(request.url));
  await using gateway = await startGateway();
  gateway.setRoute("orders.test", { backends: [backend("orders", [server.address])] });
  gateway.setRoute("users.test", { backends: [backend("users", [server.address])] });
  gateway.setRoute("app.test", {
    backends: [],
    rules: [
      rule("exact", "/health", "users.test", "/ready"),
      rule("segments", "/orders", "orders.test", "/"),
      { ...rule("prefix", "/U", "users.test"), caseSensitive: false },
      rule("prefix", "/lost", "gone.test"),
    ],
  });
  const path = async (target: string): Promise<string> => {
    const answer = await exchange(gateway, ask(target));
    const backendName = /x-emulator-revision: (\w+)/.exec(answer)?.[1] ?? "";
    return `${answer.slice(9, 12)} ${backendName} ${/^\/\S*$/m.exec(answer)?.[0] ?? ""}`;
  };
  expect(await path("/orders/7?x=/orders")).toBe("200 orders /7?x=/orders");
  expect(await path("/orders")).toBe("200 orders /");
  expect(await path("/ordersX")).toMatch(/^404 /);
  expect(await path("/users/1")).toBe("200 users /users/1");
  expect(await path("/health?full")).toBe("200 users /ready?full");
  expect(await path("/healthy")).toMatch(/^404 /);
  expect(await path("/lost")).toMatch(/^503 /);
  expect(gateway.stats("orders.test", "orders").requests).toBe(2);
});

test("only callers that the rules allow come through", async () => {
  await using server = await cannedServer(named("app"));
  await using gateway = await startGateway();
  const backends = [backend("a", [server.address])];
  const answerWith = async (action: "allow" | "deny", block: string): Promise<string> => {
    gateway.setRoute("app.test", { backends, policy: { sources: { action, blocks: [block] } } });
    return exchange(gateway, ask("/"));
  };
  expect(await answerWith("allow", "127.0.0.0/8")).toMatch(/^HTTP\/1\.1 200 /);
  expect(await answerWith("deny", "127.0.0.1/32")).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*RBAC: access denied$/);
  expect(await answerWith("allow", "10.0.0.0/8")).toMatch(/^HTTP\/1\.1 403 /);
  expect(await answerWith("deny", "10.0.0.0/8")).toMatch(/^HTTP\/1\.1 200 /);
});

test("a preflight of an allowed origin is answered by the ingress, and its responses say that it may read them", async () => {
  await using server = await cannedServer(named("app"));
  await using gateway = await startGateway();
  const cors = {
    allowedOrigins: ["https://shop.test"],
    allowedMethods: ["GET", "POST"],
    allowedHeaders: ["X-Id"],
    exposeHeaders: ["X-Total"],
    maxAgeSeconds: 60,
    allowCredentials: true,
  };
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])], policy: { cors } });
  const wanted = "Access-Control-Request-Method: POST\r\n";
  const preflight = await exchange(gateway, ask("/", `Origin: https://shop.test\r\n${wanted}`, "OPTIONS"));
  expect(preflight).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  for (const line of ["origin: https://shop.test", "methods: GET,POST", "headers: X-Id", "credentials: true"]) {
    expect(preflight).toContain(`access-control-allow-${line}\r\n`);
  }
  expect(preflight).toContain("access-control-max-age: 60\r\n");
  expect(gateway.stats("app.test", "a").requests).toBe(0);
  const read = await exchange(gateway, ask("/", "Origin: https://shop.test\r\n"));
  expect(read).toContain("access-control-expose-headers: X-Total\r\n");
  expect(read).toMatch(/\r\n\r\napp$/);
  const other = await exchange(gateway, ask("/", `Origin: https://evil.test\r\n${wanted}`, "OPTIONS"));
  expect(other).not.toContain("access-control");
  expect(gateway.stats("app.test", "a").requests).toBe(2);
});

test("a client with the cookie of an answer stays with the replica that gave it, while that is there", async () => {
  await using one = await cannedServer(named("one"));
  await using two = await cannedServer(named("two"));
  await using gateway = await startGateway();
  const route = (...endpoints: readonly { host: string; port: number }[]) =>
    gateway.setRoute("app.test", { backends: [backend("a", endpoints)], policy: { sticky: true } });
  route(one.address, two.address);
  const first = await exchange(gateway, ask("/"));
  const cookie = /set-cookie: (acaAffinity="[0-9a-f]{16}"); Path=\/; HttpOnly\r\n/.exec(first)?.[1] ?? "";
  const name = first.slice(-3);
  for (let count = 0; count < 4; count++) {
    const again = await exchange(gateway, ask("/", `Cookie: a=b; ${cookie}\r\n`));
    expect(again.slice(-3)).toBe(name);
    expect(again).not.toContain("set-cookie");
  }
  const others = await Promise.all([1, 2, 3, 4].map(() => exchange(gateway, ask("/"))));
  expect(new Set(others.map((text) => text.slice(-3)))).toEqual(new Set(["one", "two"]));
  route(name === "one" ? two.address : one.address);
  const moved = await exchange(gateway, ask("/", `Cookie: ${cookie}\r\n`));
  expect(moved.slice(-3)).not.toBe(name);
  expect(moved).toMatch(/set-cookie: acaAffinity=/);
});
