import { createVirtualKernel, EventQueue, Random } from "@fairway/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";

test("events leave in the order (time, priority, arrival)", () => {
  const key = fc.tuple(fc.nat(20), fc.nat(3));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
      const queue = new EventQueue();
      const left: [number, number, number][] = [];
      for (const [index, [timeMs, priority]] of keys.entries()) {
        queue.push(timeMs, priority, () => left.push([timeMs, priority, index]));
      }
      for (let event = queue.pop(); event; event = queue.pop()) event.run();
      const sorted = keys.map(([timeMs, priority], index): [number, number, number] => [timeMs, priority, index]);
      sorted.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
      expect(left).toEqual(sorted);
    }),
  );
});

test("a cancelled event does not run and is not counted", () => {
  const queue = new EventQueue();
  const ran: string[] = [];
  const first = queue.push(1, 0, () => ran.push("first"));
  queue.push(2, 0, () => ran.push("second"));
  queue.cancel(first);
  queue.cancel(first);
  expect(queue.size).toBe(1);
  queue.pop()?.run();
  expect(queue.pop()).toBeUndefined();
  expect(ran).toEqual(["second"]);
});

test("virtual time moves only to events and to where it is told", () => {
  const kernel = createVirtualKernel({ seed: 1, startMs: 1_000 });
  const seen: number[] = [];
  kernel.clock.after(500, () => {
    seen.push(kernel.clock.now());
    kernel.clock.after(0.5, () => seen.push(kernel.clock.now()));
  });
  kernel.runFor(499);
  expect(seen).toEqual([]);
  kernel.runFor(10);
  expect(seen).toEqual([1_500, 1_501]);
  expect(kernel.clock.now()).toBe(1_509);
});

test("a stream is repeatable and independent of draws elsewhere", () => {
  const one = new Random(42);
  const other = new Random(42);
  for (let draw = 0; draw < 100; draw++) other.uint32();
  const drain = (random: Random): number[] => Array.from({ length: 5 }, () => random.below(1_000));
  expect(drain(one.stream("drain"))).toEqual(drain(other.stream("drain")));
  expect(drain(one.stream("drain"))).not.toEqual(drain(one.stream("surge")));
});

test("lognormal draws have the median and the 95th percentile that were asked for", () => {
  const random = new Random("lognormal");
  const draws = Array.from({ length: 20_000 }, () => random.logNormal(100, 250)).sort((a, b) => a - b);
  expect(draws[10_000]).toBeGreaterThan(97);
  expect(draws[10_000]).toBeLessThan(103);
  expect(draws[19_000]).toBeGreaterThan(237);
  expect(draws[19_000]).toBeLessThan(263);
});
