import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Job, runAutocannon, runOurs, serverCpu } from "./generators.ts";
import { pauseMs, periodMs } from "./stalling-server.ts";

export interface StallRound {
  readonly trueP99Ms: number;
  readonly autocannonP99Ms: number;
  readonly oursP99Ms: number;
}

const ratePerSecond = 1_000;
const periods = 3;

/** A server that stops for half a second again and again: what does each generator say the 99th percentile is? */
export async function measureStalls(rounds: number): Promise<StallRound[]> {
  await using server = await startStallingServer();
  const job: Job = { port: server.port, connections: 1_000, seconds: (periods * periodMs) / 1_000, ratePerSecond };
  const results: StallRound[] = [];
  for (let index = 0; index < rounds; index += 1) {
    const ours = await runOurs(job);
    const autocannon = await runAutocannon({ ...job, connections: 64 });
    results.push({ trueP99Ms, oursP99Ms: ours.latencyMsP99, autocannonP99Ms: autocannon.latencyMsP99 });
    console.log(
      `stall ${index + 1}: true p99 ${trueP99Ms} ms, ours ${ours.latencyMsP99.toFixed(0)} ms, autocannon -R ${autocannon.latencyMsP99} ms`,
    );
  }
  return results;
}

/**
 * Requests that should leave during a pause wait for its end: uniformly 0 to `pauseMs`, for a share of
 * `pauseMs / periodMs` of all requests. The slowest 1 % of all are the slowest 5 % of those.
 */
const trueP99Ms = pauseMs * (1 - 0.01 / (pauseMs / periodMs));

async function startStallingServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const file = join(import.meta.dirname, "stalling-server.ts");
  const child = spawn("taskset", ["-c", serverCpu, process.execPath, file, "serve"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return {
    port: Number(line),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
