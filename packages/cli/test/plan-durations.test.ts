import { calibrationWith, defaultCalibration } from "@fairway/emulator";
import { defaultDurations, type UpgradeDurations } from "@fairway/sdk";
import { expect, test } from "vitest";
import { durationsOf } from "../src/upgrade/plan-durations.ts";

test("the figures of plans are those of the calibration, to a tenth of a minute", async () => {
  const measured = await durationsOf(defaultCalibration);
  for (const part of Object.keys(measured) as (keyof UpgradeDurations)[]) {
    for (const share of ["p50Minutes", "p95Minutes"] as const) {
      expect(Math.abs(measured[part][share] - defaultDurations[part][share]), `${part} ${share}`).toBeLessThan(0.06);
    }
  }
});

test("another calibration gives other figures", async () => {
  const calibration = calibrationWith({
    "controlPlane.upgrade": {
      distribution: { kind: "lognormal", medianSeconds: 300, p95Seconds: 600 },
      source: "this test",
      confidence: "D",
    },
  });
  const { controlPlane, reimage } = await durationsOf(calibration);
  expect(controlPlane.p50Minutes).toBeCloseTo(5, 5);
  expect(controlPlane.p95Minutes).toBeCloseTo(10, 5);
  expect(reimage.p50Minutes).toBeCloseTo(3, 5);
});
