import { startLoad } from "@fairway/lab";
import type { MeasuredByOurs, OurJob } from "./generators.ts";

/** Far above what one core can send: every connection always has a request that is due. */
const unreachableRatePerSecond = 500_000;

const job = JSON.parse(process.argv[2] ?? "") as OurJob;
const before = process.cpuUsage();
await using load = startLoad({
  address: { host: "127.0.0.1", port: job.port },
  hostName: job.hostName ?? `127.0.0.1:${job.port}`,
  ratePerSecond: job.ratePerSecond ?? unreachableRatePerSecond,
  arrivals: job.arrivals ?? "constant",
  seed: "benchmark",
  workload:
    job.method === "POST"
      ? { kind: "payments", run: "benchmark", accounts: 1_000, currency: "EUR" }
      : { kind: "get", path: "/" },
  timeoutMs: 60_000,
  connectionsMax: job.connections,
  durationMs: 1_000 * job.seconds,
});
const { startedAtMs, totals, durationMs, latency, serviceTime, dispatchLag } = await load.ended();
const { user, system } = process.cpuUsage(before);
const failed = totals.error + totals.refused + totals.timeout;
if (failed > 0) throw new Error(`${failed} requests failed`);
const measured: MeasuredByOurs = {
  requestsPerSecond: (1_000 * totals.ok) / durationMs,
  cpuUsPerRequest: (user + system) / totals.ok,
  latencyMsP99: latency.p99Ms,
  startedAtMs,
  latencyMsP50: latency.p50Ms,
  serviceMsP50: serviceTime.p50Ms,
  serviceMsP99: serviceTime.p99Ms,
  lagMsP50: dispatchLag.p50Ms,
};
process.stdout.write(JSON.stringify(measured));
