import { measureCalls } from "./call-cost.ts";

const r = await measureCalls({ rounds: 8, calls: 4000 });
for (const { oursCpuUs, bareCpuUs } of r)
  console.log(oursCpuUs.toFixed(1), bareCpuUs.toFixed(1), (oursCpuUs / bareCpuUs).toFixed(2));
