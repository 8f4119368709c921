import { createVirtualKernel } from "@fairway/kernel";
import { expect, test } from "vitest";
import { createArrivals } from "../src/load/arrivals.ts";
import { Generator } from "../src/load/generator.ts";
import { hostMs, startMetronome } from "../src/load/metronome.ts";
import { describeLoad, startHttp } from "./server.ts";

/** Time for the thread to start. */
const leadMs = 500;

test.each(["constant", "poisson"] as const)(
  "beats when a request is due, never before, to the last: %s",
  async (kind) => {
    const spec = describeLoad(1, { ratePerSecond: 100, durationMs: 400, arrivals: kind });
    const dueMs: number[] = [];
    for (const arrivals = createArrivals(kind, 100, spec.seed); arrivals.nextMs < 400; arrivals.advance()) {
      dueMs.push(arrivals.nextMs);
    }
    const zeroMs = hostMs() + leadMs;
    const beatsMs: number[] = [];
    const metronome = startMetronome(spec, -leadMs, () => beatsMs.push(hostMs() - zeroMs));
    await new Promise((resolve) => metronome?.on("exit", resolve));
    // Where a thread was late, requests share a beat.
    expect(beatsMs.length).toBeGreaterThan(dueMs.length / 4);
    expect(beatsMs.length).toBeLessThanOrEqual(dueMs.length);
    // Atomics.wait may wake up a little early.
    beatsMs.forEach((beatMs, index) => expect(beatMs).toBeGreaterThan((dueMs[index] ?? 0) - 0.5));
    expect(beatsMs.at(-1)).toBeGreaterThan((dueMs.at(-1) ?? 0) - 0.5);
  },
);

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
