import { waitForQuiet } from "../harness/quiet.ts";
import { goal } from "../harness/results-file.ts";
import { spreadOf } from "../harness/statistics.ts";
import { isThere } from "../harness/tools.ts";
import { type Job, runAutocannon, runHey, runOurs } from "./generators.ts";
import { analyticP99Ms, p99OfPausesMs, periodMs, startStallingServer } from "./stalls.ts";

/** How far a p99 may be from the true one. */
const errorMax = 0.05;
const ratePerSecond = 1_000;
/**
 * autocannon's default. Of ours too in one of its two runs; in the other it opens as many as it needs. With so many that
 * each pause holds up more than 1 % of the requests even of a closed loop, that one is right by chance.
 */
const connections = 10;

export interface StallRound {
  /** Cores that others used just before. */
  readonly coresInUse: number;
  /** From the pauses that the server has noted during our first run. */
  readonly trueP99Ms: number;
  readonly oursP99Ms: number;
  readonly oursServiceP99Ms: number;
  readonly trueP99MsOfTen: number;
  readonly oursP99MsOfTen: number;
  readonly autocannonP99Ms: number;
  /** Null where it is not installed. */
  readonly heyP99Ms: number | null;
}

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
}

/** A server that stops for half a second again and again: what does each generator say the 99th percentile is? */
export async function measureStalls({ rounds, seconds }: Plan): Promise<StallRound[]> {
  await using server = await startStallingServer();
  const job: Job = { port: server.port, connections, seconds, ratePerSecond };
  const hasHey = isThere("hey");
  const measured: StallRound[] = [];
  for (let index = 1; index <= rounds; index += 1) {
    const coresInUse = await waitForQuiet(1.5 * periodMs);
    const ours = await runOurs({ ...job, connections: 1_000 });
    const oursOfTen = await runOurs(job);
    const round: StallRound = {
      coresInUse,
      trueP99Ms: p99OfPausesMs(server.pauses, { ...ours, ratePerSecond, seconds }),
      oursP99Ms: ours.latencyMsP99,
      oursServiceP99Ms: oursOfTen.serviceMsP99,
      trueP99MsOfTen: p99OfPausesMs(server.pauses, { ...oursOfTen, ratePerSecond, seconds }),
      oursP99MsOfTen: oursOfTen.latencyMsP99,
      autocannonP99Ms: (await runAutocannon(job)).latencyMsP99,
      heyP99Ms: hasHey ? await runHey(job) : null,
    };
    measured.push(round);
    console.log(`stall ${index} of ${rounds}: ${told(round)}`);
  }
  return measured;
}

function told({ coresInUse, ...figures }: StallRound): string {
  const texts = Object.entries(figures).map(([name, value]) => `${name} ${value === null ? "-" : value.toFixed(0)}`);
  return `${texts.join(", ")} (others used ${coresInUse} cores)`;
}

export function summariseStalls(rounds: readonly StallRound[]) {
  const errors = rounds.map(({ oursP99Ms, trueP99Ms }) => oursP99Ms / trueP99Ms - 1);
  const errorsOfTen = rounds.map(({ oursP99MsOfTen, trueP99MsOfTen }) => oursP99MsOfTen / trueP99MsOfTen - 1);
  const median = (figure: keyof StallRound): number =>
    spreadOf(rounds.map((round) => round[figure] ?? Number.NaN)).median;
  const table = {
    analytic: { "p99 ms": analyticP99Ms },
    "from the server's own notes": rowOf(rounds.map(({ trueP99Ms }) => trueP99Ms)),
    ours: rowOf(rounds.map(({ oursP99Ms }) => oursP99Ms)),
    "ours, ten connections": rowOf(rounds.map(({ oursP99MsOfTen }) => oursP99MsOfTen)),
    "ours, ten connections, service time": rowOf(rounds.map(({ oursServiceP99Ms }) => oursServiceP99Ms)),
    "autocannon -R": rowOf(rounds.map(({ autocannonP99Ms }) => autocannonP99Ms)),
    "hey -q": rowOf(rounds.flatMap(({ heyP99Ms }) => heyP99Ms ?? [])),
  };
  const ours = median("oursP99Ms");
  const analyticText = `${analyticP99Ms} ms ± ${(100 * errorMax).toFixed(0)} %`;
  const goals = [
    goal(
      `stall: our p99 ${ours.toFixed(0)} ms, goal ${analyticText} (analytic)`,
      Math.abs(ours / analyticP99Ms - 1) <= errorMax,
    ),
    withinGoal("stall: our p99 against the server's own notes", errors),
    withinGoal("stall: the same with ten connections", errorsOfTen),
  ];
  return { table, goals };
}

function withinGoal(text: string, errors: readonly number[]) {
  const { median } = spreadOf(errors);
  const percent = `${median < 0 ? "" : "+"}${(100 * median).toFixed(1)} %`;
  return goal(`${text} ${percent}, goal within ${100 * errorMax} %`, Math.abs(median) <= errorMax);
}

function rowOf(values: readonly number[]) {
  const { median, min, max } = spreadOf(values);
  return { "p99 ms": Math.round(median), min: Math.round(min), max: Math.round(max) };
}
