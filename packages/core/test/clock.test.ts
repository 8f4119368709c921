import { poll } from "@fairway/core";
import { expect, test } from "vitest";
import { createTestClock } from "./test-clock.ts";

const onTimeout = () => new Error("too late");

test("it looks at once, then every so often, and once more at the deadline", async () => {
  const clock = createTestClock();
  const looks: number[] = [];
  const look = async () => {
    looks.push(clock.now());
    return undefined;
  };
  await expect(poll(clock, look, { everyMs: 400, timeoutMs: 1_000, onTimeout })).rejects.toThrow("too late");
  expect(looks).toEqual([0, 400, 800, 1_000]);
});

test("it ends with what it sees, zero and false included", async () => {
  const clock = createTestClock();
  expect(
    await poll(clock, async () => (clock.now() > 500 ? 0 : undefined), { everyMs: 100, timeoutMs: 900, onTimeout }),
  ).toBe(0);
});

test("it ends when the signal aborts", async () => {
  const stop = new AbortController();
  const look = async () => stop.abort(new Error("stopped"));
  await expect(
    poll(createTestClock(), look, { everyMs: 1, timeoutMs: 10, onTimeout, signal: stop.signal }),
  ).rejects.toThrow("stopped");
});
