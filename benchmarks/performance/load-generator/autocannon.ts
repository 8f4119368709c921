import autocannon from "autocannon";
import type { Job, Measured } from "./generators.ts";

/** In a process of its own, so that its CPU time can be told apart. */
const job = JSON.parse(process.argv[2] ?? "") as Job;
const before = process.cpuUsage();
const result = await autocannon({
  url: `http://127.0.0.1:${job.port}/`,
  connections: job.connections,
  duration: job.seconds,
  ...(job.ratePerSecond ? { overallRate: job.ratePerSecond } : {}),
});
const { user, system } = process.cpuUsage(before);
const failed = result.errors + result.timeouts + result.non2xx;
if (failed > 0) throw new Error(`${failed} requests failed`);
const measured: Measured = {
  requestsPerSecond: result.requests.total / result.duration,
  cpuUsPerRequest: (user + system) / result.requests.total,
  latencyMsP99: result.latency.p99,
};
process.stdout.write(JSON.stringify(measured));
