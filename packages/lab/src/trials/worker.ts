/** The thread of `TrialWorkers`: one message after the other, each answered but for what it only has to know. */
import { parentPort } from "node:worker_threads";
import { FairwayError } from "@fairway/model";
import { runTwin } from "../agreement/twin.ts";
import { rehearseOnce } from "../rehearse/rehearse-once.ts";
import { knowWorld, savedWorld } from "../virtual/saved-world.ts";
import { runTrial } from "../virtual/trial.ts";
import type { FromWorker, Refusal, ToWorker } from "./pool.ts";

let before: Promise<void> = Promise.resolve();
parentPort?.on("message", (message: ToWorker) => {
  before = before.then(() => handle(message));
});

async function handle(message: ToWorker): Promise<void> {
  if (message.kind === "know") {
    knowWorld(message.world, message.text);
    return;
  }
  parentPort?.postMessage(await answer(message));
}

async function answer(message: Exclude<ToWorker, { kind: "know" }>): Promise<FromWorker> {
  try {
    if (message.kind === "make") return { kind: "made", text: await savedWorld(message.world) };
    if (message.kind === "twin") return { kind: "twin", run: await runTwin(message.request) };
    if (message.kind === "rehearse") return { kind: "rehearsed", run: await rehearseOnce(message.request) };
    return { kind: "record", record: await runTrial(message.request) };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "failed", message, ...(error instanceof FairwayError ? { refused: refusalOf(error) } : {}) };
  }
}

function refusalOf({ code, message, hint, path }: FairwayError): Refusal {
  return { code, message, hint, ...(path === undefined ? {} : { path }) };
}
