import { createVirtualKernel } from "@fairway/kernel";
import { expect, test } from "vitest";
import { createArrivals } from "../src/load/arrivals.ts";
import { Generator } from "../src/load/generator.ts";
import { hostMs, startMetronome } from "../src/load/metronome.ts";
import { describeLoad, startHttp } from "./server.ts";

test("beats for every request, not before it is due, and then ends", async () => {
  const spec = describeLoad(1, { ratePerSecond: 100, durationMs: 300 });
  const zeroMs = hostMs();
  const beatsMs: number[] = [];
  const metronome = startMetronome(spec, 0, () => beatsMs.push(hostMs() - zeroMs));
  await new Promise((resolve) => metronome?.on("exit", resolve));
  expect(beatsMs.length).toBe(30);
  // Atomics.wait may wake up a little early.
  beatsMs.forEach((beatMs, index) => expect(beatMs).toBeGreaterThan(10 * index - 0.5));
});

test("follows the schedule of the load, whose requests are not evenly apart", async () => {
  const spec = describeLoad(1, { ratePerSecond: 200, durationMs: 300, arrivals: "poisson", seed: "some" });
  const arrivals = createArrivals("poisson", 200, "some");
  let due = 0;
  for (let lastMs = -1; arrivals.nextMs < 300; arrivals.advance()) {
    if (arrivals.nextMs > lastMs + 0.1) due += 1;
    lastMs = arrivals.nextMs;
  }
  let beats = 0;
  const metronome = startMetronome(spec, 0, () => (beats += 1));
  await new Promise((resolve) => metronome?.on("exit", resolve));
  expect(due).toBeGreaterThan(30);
  // When this thread is late, requests share a beat.
  expect(beats).toBeLessThanOrEqual(due);
  expect(beats).toBeGreaterThan(due / 2);
});

test("a beat sends what is due, though the timer of the load has not fired", async () => {
  await using server = await startHttp((_request, response) => void response.end());
  const { clock } = createVirtualKernel({ seed: "never moves" });
  const generator = new Generator(describeLoad(server.port, { ratePerSecond: 20, durationMs: 1_000 }), clock);
  await expect.poll(() => generator.elapsedMs).toBeGreaterThan(50);
  generator.dispatchDue();
  await expect.poll(() => generator.isIdle).toBe(true);
  const { outcomeByRequest, totals } = generator.finish();
  expect(outcomeByRequest.length).toBeGreaterThan(1);
  expect(totals.ok).toBe(outcomeByRequest.length);
});

test("very fast loads have none", () => {
  expect(startMetronome(describeLoad(1, { ratePerSecond: 50_000 }), 0, () => {})).toBeUndefined();
});
