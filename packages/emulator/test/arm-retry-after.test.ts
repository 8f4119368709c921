import { createVirtualKernel } from "@fairway/kernel";
import { describe, expect, it } from "vitest";
import { retryAfter } from "../src/world/arm/retry-after.ts";

describe("Retry-After", () => {
  const { clock } = createVirtualKernel({ seed: 1, startMs: Date.UTC(2026, 0, 5, 8, 0, 0, 125) });
  const javascript = "azsdk-js-arm-appcontainers/4.0.0 core-rest-pipeline/1.25.0";

  it("is whole seconds, as the contract says", () => {
    expect(retryAfter({ clock, timeScale: 1 }, 15, javascript)).toBe("15");
    expect(retryAfter({ clock, timeScale: 10 }, 15)).toBe("2");
    expect(retryAfter({ clock, timeScale: 600 }, 15)).toBe("1");
  });

  it("is a date to the millisecond for the one client that reads it so", () => {
    const short = retryAfter({ clock, timeScale: 60 }, 30, javascript);
    expect(Number.parseInt(short, 10)).toBeNaN();
    expect(new Date(short).getTime() - clock.now()).toBe(500);
    expect(new Date(retryAfter({ clock, timeScale: 600 }, 3, javascript)).getTime() - clock.now()).toBe(200);
  });
});
