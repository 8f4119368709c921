/** The event queue and the dispatch of the kernel beside C and SimPy. Method: README.md beside this file. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isQuiet, waitForQuiet } from "../harness/quiet.ts";
import { type Goal, goal, saveResults } from "../harness/results-file.ts";
import { type Spread, spreadOf, spreadText } from "../harness/statistics.ts";
import { type Contender, contenders, type Measured, withFolder } from "./contenders.ts";

const least = { holdOfC: 0.65, mmcOfC: 0.35, mmcOfSimPy: 35 };
/** Erlang C: mean wait in service times of M/M/10 at load 0.9. */
const exactMeanWait = 0.6687;

const { values: options } = parseArgs({
  options: {
    part: { type: "string", default: "hold,mmc" },
    rounds: { type: "string", default: "7" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});

interface Case {
  readonly model: "hold" | "mmc";
  /** Events that wait, or servers. */
  readonly size: number;
  /** SimPy does one in ten of them. */
  readonly operations: number;
}

const parts: Readonly<Record<string, readonly Case[]>> = {
  hold: [
    { model: "hold", size: 1e3, operations: 5e6 },
    { model: "hold", size: 1e5, operations: 3e6 },
    { model: "hold", size: 1e6, operations: 2e6 },
  ],
  mmc: [{ model: "mmc", size: 10, operations: 2e6 }],
};

const coresInUse = await waitForQuiet(10_000);
if (!isQuiet(coresInUse)) console.log(`Others use ${coresInUse} cores of this machine: the ratios scatter.`);
withFolder((folder) => {
  const all = contenders(folder);
  for (const part of options.part.split(",")) measurePart(part, all);
});

function measurePart(part: string, all: readonly Contender[]): void {
  const cases = parts[part];
  if (!cases) throw new Error(`There is no part "${part}": ${Object.keys(parts).join(", ")}.`);
  const results = cases.map((one) => measureCase(one, all));
  for (const { table } of results) console.table(table);
  saveResults(options.output, part, { coresInUse, goals: results.flatMap(({ goals }) => goals), cases: results });
}

type Round = Partial<Record<Contender["name"], Measured>>;

/** All take turns in each round, so that what else the machine does meets all of them. */
function measureCase({ model, size, operations }: Case, all: readonly Contender[]) {
  const rounds: Round[] = [];
  for (let index = 1; index <= Number(options.rounds); index += 1) {
    const round = Object.fromEntries(
      all
        // A million processes of SimPy take a minute to begin.
        .filter(({ name }) => name !== "SimPy" || size < 1e6)
        .map((one) => [one.name, one.measure(model, size, one.name === "SimPy" ? operations / 10 : operations)]),
    ) as Round;
    rounds.push(round);
    const text = Object.entries(round).map(([name, { perSecond }]) => `${name} ${(perSecond / 1e6).toFixed(2)}`);
    console.log(`${model} ${size}, ${index} of ${options.rounds}, millions per second: ${text.join(", ")}`);
  }
  return { model, size, table: tableOf(rounds), goals: goalsOf(model, size, rounds), rounds };
}

function tableOf(rounds: readonly Round[]): Record<string, Record<string, string>> {
  const names = Object.keys(rounds[0] ?? {}) as Contender["name"][];
  return Object.fromEntries(
    names.map((name) => {
      const perSecond = rounds.map((round) => (round[name]?.perSecond ?? Number.NaN) / 1e6);
      return [
        name,
        { "millions/s": spreadText(spreadOf(perSecond)), "of it, Fairway": spreadText(ratio(rounds, name)) },
      ];
    }),
  );
}

function goalsOf(model: Case["model"], size: number, rounds: readonly Round[]): Goal[] {
  const first = rounds[0] ?? {};
  const ofC = ratio(rounds, "C").median;
  const goals: Goal[] = [];
  if (first.C) {
    const wanted = model === "hold" ? least.holdOfC : least.mmcOfC;
    goals.push(goal(`${model} ${size}, of C: ${ofC.toFixed(2)}, goal at least ${wanted}`, ofC >= wanted));
  }
  if (model === "mmc" && first.SimPy) {
    const times = ratio(rounds, "SimPy").median;
    goals.push(goal(`mmc ${size}, times SimPy: ${times.toFixed(0)}, goal at least 35`, times >= least.mmcOfSimPy));
  }
  const meanWait = first.Fairway?.meanWait;
  if (meanWait !== undefined) {
    const isRight = Math.abs(meanWait / exactMeanWait - 1) < 0.03;
    goals.push(goal(`mean wait ${meanWait.toFixed(4)} service times, Erlang C says ${exactMeanWait} (3 %)`, isRight));
  }
  return goals;
}

function ratio(rounds: readonly Round[], name: Contender["name"]): Spread {
  return spreadOf(
    rounds.map((round) => (round.Fairway?.perSecond ?? Number.NaN) / (round[name]?.perSecond ?? Number.NaN)),
  );
}
