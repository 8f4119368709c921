import { spawnSync } from "node:child_process";
import { type Job, type Measured, runAutocannon, runOurs, runWrk } from "./generators.ts";
import { startNginx } from "./nginx.ts";

/** One generator after another against the same server. */
export interface RateRound {
  readonly wrk: Measured;
  readonly ours: Measured;
  readonly autocannon: Measured;
}

/** Undefined, with a note, where a tool is missing. */
export async function measureRates(plan: {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}): Promise<RateRound[] | undefined> {
  const missing = ["taskset", "bash", "wrk", "nginx"].filter((tool) => spawnSync(tool, ["-v"]).error);
  if (missing.length > 0) {
    console.log(`Rates are not measured: ${missing.join(", ")} missing on the PATH.`);
    return undefined;
  }
  await using nginx = await startNginx();
  const job: Job = { port: nginx.port, connections: plan.connections, seconds: plan.seconds };
  await runWrk({ ...job, seconds: 1 });
  const rounds: RateRound[] = [];
  for (let index = 0; index < plan.rounds; index += 1) {
    const round = { wrk: await runWrk(job), ours: await runOurs(job), autocannon: await runAutocannon(job) };
    rounds.push(round);
    const told = Object.entries(round).map(
      ([name, { requestsPerSecond, cpuUsPerRequest }]) =>
        `${name} ${requestsPerSecond.toFixed(0)}/s (${cpuUsPerRequest.toFixed(1)} µs)`,
    );
    console.log(`round ${index + 1}: ${told.join(", ")}`);
  }
  return rounds;
}
