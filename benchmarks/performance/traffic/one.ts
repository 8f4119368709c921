/** One run in a Node of its own: `one.ts MODEL CASE SEED`; prints its outcome. */
import { createTrafficModel } from "@fairway/lab";
import { cases } from "./cases.ts";
import { createRequestModel } from "./reference/model.ts";

const [model = "", name = "", seed = ""] = process.argv.slice(2);
const run = cases[name];
if (!run) throw new Error(`There is no case ${name}: ${Object.keys(cases).join(", ")}.`);
const outcome = run(model === "requests" ? createRequestModel : createTrafficModel, Number(seed));
process.stdout.write(`${JSON.stringify(outcome)}\n`);
