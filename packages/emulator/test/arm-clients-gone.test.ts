import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { startServer, type TestServer } from "./container-apps-server.ts";
import { groupPath } from "./container-apps-world.ts";
import { httpsRequest } from "./https-request.ts";

function open(server: TestServer): TLSSocket {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(server.url).port), ca: server.caPem });
  socket.on("error", () => {});
  return socket;
}

const head = (server: TestServer, lines: readonly string[]): string =>
  [
    `PUT ${groupPath}?api-version=2024-11-01 HTTP/1.1`,
    "host: 127.0.0.1",
    `authorization: Bearer ${server.token()}`,
    "content-type: application/json",
    ...lines,
    "",
    "",
  ].join("\r\n");

async function answers(server: TestServer): Promise<void> {
  const { status } = await httpsRequest(`${server.url}/subscriptions?api-version=2022-12-01`, {
    ca: server.caPem,
    headers: { authorization: `Bearer ${server.token()}` },
  });
  expect(status).toBe(200);
}

it("forgets clients that vanish in the middle of a body, and writes nothing", async () => {
  await using server = await startServer();
  for (let index = 0; index < 20; index++) {
    const socket = open(server);
    await once(socket, "secureConnect");
    socket.write(`${head(server, ["content-length: 1000"])}{"location":`);
    socket.destroy();
  }
  await answers(server);
  expect(server.world.trace.records().filter(({ kind }) => kind === "arm.bug")).toEqual([]);
  expect(server.arm.resourceGroups.list(server.arm.subscriptionId)).toEqual([]);
});

it("gives a client that sends too slowly 408, and nobody else waits for it", async () => {
  await using server = await startServer({ requestTimeoutMs: 400 });
  const socket = open(server);
  await once(socket, "secureConnect");
  socket.write(`${head(server, ["content-length: 1000"])}{`);
  await answers(server);
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 408 /);
  socket.destroy();
});

it("refuses 5 MB without a length in the header, and does not keep them", async () => {
  await using server = await startServer();
  const socket = open(server);
  await once(socket, "secureConnect");
  socket.write(head(server, ["transfer-encoding: chunked"]));
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  for (let sent = 0; sent < 80; sent++) {
    socket.write(`${chunk.length.toString(16)}\r\n`);
    socket.write(chunk);
    socket.write("\r\n");
  }
  socket.write("0\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 [\s\S]*RequestContentTooLarge/);
  socket.destroy();
});
