/** What the SDK costs over the official clients. Method: README.md beside this file. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isQuiet, waitForQuiet } from "../harness/quiet.ts";
import { type Goal, goal, saveResults } from "../harness/results-file.ts";
import { spreadOf, spreadText } from "../harness/statistics.ts";
import { measureCalls } from "./call-cost.ts";
import { type Cost, inFreshNode } from "./fresh-node.ts";
import { firstUseOf, firstUseOfClient, importing } from "./programs.ts";
import { countRoundTrips } from "./round-trips.ts";

/** Over an empty Node; over the official client alone; over the bare client; above the least possible. */
const most = { importMs: 30, importMb: 10, firstUse: 1.15, callCpu: 1.2, extraRoundTrips: 2 };

const { values: options } = parseArgs({
  options: {
    part: { type: "string", default: "imports,calls,round-trips" },
    rounds: { type: "string", default: "15" },
    calls: { type: "string", default: "2000" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});
const rounds = Number(options.rounds);

const programs = {
  empty: importing(undefined),
  sdk: importing("@fairway/sdk"),
  "aca, ours": firstUseOf("aca"),
  "aca, client": firstUseOfClient("aca"),
  "aks, ours": firstUseOf("aks"),
  "aks, client": firstUseOfClient("aks"),
};
type Program = keyof typeof programs;

for (const part of options.part.split(",")) await run(part);

async function run(part: string): Promise<void> {
  const coresInUse = await waitForQuiet(10_000);
  if (!isQuiet(coresInUse)) console.log(`Others use ${coresInUse} cores of this machine: times will be too long.`);
  switch (part) {
    case "imports":
      return imports(coresInUse);
    case "calls":
      return await calls(coresInUse);
    case "round-trips":
      return await roundTrips();
    default:
      throw new Error(`There is no part "${part}".`);
  }
}

/** Interleaved: what the machine does meanwhile meets all of them. The first round warms the files. */
function imports(coresInUse: number): void {
  const names = Object.keys(programs) as Program[];
  const measured: Record<Program, Cost>[] = [];
  for (let index = 0; index <= rounds; index += 1) {
    const round = Object.fromEntries(names.map((name) => [name, inFreshNode(programs[name])])) as Record<Program, Cost>;
    console.log(
      `imports ${index} of ${rounds}: ${names.map((name) => `${name} ${round[name].ms.toFixed(0)} ms`).join(", ")}`,
    );
    if (index > 0) measured.push(round);
  }
  const over = (figure: keyof Cost) => spreadOf(measured.map(({ sdk, empty }) => sdk[figure] - empty[figure])).median;
  const firstUse = (address: "aca" | "aks") =>
    spreadOf(measured.map((round) => round[`${address}, ours`].ms / round[`${address}, client`].ms));
  const [aca, aks] = [firstUse("aca"), firstUse("aks")];
  const goals = [
    atMost("import, ms over an empty Node", over("ms"), most.importMs),
    atMost("import, MB over an empty Node", over("rssBytes") / 1e6, most.importMb),
    atMost("first use of Container Apps / its client", aca.median, most.firstUse),
    atMost("first use of AKS / its two clients", aks.median, most.firstUse),
  ];
  const table = { "first use, aca": spreadText(aca), "first use, aks": spreadText(aks) };
  saveResults(options.output, "imports", { coresInUse, goals, table, rounds: measured });
}

async function calls(coresInUse: number): Promise<void> {
  const measured = await measureCalls({ rounds, calls: Number(options.calls) });
  const ratio = spreadOf(measured.map(({ oursCpuUs, bareCpuUs }) => oursCpuUs / bareCpuUs));
  const table = {
    "status, CPU µs": Math.round(spreadOf(measured.map(({ oursCpuUs }) => oursCpuUs)).median),
    "bare client, CPU µs": Math.round(spreadOf(measured.map(({ bareCpuUs }) => bareCpuUs)).median),
    "status / bare client": spreadText(ratio),
  };
  console.table(table);
  const goals = [atMost("CPU of status / the bare client's", ratio.median, most.callCpu)];
  saveResults(options.output, "calls", { coresInUse, goals, table, rounds: measured });
}

async function roundTrips(): Promise<void> {
  const deploys = await countRoundTrips();
  console.table(deploys);
  const extra = Math.max(...deploys.map((deploy) => deploy.calls - deploy.least));
  const goals = [atMost("round trips of a deploy above the least", extra, most.extraRoundTrips)];
  saveResults(options.output, "round-trips", { goals, deploys });
}

function atMost(name: string, value: number, limit: number): Goal {
  return goal(`${name}: ${Number(value.toFixed(2))}, goal at most ${limit}`, value <= limit);
}
