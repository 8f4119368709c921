import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRaw, connectTo, eventually, startTestApi, statusOf, type TestApi } from "./kubernetes-fixture.ts";

const path = "/api/v1/namespaces/default/configmaps";
const json = { "content-type": "application/json" };
const yaml = { "content-type": "application/yaml" };

describe("clients that do not behave", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const head = (method: string, target: string, lines: readonly string[] = []): string =>
    [`${method} ${target} HTTP/1.1`, "Host: x", `Authorization: Bearer ${api.token}`, ...lines, "", ""].join("\r\n");

  async function conversation(text: string, isOver: (answer: string) => boolean): Promise<string> {
    const socket = await connectTo(api);
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.write(text);
    await eventually(() => isOver(answer) || socket.closed);
    socket.destroy();
    return answer;
  }

  it("are refused 5 MB, whether they say how much comes or not", async () => {
    const body = JSON.stringify({ metadata: { name: "large" }, data: { text: "x".repeat(5_000_000) } });
    const message = "Request entity too large: limit is 3145728";
    const declared = await callRaw(api, path, { method: "POST", headers: json, body });
    expect(declared.status).toBe(413);
    expect(statusOf(declared)).toMatchObject({ message, reason: "RequestEntityTooLarge", code: 413 });
    const chunked = `${head("POST", path, ["Content-Type: application/json", "Transfer-Encoding: chunked"])}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const answer = await conversation(chunked, (text) => text.includes("code"));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain(message);
  });

  it("are answered in order when they do not wait for answers", async () => {
    const names = Array.from({ length: 200 }, (_, index) => `none-${index}`);
    const text = names.map((name) => head("GET", `${path}/${name}`)).join("");
    const answer = await conversation(text, (sofar) => sofar.split("HTTP/1.1 404").length > names.length);
    expect([...answer.matchAll(/"name":"(none-\d+)"/g)].map(([, name]) => name)).toEqual(names);
  });

  it("may send headers of up to a megabyte, and no more", async () => {
    const get = (bytes: number) =>
      conversation(head("GET", "/readyz", [`X-Flood: ${"y".repeat(bytes)}`]), (text) => text.includes("\r\n\r\n"));
    expect(await get(200_000)).toMatch(/^HTTP\/1\.1 200 /);
    // The connection may break while the client is still writing; then it has no answer.
    expect(await get(1_200_000)).toMatch(/^$|^HTTP\/1\.1 431 Request Header Fields Too Large/);
    const many = Array.from({ length: 5_000 }, (_, index) => `X-${index}: 1`);
    expect(await conversation(head("GET", "/readyz", many), (text) => text.endsWith("ok"))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ["", "GARBAGE\r\n\r\n"],
    ["a negative length", `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n`],
    ["two lengths", `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n`],
    ["a space in the target", "GET /rea dyz HTTP/1.1\r\nHost: x\r\n\r\n"],
  ])("get 400 for what is no HTTP: %s", async (_what, text) => {
    expect(await conversation(text, (sofar) => sofar.includes("\r\n\r\n"))).toMatch(/^HTTP\/1\.1 400 Bad Request/);
  });

  it("cannot blow up YAML by its aliases, nor by its depth", async () => {
    const levels = Array.from({ length: 12 }, (_, index) => {
      const before = index === 0 ? "x" : `*a${index - 1}`;
      return `a${index}: &a${index} [${Array.from({ length: 9 }, () => before).join(",")}]`;
    });
    const bomb = await callRaw(api, path, { method: "POST", headers: yaml, body: levels.join("\n") });
    expect(bomb.status).toBe(400);
    expect(statusOf(bomb).message).toContain("yaml: document contains excessive aliasing");
    const deep = `metadata: {name: d}\ndata: ${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    const answer = await callRaw(api, path, { method: "POST", headers: yaml, body: deep });
    expect(answer.status).toBe(400);
    expect(statusOf(answer)).toMatchObject({ reason: "BadRequest" });
  });

  it("may have ten thousand annotations, as long as they are within 256 KiB", async () => {
    const post = (name: string, value: string) => {
      const annotations = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, value]));
      return callRaw(api, path, {
        method: "POST",
        headers: json,
        body: JSON.stringify({ metadata: { name, annotations } }),
      });
    };
    expect((await post("many", "v")).status).toBe(201);
    const refused = await post("large", "v".repeat(30));
    expect(refused.status).toBe(422);
    expect(statusOf(refused).message).toContain("metadata.annotations: Too long");
    const longName = JSON.stringify({ metadata: { name: "n".repeat(300) } });
    const long = await callRaw(api, path, { method: "POST", headers: json, body: longName });
    expect(statusOf(long).message).toContain("must be no more than 253");
  });

  it.each([
    [`${path}/%00`, 404],
    [`${path}/%C3%A4`, 404],
    [`${path}/a%20b`, 404],
    [`${path}/%2e%2e%2f%2e%2e%2fetc`, 404],
    [`${path}/%E0%A4%A`, 400],
    [`${path}?labelSelector=%00%ff`, 400],
    [`${path}?limit=abc`, 400],
    [`${path}?continue=xx`, 400],
  ])("find nothing behind odd names: %s", async (target, status) => {
    const answer = await callRaw(api, target);
    expect(answer.status).toBe(status);
    expect(statusOf(answer).kind).toBe("Status");
  });

  it("leave nothing behind when they vanish in the middle of a request, a list or a watch", async () => {
    const idle = api.listening.changes;
    const beginnings = [
      `GET ${path} HT`,
      `${head("POST", path, ["Content-Type: application/json", "Content-Length: 1000"])}{"metadata":`,
      head("GET", path),
      head("GET", `${path}?watch=1`),
      `${head("GET", `${path}?watch=1`)}${head("GET", path)}`,
    ];
    for (let round = 0; round < 10; round++) {
      for (const text of beginnings) {
        const socket = await connectTo(api);
        socket.write(text, () => socket.destroy());
        await once(socket, "close");
      }
    }
    await eventually(() => api.listening.changes === idle);
    expect((await callRaw(api, path)).status).toBe(200);
    expect(api.traced("kubernetes.bug")).toEqual([]);
  });
});

it("gives a client that sends a byte now and then 408, and others do not wait for it", async () => {
  await using api = await startTestApi({ requestTimeoutMs: 400 });
  const sockets = await Promise.all(Array.from({ length: 50 }, () => connectTo(api)));
  const answers = sockets.map(async (socket) => {
    const dripping = setInterval(() => socket.write("X"), 50);
    socket.write("GET /readyz HTTP/1.1\r\nX-Slow: ");
    const [chunk] = (await once(socket, "data")) as [Buffer];
    clearInterval(dripping);
    socket.destroy();
    return chunk.toString();
  });
  expect((await callRaw(api, "/readyz")).text).toBe("ok");
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});
