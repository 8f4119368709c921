import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

const watchMs = 500;

/** Of all cores together, what a machine at rest may use. */
const busyShareMax = 0.1;

/**
 * Waits until nobody else has used the machine for a second, but no longer than `waitMsMax`. Returns the number of cores
 * that were in use at last: what is measured next is disturbed by so much.
 */
export async function waitForQuiet(waitMsMax: number): Promise<number> {
  const deadlineMs = performance.now() + waitMsMax;
  let share = 1;
  for (let quietTimes = 0; quietTimes < 2; ) {
    const before = cpuTimes();
    await delay(watchMs);
    const after = cpuTimes();
    share = 1 - (after.idle - before.idle) / (after.total - before.total);
    quietTimes = share <= busyShareMax ? quietTimes + 1 : 0;
    if (performance.now() > deadlineMs) break;
  }
  return Number((share * cpus().length).toFixed(2));
}

/** Cores in use from which on `waitForQuiet` has not found quiet. */
export function isQuiet(coresInUse: number): boolean {
  return coresInUse <= busyShareMax * cpus().length;
}

function cpuTimes(): { idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  return { idle, total: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) };
}
