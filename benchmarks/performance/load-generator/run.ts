/** What our load generator can send, and whether it tells the truth about a server that stalls. Method: README.md beside this file. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { saveResults } from "../harness/results-file.ts";
import { requireTools } from "../harness/tools.ts";
import { measureRates, summariseRates } from "./rate.ts";
import { measureStalls, summariseStalls } from "./stall.ts";

const { values: options } = parseArgs({
  options: {
    part: { type: "string", default: "rate,stall" },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    connections: { type: "string", default: "64" },
    stalls: { type: "string", default: "3" },
    "stall-seconds": { type: "string", default: "7.5" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});

requireTools(["taskset", "bash", "wrk", "nginx"]);
const parts = options.part.split(",");

if (parts.includes("rate")) {
  const plan = {
    rounds: Number(options.rounds),
    seconds: Number(options.seconds),
    connections: Number(options.connections),
  };
  const rounds = await measureRates(plan);
  const { table, goals } = summariseRates(rounds);
  console.table(table);
  saveResults(options.output, "rate", { plan, goals, table, rounds });
}

if (parts.includes("stall")) {
  const plan = { rounds: Number(options.stalls), seconds: Number(options["stall-seconds"]) };
  const rounds = await measureStalls(plan);
  const { table, goals } = summariseStalls(rounds);
  console.table(table);
  saveResults(options.output, "stall", { plan, goals, table, rounds });
}
