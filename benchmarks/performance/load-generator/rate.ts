import { waitForQuiet } from "../harness/quiet.ts";
import { type Goal, goal } from "../harness/results-file.ts";
import { spreadOf, spreadText } from "../harness/statistics.ts";
import { type Job, type Measured, runAutocannon, runOurs, runWrk } from "./generators.ts";
import { startNginx } from "./nginx.ts";

/** Of wrk's rate and of autocannon's on one core, at least. */
const goalOf = { wrk: 0.7, autocannon: 1.5 };

const names = ["wrk", "ours", "autocannon"] as const;
type Name = (typeof names)[number];

/** One generator after another against the same server. */
export type RateRound = Readonly<Record<Name, Measured>> & {
  /** Cores that others used just before. */
  readonly coresInUse: number;
};

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

export async function measureRates(plan: Plan): Promise<RateRound[]> {
  await using nginx = await startNginx();
  const job: Job = { port: nginx.port, connections: plan.connections, seconds: plan.seconds };
  await runWrk({ ...job, seconds: 1 });
  const rounds: RateRound[] = [];
  for (let index = 1; index <= plan.rounds; index += 1) {
    const coresInUse = await waitForQuiet(10_000);
    const measured = { wrk: await runWrk(job), ours: await runOurs(job), autocannon: await runAutocannon(job) };
    rounds.push({ coresInUse, ...measured });
    const told = names.map((name) => `${name} ${measured[name].requestsPerSecond.toFixed(0)}/s`);
    console.log(`rate ${index} of ${plan.rounds}: ${told.join(", ")} (others used ${coresInUse} cores)`);
  }
  return rounds;
}

/** Ratios are taken within a round, where all saw the same machine; shown are their medians and ranges. */
export function summariseRates(rounds: readonly RateRound[]) {
  const median = (name: Name, figure: "requestsPerSecond" | "cpuUsPerRequest"): number =>
    spreadOf(rounds.map((round) => round[name][figure])).median;
  const rate = (other: Name) =>
    spreadOf(rounds.map(({ ours, [other]: its }) => ours.requestsPerSecond / its.requestsPerSecond));
  const cpu = (other: Name) =>
    spreadOf(rounds.map(({ ours, [other]: its }) => its.cpuUsPerRequest / ours.cpuUsPerRequest));
  const rowOf = (name: Name) => ({
    "requests/s": Math.round(median(name, "requestsPerSecond")),
    "CPU µs/request": Number(median(name, "cpuUsPerRequest").toFixed(1)),
    "rate, ours / its": spreadText(rate(name)),
    "CPU, its / ours": spreadText(cpu(name)),
  });
  const table = Object.fromEntries(names.map((name) => [name, rowOf(name)]));
  const goals = (["wrk", "autocannon"] as const).map((name): Goal => {
    const reached = rate(name).median;
    return goal(`rate: ${reached.toFixed(2)} of ${name}'s, goal ${goalOf[name]}`, reached >= goalOf[name]);
  });
  return { table, goals };
}
