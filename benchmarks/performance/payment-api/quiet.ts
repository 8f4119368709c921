import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

const watchMs = 1_000;
const idleShareMin = 0.9;
const waitMsMax = 20 * 60_000;

/** Waits until nobody else uses the machine; throws when that does not come. */
export async function waitForQuiet(): Promise<void> {
  const deadlineMs = performance.now() + waitMsMax;
  for (let quietSeconds = 0; quietSeconds < 2; ) {
    if (performance.now() > deadlineMs) throw new Error("this machine does not come to rest; measure elsewhere");
    const before = cpuTimes();
    await delay(watchMs);
    const after = cpuTimes();
    quietSeconds = (after.idle - before.idle) / (after.total - before.total) >= idleShareMin ? quietSeconds + 1 : 0;
  }
}

function cpuTimes(): { idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  return { idle, total: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) };
}
