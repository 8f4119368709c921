export { type Clock, monotonicMs, type Scheduler, sleep, type Timer } from "./clock.ts";
export { EventQueue } from "./event-queue.ts";
export {
  createRealTimeKernel,
  createVirtualKernel,
  type Kernel,
  type RealTimeKernel,
  type VirtualKernel,
} from "./kernel.ts";
export { Random } from "./random.ts";
export { Trace, type TraceRecord } from "./trace.ts";
export { createVirtualTime, type VirtualTime } from "./virtual-time.ts";
