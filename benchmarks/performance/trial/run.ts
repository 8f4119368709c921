/** What one trial of the virtual lane costs, by the size of its platform, and what two threads add. Method: README.md. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isQuiet, waitForQuiet } from "../harness/quiet.ts";
import { saveResults } from "../harness/results-file.ts";
import { measureSizes } from "./sizes.ts";
import { measureThreads } from "./threads.ts";

const { values: options } = parseArgs({
  options: {
    part: { type: "string", default: "size,threads" },
    topologies: { type: "string", default: "small,company,large" },
    strategy: { type: "string", default: "node-pool" },
    "trials-by-thread": { type: "string", default: "7" },
    "minutes-max": { type: "string", default: "8" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});
const coresInUse = await waitForQuiet(10_000);
if (!isQuiet(coresInUse))
  console.log(`Others use ${coresInUse} cores of this machine: times of the clock are too long.`);
for (const part of options.part.split(",")) saveResults(options.output, part, { coresInUse, ...(await measure(part)) });

async function measure(part: string) {
  const { strategy } = options;
  switch (part) {
    case "size":
      return measureSizes({
        topologies: options.topologies.split(","),
        strategy,
        minutesMax: Number(options["minutes-max"]),
      });
    case "threads":
      return await measureThreads({ strategy, trials: Number(options["trials-by-thread"]) });
    default:
      throw new Error(`There is no part "${part}": size, threads.`);
  }
}
