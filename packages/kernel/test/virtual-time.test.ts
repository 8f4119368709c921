import { createVirtualKernel, createVirtualTime } from "@fairway/kernel";
import { expect, test } from "vitest";

const startMs = Date.UTC(2026, 0, 5);
const dayMs = 86_400_000;

test("a program that knows nothing of it waits a day at once, and sees the day pass", async () => {
  const realStartMs = Date.now();
  using time = createVirtualTime(createVirtualKernel({ seed: 1, startMs }));
  const seen = await time.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, dayMs));
    return { now: Date.now(), date: new Date().getTime(), isDate: new Date(0) instanceof Date };
  });
  expect(seen).toEqual({ now: startMs + dayMs, date: startMs + dayMs, isDate: true });
  time[Symbol.dispose]();
  expect(Date.now() - realStartMs).toBeLessThan(5_000);
});

test("nothing happens later before everything that needs no wait has happened", async () => {
  const kernel = createVirtualKernel({ seed: 1, startMs });
  using time = createVirtualTime(kernel);
  const order: string[] = [];
  kernel.clock.after(1_001, () => order.push("event at 1001"));
  await time.run(async () => {
    await time.clock.sleep(1_000);
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    await new Promise<void>((resolve) => process.nextTick(resolve));
    order.push(`program at ${kernel.clock.now() - startMs}`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`immediate at ${kernel.clock.now() - startMs}`);
    await time.clock.sleep(10);
  });
  expect(order).toEqual(["program at 1000", "immediate at 1000", "event at 1001"]);
});

test("timers repeat, are cancelled, and take their arguments", async () => {
  using time = createVirtualTime(createVirtualKernel({ seed: 1, startMs }));
  const seen: unknown[] = [];
  await time.run(async () => {
    const interval = setInterval((word: string) => seen.push([word, Date.now() - startMs]), 1_000, "tick");
    const never = setTimeout(() => seen.push("never"), 1_500).unref();
    clearTimeout(never);
    await time.clock.sleep(2_500);
    clearInterval(interval);
    await time.clock.sleep(10_000);
  });
  expect(seen).toEqual([
    ["tick", 1_000],
    ["tick", 2_000],
  ]);
});

test("an aborted wait ends at once, and an error of the work is the work's", async () => {
  using time = createVirtualTime(createVirtualKernel({ seed: 1, startMs }));
  const cancelling = new AbortController();
  const waiting = time.run(async () => {
    setTimeout(() => cancelling.abort(new Error("enough")), 5_000);
    await time.clock.sleep(dayMs, cancelling.signal);
  });
  await expect(waiting).rejects.toThrow("enough");
  expect(time.clock.now()).toBe(startMs + 5_000);
});

test("a wait for what never comes is told instead of hanging", async () => {
  using time = createVirtualTime(createVirtualKernel({ seed: 1, startMs }));
  await expect(time.run(() => new Promise(() => {}))).rejects.toThrow("no event is left");
});

test("chance is the seed's, and everything real is back afterwards", async () => {
  const real = [setTimeout, Date, Math.random];
  const draw = async (seed: number) => {
    using time = createVirtualTime(createVirtualKernel({ seed, startMs }));
    return await time.run(async () => [Math.random(), Math.random()]);
  };
  expect(await draw(7)).toEqual(await draw(7));
  expect(await draw(7)).not.toEqual(await draw(8));
  expect([setTimeout, Date, Math.random]).toEqual(real);
});
