import { createHash } from "node:crypto";
import { Agent, type IncomingMessage, request } from "node:http";
import { createRealTimeKernel } from "@fairway/kernel";
import { expect, test } from "vitest";
import { backend, eventually, httpServer, startGateway } from "./gateway-parts.ts";

const answers = new Map([20, 3_000, 40_000, 300_000].map((size) => [size, Buffer.alloc(size, `${size} `)]));
const hash = (data: Buffer): string => createHash("sha1").update(data).digest("hex");

/**
 * Everything at once: keep-alive clients, uploads and downloads of all sizes, clients that leave in the middle, slow
 * readers, weights that change, replicas that come and go. What is not broken off by the client itself must be right.
 */
test("no request fails while clients leave, readers dawdle and routes change", async () => {
  const random = createRealTimeKernel({ seed: "storm" }).random;
  const servers = await Promise.all(
    [1, 2, 3, 4].map(() =>
      httpServer((incoming, response) => {
        const digest = createHash("sha1");
        incoming.on("data", (chunk: Buffer) => digest.update(chunk));
        incoming.on("end", () => {
          const body = answers.get(Number(incoming.headers["x-size"])) ?? Buffer.alloc(0);
          response.setHeader("x-got", digest.digest("hex"));
          if (incoming.headers["x-chunked"] === undefined) response.setHeader("content-length", body.length);
          response.end(body);
        });
      }),
    ),
  );
  await using gateway = await startGateway();
  const change = (): void => {
    const backends = ["a", "b", "c"].map((name) =>
      backend(
        name,
        servers.filter(() => random.chance(2, 3)).map((server) => server.address),
        { weight: random.below(100), whenEmpty: "hold" },
      ),
    );
    backends[0] = backend("a", [servers[0]?.address ?? { host: "", port: 0 }], { weight: 1 + random.below(100) });
    gateway.setRoute("app.test", {
      backends: backends.map((one) => (one.endpoints.length > 0 ? one : { ...one, weight: 0 })),
    });
  };
  change();
  const agent = new Agent({ keepAlive: true, maxSockets: 24 });
  let finished = 0;
  const worker = async (): Promise<void> => {
    for (let sent = 0; sent < 60; sent++) {
      if (sent % 10 === 0) change();
      await one(agent, gateway.address(), random);
      finished += 1;
    }
  };
  await Promise.all(Array.from({ length: 24 }, worker));
  agent.destroy();
  expect(finished).toBe(1_440);
  await eventually(() => {
    for (const name of ["a", "b", "c"]) expect(gateway.stats("app.test", name).active).toBe(0);
  });
  for (const server of servers) await server[Symbol.asyncDispose]();
}, 120_000);

type Chance = ReturnType<typeof createRealTimeKernel>["random"];

/** One request of a random kind. Rejects when anything about the answer is wrong. */
function one(agent: Agent, address: { host: string; port: number }, random: Chance): Promise<void> {
  const size = random.pick([20, 20, 3_000, 40_000, 300_000] as const);
  const body = Buffer.alloc(random.pick([0, 0, 300, 20_000, 200_000] as const), "payment ");
  const leaves = random.chance(1, 8);
  const dawdles = random.chance(1, 8);
  const chunked = random.chance(1, 2);
  return new Promise((resolve, reject) => {
    const headers = {
      Host: "app.test",
      "x-size": size,
      ...(chunked ? { "x-chunked": "1" } : { "Content-Length": body.length }),
    };
    const call = request({ ...address, agent, method: "POST", headers });
    call.on("error", (error) => (leaves ? resolve() : reject(error)));
    call.on("response", (response: IncomingMessage) => {
      if (leaves) {
        call.destroy();
        return resolve();
      }
      const chunks: Buffer[] = [];
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (!dawdles) return;
        response.pause();
        setImmediate(() => response.resume());
      });
      response.on("end", () => {
        const right =
          response.statusCode === 200 &&
          hash(Buffer.concat(chunks)) === hash(answers.get(size) ?? Buffer.alloc(0)) &&
          response.headers["x-got"] === hash(body);
        if (right) resolve();
        else reject(new Error(`wrong answer: ${response.statusCode} ${Buffer.concat(chunks).length} of ${size}`));
      });
    });
    call.end(body);
    if (leaves && random.chance(1, 2)) setImmediate(() => call.destroy());
  });
}
