/** Our side, in a Node of its own: `ours.ts hold PENDING OPERATIONS` or `ours.ts mmc SERVERS CUSTOMERS`. */
import { createVirtualKernel, EventQueue, Random } from "@fairway/kernel";

const [model = "", first = "", second = ""] = process.argv.slice(2);
const measured = model === "hold" ? hold(Number(first), Number(second)) : mmc(Number(first), Number(second));
process.stdout.write(`${JSON.stringify(measured)}\n`);

/** The event queue as the kernel uses it. */
function hold(pending: number, operations: number): { perSecond: number; last: number } {
  const random = new Random(1);
  const delays = Float64Array.from({ length: 1 << 16 }, () => Math.ceil(random.exponential(1e6)));
  const queue = new EventQueue();
  const run = (): void => {};
  for (let index = 0; index < pending; index++) queue.push((delays[index & 0xffff] ?? 0) + (index >> 3), 0, run);
  const chunk = 10_000;
  for (let from = 0; from < operations / 5; from += chunk) turn(queue, delays, from, from + chunk);
  const startUs = cpuUs();
  for (let from = 0; from < operations; from += chunk) turn(queue, delays, from, from + chunk);
  return { perSecond: Math.round((operations * 1e6) / (cpuUs() - startUs)), last: queue.nextTimeMs() ?? 0 };
}

function turn(queue: EventQueue, delays: Float64Array, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    const work = queue.take();
    if (work) queue.push(queue.takenMs + (delays[index & 0xffff] ?? 0), 0, work);
  }
}

/** Customers through the dispatch that everything else goes through: `clock.after` with a function, and `runUntil`. */
function mmc(servers: number, customers: number): { perSecond: number; meanWait: number } {
  const { clock, random, step } = createVirtualKernel({ seed: 1, startMs: 0 });
  const serviceMs = 10_000;
  const betweenMs = serviceMs / (0.9 * servers);
  const queue = new Float64Array(customers);
  let [head, length, busy, arrived, served, waitedMs] = [0, 0, 0, 0, 0, 0];
  function arrive(): void {
    arrived += 1;
    if (arrived < customers) clock.after(random.exponential(betweenMs), arrive);
    if (busy === servers) {
      queue[length++] = clock.now();
      return;
    }
    busy += 1;
    clock.after(random.exponential(serviceMs), depart);
  }
  function depart(): void {
    served += 1;
    if (head === length) {
      busy -= 1;
      return;
    }
    waitedMs += clock.now() - (queue[head++] ?? 0);
    clock.after(random.exponential(serviceMs), depart);
  }
  const startUs = cpuUs();
  clock.after(random.exponential(betweenMs), arrive);
  while (served < customers) step();
  return {
    perSecond: Math.round((customers * 1e6) / (cpuUs() - startUs)),
    meanWait: waitedMs / customers / serviceMs,
  };
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
