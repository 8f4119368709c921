import { Agent, request } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { WeightedSplit } from "../src/gateway/split.ts";
import { backend, httpServer, startGateway } from "./gateway-parts.ts";

/** How far the counts are from their shares, at the worst moment. */
function worstDeviation(weights: readonly number[], picks: number): number {
  const split = new WeightedSplit(weights.map((weight, item) => ({ item, weight })));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const counts = weights.map(() => 0);
  let worst = 0;
  for (let picked = 1; picked <= picks; picked++) {
    const item = split.pick() ?? -1;
    counts[item] = (counts[item] ?? 0) + 1;
    weights.forEach((weight, index) => {
      worst = Math.max(worst, Math.abs((counts[index] ?? 0) - (picked * weight) / total));
    });
  }
  return worst;
}

test("after every request each of 2 to 10 revisions has its share to within less than one request", () => {
  const weight = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 1_000_000 }));
  fc.assert(
    fc.property(fc.array(weight, { minLength: 2, maxLength: 10 }), (weights) => {
      fc.pre(weights.some((one) => one > 0));
      const live = weights.filter((one) => one > 0).length;
      const bound = live > 1 ? 1 - 1 / (2 * live - 2) : 0;
      expect(worstDeviation(weights, 2_000)).toBeLessThanOrEqual(bound + 1e-9);
    }),
    { numRuns: 500 },
  );
});

test("weights on which smooth weighted round robin is more than one request off", () => {
  expect(worstDeviation([19, 17, 5, 3, 100, 27, 3, 3, 100, 100], 5_000)).toBeLessThan(1);
});

test("fractions and zeros are weights too, and nothing to choose from is no choice", () => {
  expect(worstDeviation([0.1, 0.2, 0.7, 0], 10_000)).toBeLessThan(1);
  expect(new WeightedSplit([]).pick()).toBeUndefined();
  expect(new WeightedSplit([{ item: "a", weight: 0 }]).pick()).toBeUndefined();
});

test("10,000 requests at 90/10 arrive as 9,000 and 1,000, however often replicas come and go meanwhile", async () => {
  const counts = new Map<string, number>();
  const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  await using stable = await httpServer((_, response) => response.end("stable"));
  await using stable2 = await httpServer((_, response) => response.end("stable"));
  await using canary = await httpServer((_, response) => response.end("canary"));
  await using gateway = await startGateway();
  const route = (replicas: readonly (typeof stable)[]): void =>
    gateway.setRoute("app.test", {
      backends: [
        backend(
          "stable",
          replicas.map((replica) => replica.address),
          { weight: 90 },
        ),
        backend("canary", [canary.address], { weight: 10 }),
      ],
    });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const call = request({ ...gateway.address(), agent, headers: { Host: "app.test" } }, (response) => {
        response.resume().on("end", () => resolve(String(response.headers["x-emulator-revision"])));
      });
      call.on("error", reject).end();
    });
  for (let sent = 1; sent <= 10_000; sent++) {
    if (sent % 37 === 1) route(sent % 2 === 0 ? [stable] : [stable, stable2]);
    count(await ask());
    expect(Math.abs((counts.get("canary") ?? 0) - sent / 10)).toBeLessThan(1);
  }
  agent.destroy();
  expect(Object.fromEntries(counts)).toEqual({ stable: 9_000, canary: 1_000 });
  expect(gateway.stats("APP.test", "canary")).toEqual({ requests: 1_000, active: 0 });
});

test("new weights count from the moment they are set", async () => {
  await using server = await httpServer((_, response) => response.end());
  await using gateway = await startGateway();
  const ask = async (): Promise<string | null> => {
    const { host, port } = gateway.address();
    return new Promise((resolve, reject) => {
      request({ host, port, headers: { Host: "app.test" } }, (response) => {
        response.resume().on("end", () => resolve(String(response.headers["x-emulator-revision"])));
      })
        .on("error", reject)
        .end();
    });
  };
  for (const share of [50, 99, 1, 20]) {
    gateway.setRoute("app.test", {
      backends: [
        backend("old", [server.address], { weight: 100 - share }),
        backend("new", [server.address], { weight: share }),
      ],
    });
    let arrived = 0;
    for (let sent = 1; sent <= 100; sent++) {
      if ((await ask()) === "new") arrived += 1;
      expect(Math.abs(arrived - (sent * share) / 100)).toBeLessThan(1);
    }
    expect(arrived).toBe(share);
  }
});
