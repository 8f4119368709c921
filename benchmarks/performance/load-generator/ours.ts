import { startLoad } from "@fairway/lab";
import type { Job, Measured } from "./generators.ts";

/** Far above what one core can send: every connection always has a request that is due. */
const unreachableRatePerSecond = 500_000;

const job = JSON.parse(process.argv[2] ?? "") as Job;
const before = process.cpuUsage();
await using load = startLoad({
  address: { host: "127.0.0.1", port: job.port },
  hostName: `127.0.0.1:${job.port}`,
  ratePerSecond: job.ratePerSecond ?? unreachableRatePerSecond,
  arrivals: "constant",
  seed: "benchmark",
  workload: { kind: "get", path: "/" },
  timeoutMs: 60_000,
  connectionsMax: job.connections,
  durationMs: 1_000 * job.seconds,
});
const { totals, durationMs, latency } = await load.ended();
const { user, system } = process.cpuUsage(before);
const failed = totals.error + totals.refused + totals.timeout;
if (failed > 0) throw new Error(`${failed} requests failed`);
const measured: Measured = {
  requestsPerSecond: (1_000 * totals.ok) / durationMs,
  cpuUsPerRequest: (user + system) / totals.ok,
  latencyMsP99: latency.p99Ms,
};
process.stdout.write(JSON.stringify(measured));
