import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createRealTimeKernel } from "@fairway/kernel";
import { expect, test } from "vitest";
import {
  backend,
  cannedServer,
  closing,
  eventually,
  exchange,
  httpServer,
  RawClient,
  rawServer,
  startGateway,
} from "./gateway-parts.ts";

const ask = (host: string, path = "/"): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
const named = (name: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;
const basic = (user: string): string => `Basic ${Buffer.from(`${user}:x`).toString("base64")}`;

test("hosts are compared without case, port and final dot; others are not found", async () => {
  await using server = await cannedServer(named("app"));
  await using gateway = await startGateway();
  gateway.setRoute("App.Test", { backends: [backend("a", [server.address])] });
  for (const host of ["app.test", "APP.TEST", "app.test:8080", "app.test."]) {
    expect(await exchange(gateway, ask(host))).toMatch(/\r\n\r\napp$/);
  }
  for (const host of ["app", "app.test.evil", "[::1]:80", "127.0.0.1"]) {
    const answer = await exchange(gateway, ask(host));
    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    expect(answer).not.toContain("x-emulator-revision");
  }
  gateway.removeRoute("APP.test");
  expect(await exchange(gateway, ask("app.test"))).toMatch(/^HTTP\/1\.1 404 /);
});

test("a proxied request finds the short name in its scope first, then the full name", async () => {
  await using one = await cannedServer(named("one"));
  await using two = await cannedServer(named("two"));
  await using gateway = await startGateway();
  gateway.setRoute("config.ns1.cluster", { backends: [backend("c", [one.address])] });
  gateway.setRoute("config.ns2.cluster", { backends: [backend("c", [two.address])] });
  const proxied = (url: string, scope?: string): string =>
    `GET ${url} HTTP/1.1\r\nHost: ignored.test\r\nConnection: close\r\n` +
    `${scope === undefined ? "" : `Proxy-Authorization: ${basic(scope)}\r\n`}\r\n`;
  expect(await exchange(gateway, proxied("http://config/x", "ns1.cluster"))).toMatch(/one$/);
  expect(await exchange(gateway, proxied("http://CONFIG:80?x", "NS2.cluster"))).toMatch(/two$/);
  expect(await exchange(gateway, proxied("http://config.ns2.cluster/", "ns1.cluster"))).toMatch(/two$/);
  expect(await exchange(gateway, proxied("http://config.ns1.cluster/"))).toMatch(/one$/);
  expect(await exchange(gateway, proxied("http://config/", "ns3.cluster"))).toMatch(/^HTTP\/1\.1 404 /);
  expect(await exchange(gateway, proxied("http://config/"))).toMatch(/^HTTP\/1\.1 404 /);
  expect(await exchange(gateway, proxied("https://config/", "ns1.cluster"))).toMatch(/^HTTP\/1\.1 400 /);
});

test("Node programs reach each other by short name through HTTP_PROXY, with fetch (a tunnel) and with node:http", async () => {
  await using server = await httpServer((request, response) => response.end(`${request.headers.host}${request.url}`));
  await using gateway = await startGateway();
  gateway.setRoute("config-server.payments.aks1", { backends: [backend("c", [server.address])] });
  const { host, port } = gateway.address();
  const program = `
    const http = require("node:http");
    const ask = (url) => new Promise((resolve) => http.get(url, (response) => {
      let text = ""; response.on("data", (chunk) => text += chunk).on("end", () => resolve(response.statusCode + " " + text));
    }));
    (async () => {
      console.log(await ask("http://config-server/by-http"));
      console.log(await (await fetch("http://config-server/by-fetch")).text());
      console.log(await ask("http://nobody/by-http"));
      console.log(await fetch("http://nobody/by-fetch").then((response) => response.status, () => "refused"));
    })();`;
  const child = spawn(process.execPath, ["-e", program], {
    env: { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: `http://payments.aks1:scope@${host}:${port}`, NO_PROXY: "127.0.0.1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  expect(lines).toEqual([
    "200 config-server/by-http",
    "config-server/by-fetch",
    "404 this app is stopped or does not exist",
    "refused",
  ]);
});

test("CONNECT leads to this gateway and nowhere else", async () => {
  await using server = await cannedServer(named("app"));
  await using gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])] });
  const other = `127.0.0.1:${server.address.port}`;
  expect(await exchange(gateway, `CONNECT ${other} HTTP/1.1\r\nHost: ${other}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
  using client = new RawClient(gateway);
  client.send("CONNECT app.test:443 HTTP/1.1\r\nHost: app.test:443\r\n\r\n");
  await client.until(/^HTTP\/1\.1 200 Connection Established\r\n\r\n$/);
  client.send("\x16\x03\x01 a TLS hello\r\n\r\n");
  expect(await client.untilClosed()).toMatch(/HTTP\/1\.1 400 /);
});

test("nobody listens: 502; no replica: 503 or the status of the route; no weight: 500; no backend: 503", async () => {
  await using gateway = await startGateway();
  const gone = await cannedServer("");
  await gone[Symbol.asyncDispose]();
  const cases = [
    { backends: [backend("a", [gone.address])], status: 502, revision: true },
    { backends: [backend("a", [])], status: 503, revision: true },
    { backends: [backend("a", [], { rejectStatus: 500 })], status: 500, revision: true },
    { backends: [backend("a", [gone.address], { weight: 0 })], status: 500, revision: false },
    { backends: [], status: 503, revision: false },
  ];
  for (const { backends, status, revision } of cases) {
    gateway.setRoute("app.test", { backends });
    const answer = await exchange(gateway, ask("app.test"));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.includes("x-emulator-revision: a\r\n")).toBe(revision);
  }
  expect(await exchange(gateway, `HEAD / HTTP/1.1\r\n${closing}\r\n`)).toMatch(/\r\n\r\n$/);
});

test("a refusal leaves the connection open when the request was read whole", async () => {
  await using gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("a", [])] });
  using client = new RawClient(gateway);
  for (let round = 1; round <= 3; round++) {
    client.send("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2\r\n\r\nhi");
    await eventually(() => expect(client.text.match(/503 Service Unavailable/g)).toHaveLength(round));
  }
  client.send("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2000\r\n\r\nhi");
  expect(await client.untilClosed()).toMatch(/connection: close\r\n\r\nno healthy upstream$/);
});

test("thousands of refused requests in one go are all refused", async () => {
  await using gateway = await startGateway();
  using client = new RawClient(gateway);
  client.send("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n".repeat(20_000));
  client.send(ask("nobody.test"));
  expect((await client.untilClosed()).match(/404 Not Found/g)).toHaveLength(20_001);
});

test("requests wait for the first replica, body and all, and it is told that they wait", async () => {
  await using server = await httpServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => response.end(`${request.url} ${body}`));
  });
  await using gateway = await startGateway();
  const asleep = backend("a", [], { whenEmpty: "hold" });
  gateway.setRoute("app.test", { backends: [asleep] });
  const held: string[] = [];
  const stop = gateway.onHeld((host, name) => held.push(`${host}/${name}`));
  const clients = [1, 2, 3].map((number) => {
    const client = new RawClient(gateway);
    const body = "x".repeat(number === 1 ? 0 : 100_000);
    return client.send(`POST /${number} HTTP/1.1\r\n${closing}Content-Length: ${body.length}\r\n\r\n${body}`);
  });
  await eventually(() => expect(gateway.stats("app.test", "a")).toEqual({ requests: 3, active: 3 }));
  await eventually(() => expect(held[0]).toBe("app.test/a"));
  const [first, ...others] = clients;
  first?.socket.destroy();
  await eventually(() => expect(gateway.stats("app.test", "a").active).toBe(2));
  stop();
  gateway.setRoute("app.test", { backends: [{ ...asleep, endpoints: [server.address] }] });
  for (const [index, client] of others.entries()) {
    expect(await client.untilClosed()).toMatch(new RegExp(`\\r\\n\\r\\n/${index + 2} x{100000}$`));
  }
  await eventually(() => expect(gateway.stats("app.test", "a")).toEqual({ requests: 3, active: 0 }));
});

test("waiting requests are refused when their backend goes, and when they have waited too long", async () => {
  await using gateway = await startGateway({ requestTimeoutMs: 200 });
  gateway.setRoute("app.test", { backends: [backend("a", [], { whenEmpty: "hold" })] });
  expect(await exchange(gateway, ask("app.test"))).toMatch(
    /^HTTP\/1\.1 504 Gateway Timeout\r\n[^]*x-emulator-revision: a/,
  );
  using client = new RawClient(gateway);
  client.send(ask("app.test"));
  await eventually(() => expect(gateway.stats("app.test", "a").active).toBe(1));
  gateway.removeRoute("app.test");
  expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 503 /);
  expect(gateway.stats("app.test", "a").active).toBe(0);
});

test("a replica that does not answer in time: 504; in the middle of its answer: a reset; a head that never ends: 408", async () => {
  await using server = await rawServer((socket) => {
    socket.on("data", (chunk) => {
      if (chunk.includes("GET /half")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    });
  });
  await using gateway = await startGateway({ requestTimeoutMs: 150, headTimeoutMs: 150, idleTimeoutMs: 600 });
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])] });
  expect(await exchange(gateway, ask("app.test", "/silent"))).toMatch(/^HTTP\/1\.1 504 /);
  using half = new RawClient(gateway);
  await half.send(ask("app.test", "/half")).untilClosed();
  expect(half.error?.code).toBe("ECONNRESET");
  await eventually(() => expect(server.sockets.size).toBe(0));
  expect(await exchange(gateway, "GET / HTTP/1.1\r\nHost:")).toMatch(/^HTTP\/1\.1 408 /);
  expect(await exchange(gateway, "")).toBe("");
});

test("a replica that leaves the route finishes what it has and gets nothing new", async () => {
  const finish: (() => void)[] = [];
  await using leaving = await rawServer((socket) =>
    socket.on("data", (chunk) => {
      if (chunk.includes("/slow")) finish.push(() => socket.write(named("slow")));
      else socket.write(named("leaving"));
    }),
  );
  await using staying = await cannedServer(named("staying"));
  await using gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("a", [leaving.address])] });
  expect(await exchange(gateway, ask("app.test"))).toMatch(/leaving$/);
  using client = new RawClient(gateway);
  client.send(ask("app.test", "/slow"));
  using idle = new RawClient(gateway);
  idle.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n");
  await idle.until("leaving");
  await eventually(() => expect(finish).toHaveLength(1));
  expect(leaving.sockets.size).toBe(2);
  gateway.setRoute("app.test", { backends: [backend("a", [staying.address])] });
  await eventually(() => expect(leaving.sockets.size).toBe(1));
  idle.text = "";
  idle.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n");
  await idle.until("staying");
  finish[0]?.();
  expect(await client.untilClosed()).toMatch(/slow$/);
  await eventually(() => expect(leaving.sockets.size).toBe(0));
});

test("a replica that serves two hosts stays until the last one lets it go", async () => {
  await using server = await cannedServer(named("app"));
  await using gateway = await startGateway();
  const route = { backends: [backend("a", [server.address]), backend("a", [server.address])] };
  for (const host of ["one.test", "two.test"]) gateway.setRoute(host, route);
  using client = new RawClient(gateway);
  client.send("GET / HTTP/1.1\r\nHost: one.test\r\n\r\n");
  await client.until(/app$/);
  gateway.removeRoute("one.test");
  gateway.removeRoute("one.test");
  client.text = "";
  client.send("GET / HTTP/1.1\r\nHost: two.test\r\n\r\n");
  await client.until(/app$/);
  expect(server.accepted()).toBe(1);
  gateway.removeRoute("two.test");
  await eventually(() => expect(server.sockets.size).toBe(0));
});

test("the replica with the fewest requests in flight is next, and equals take turns", async () => {
  const finish: (() => void)[] = [];
  const replicas = await Promise.all(
    ["one", "two", "three"].map((name) =>
      httpServer((request, response) => {
        if (request.url === "/slow") finish.push(() => response.end(name));
        else response.end(name);
      }),
    ),
  );
  await using gateway = await startGateway();
  gateway.setRoute("app.test", {
    backends: [
      backend(
        "a",
        replicas.map((replica) => replica.address),
      ),
    ],
  });
  const answers: string[] = [];
  for (let sent = 0; sent < 6; sent++)
    answers.push((await exchange(gateway, ask("app.test"))).split("\r\n\r\n")[1] ?? "");
  expect(answers).toEqual(["one", "two", "three", "one", "two", "three"]);
  const slow = [1, 2, 3, 4, 5].map(() => new RawClient(gateway).send(ask("app.test", "/slow")));
  await eventually(() => expect(finish).toHaveLength(5));
  // Two have two in flight, one has one: the next goes there.
  slow.push(new RawClient(gateway).send(ask("app.test", "/slow")));
  await eventually(() => expect(finish).toHaveLength(6));
  for (const end of finish) end();
  const names = await Promise.all(slow.map(async (client) => (await client.untilClosed()).split("\r\n\r\n")[1]));
  for (const name of ["one", "two", "three"]) expect(names.filter((one) => one === name)).toHaveLength(2);
  for (const replica of replicas) await replica[Symbol.asyncDispose]();
});

test("an idle connection is not used again after the time for which its server keeps it", async () => {
  await using brief = await cannedServer("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 0\r\n\r\n");
  await using long = await cannedServer("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 0\r\n\r\n");
  await using gateway = await startGateway();
  for (const [server, connections] of [
    [brief, 3],
    [long, 1],
  ] as const) {
    gateway.setRoute("app.test", { backends: [backend("a", [server.address])] });
    for (let sent = 0; sent < 3; sent++) await exchange(gateway, ask("app.test"));
    expect(server.accepted()).toBe(connections);
  }
});

test("close breaks off what is in flight, and the port is free again", async () => {
  await using server = await rawServer((socket) => socket.resume());
  const gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])] });
  using client = new RawClient(gateway);
  client.send(ask("app.test"));
  await eventually(() => expect(server.sockets.size).toBe(1));
  await gateway.close();
  await client.untilClosed();
  await eventually(() => expect(server.sockets.size).toBe(0));
  await using again = await startGateway({ port: gateway.address().port });
  await expect(
    startGateway({ port: again.address().port, clock: createRealTimeKernel({ seed: 1 }).clock }),
  ).rejects.toThrow(/EADDRINUSE/);
});
