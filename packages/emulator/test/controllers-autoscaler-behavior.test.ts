import { describe, expect, test } from "vitest";
import { type ScalingHistory, stabilized, withinRate } from "../src/controllers/kubernetes/autoscaler-behavior.ts";
import type { AutoscalerBehavior } from "../src/controllers/kubernetes/autoscaler-types.ts";

const second = 1_000;

/** Sizes at each step of 15 s, when `desired` is asked for all the time. */
function sizes(behavior: AutoscalerBehavior, start: number, desired: number, steps: number): number[] {
  let history: ScalingHistory = { recommendations: [{ atMs: 0, replicas: start }], changes: [] };
  let current = start;
  return Array.from({ length: steps }, (_, step) => {
    const atMs = (step + 1) * 15 * second;
    const now = { atMs, current, secondMs: second };
    const next = withinRate(behavior, history, stabilized(behavior, history, desired, now), now);
    history = {
      recommendations: [...history.recommendations, { atMs, replicas: desired }],
      changes: next === current ? history.changes : [...history.changes, { atMs, by: next - current }],
    };
    current = next;
    return current;
  });
}

describe("how fast an autoscaler goes", () => {
  test("by default four more or twice as many, whichever is more, in 15 s", () => {
    expect(sizes({}, 1, 100, 6)).toEqual([5, 10, 20, 40, 80, 100]);
  });

  test("down only when five minutes agree, and then at once", () => {
    const down = sizes({}, 10, 2, 21);
    expect(down.slice(0, 19)).toEqual(Array.from({ length: 19 }, () => 10));
    expect(down[19]).toBe(2);
  });

  test("by the smallest step when the policy says Min", () => {
    const policies = [
      { type: "Pods", value: 2, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ];
    expect(sizes({ scaleUp: { selectPolicy: "Min", policies } }, 10, 20, 3)).toEqual([12, 14, 16]);
  });

  test("no more within a period than its policy allows", () => {
    const policies = [{ type: "Pods", value: 3, periodSeconds: 60 }];
    expect(sizes({ scaleUp: { policies } }, 1, 20, 6)).toEqual([4, 4, 4, 4, 7, 7]);
  });

  test("down by shares that are rounded away from the middle", () => {
    const scaleDown = { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 10, periodSeconds: 15 }] };
    expect(sizes({ scaleDown }, 15, 1, 4)).toEqual([13, 11, 9, 8]);
  });

  test("not at all where it is disabled", () => {
    expect(sizes({ scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: "Disabled" } }, 9, 1, 3)).toEqual([
      9, 9, 9,
    ]);
  });

  test("up only to the lowest of a window when there is one", () => {
    const behavior = { scaleUp: { stabilizationWindowSeconds: 60 } };
    expect(sizes(behavior, 2, 6, 6)).toEqual([2, 2, 2, 6, 6, 6]);
  });
});
