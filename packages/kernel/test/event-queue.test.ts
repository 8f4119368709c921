import { createVirtualKernel, EventQueue, Random } from "@fairway/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";

interface Waiting {
  readonly timeMs: number;
  readonly priority: number;
  readonly arrival: number;
  readonly ticket: number;
}

/** What the queue must do, in the plainest way: a list that is searched for the first. */
class NaiveQueue {
  waiting: Waiting[] = [];

  pop(): Waiting | undefined {
    const [first] = this.waiting.toSorted(
      (a, b) => a.timeMs - b.timeMs || a.priority - b.priority || a.arrival - b.arrival,
    );
    this.waiting = this.waiting.filter((event) => event !== first);
    return first;
  }
}

const operation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("push" as const),
      timeMs: fc.nat(9),
      priority: fc.integer({ min: -2, max: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pop" as const) }) },
  // Of all events that ever were: one that waits, one that left, one that was cancelled already.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(1_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("look" as const) }) },
);

test("the queue does what a list does that is sorted by (time, priority, arrival)", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 600, size: "max" }), (operations) => {
      const queue = new EventQueue();
      const naive = new NaiveQueue();
      const all: Waiting[] = [];
      let ran = -1;
      for (const step of operations) {
        if (step.kind === "push") {
          const { timeMs, priority } = step;
          const arrival = all.length;
          const ticket = queue.push(timeMs, priority, () => void (ran = arrival));
          all.push({ timeMs, priority, arrival, ticket });
          naive.waiting.push(...all.slice(-1));
        } else if (step.kind === "pop") {
          ran = -1;
          queue.take()?.();
          expect(ran).toBe(naive.pop()?.arrival ?? -1);
        } else if (step.kind === "cancel") {
          const chosen = all[step.which % Math.max(1, all.length)];
          if (chosen) queue.cancel(chosen.ticket);
          naive.waiting = naive.waiting.filter((event) => event !== chosen);
        } else {
          const times = naive.waiting.map(({ timeMs }) => timeMs);
          expect(queue.nextTimeMs()).toBe(times.length === 0 ? undefined : Math.min(...times));
        }
        expect(queue.size).toBe(naive.waiting.length);
      }
    }),
    { numRuns: 300 },
  );
});

test("a thousand events, half of them cancelled, leave in order, and their places are used again", () => {
  const random = new Random("cancelled");
  const queue = new EventQueue();
  for (let round = 0; round < 20; round++) {
    const expected: [number, number][] = [];
    const left: [number, number][] = [];
    const tickets = Array.from({ length: 1_000 }, (_, index) => {
      const timeMs = random.below(50);
      if (index % 2 === 0) expected.push([timeMs, index]);
      return queue.push(timeMs, 0, () => left.push([timeMs, index]));
    });
    for (const [index, ticket] of tickets.entries()) if (index % 2 === 1) queue.cancel(ticket);
    for (let run = queue.take(); run; run = queue.take()) run();
    expect(left).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
  }
});

test("timers that are set and cancelled all the time take no room", () => {
  const queue = new EventQueue();
  queue.push(1, 0, () => {});
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  for (let index = 0; index < 1_000_000; index++) queue.cancel(queue.push(1e9 + index, 0, () => {}));
  const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  expect(queue.size).toBe(1);
  // A million events would take 30 MB in the arrays alone, and what their functions hold.
  expect(after - before).toBeLessThan(25e6);
});

test("what was cleared does not run, and its tickets cancel nobody else", () => {
  const queue = new EventQueue();
  const ran: string[] = [];
  const old = queue.push(1, 0, () => ran.push("old"));
  queue.clear();
  queue.push(2, 0, () => ran.push("new"));
  queue.cancel(old);
  queue.take()?.();
  expect(ran).toEqual(["new"]);
  expect(queue.take()).toBeUndefined();
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
