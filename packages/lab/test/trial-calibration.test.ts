import { expect, test } from "vitest";
import { runTrial } from "../src/virtual/trial.ts";

test("a trial takes as long as its calibration says, and the same one gives the same record", {
  timeout: 120_000,
}, async () => {
  const request = { scenario: { topology: "small", incident: "none" }, strategy: "in-place", seed: 1 } as const;
  const slow = {
    "controlPlane.upgrade": {
      distribution: { kind: "fixed", seconds: 4 * 3_600 },
      source: "this test",
      confidence: "D",
    },
  } as const;
  const [standard, changed, again] = [
    await runTrial(request),
    await runTrial({ ...request, calibration: slow }),
    await runTrial({ ...request, calibration: slow }),
  ];
  expect(changed.durationMs).toBeGreaterThan(4 * 3_600_000);
  expect(standard.durationMs).toBeLessThan(changed.durationMs - 3 * 3_600_000);
  expect(again).toEqual(changed);
});
