import { availableParallelism } from "node:os";
import type { RehearsalOptions } from "@fairway/lab";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { wholeNumber } from "../whole-number.ts";

/** Options of whatever goes through an upgrade in virtual worlds. */
export interface WorldOptions {
  readonly seeds: string;
  readonly seed: string;
  readonly workers?: string;
}

export function addWorldOptions(command: Command): Command {
  return command
    .option("--seeds <count>", "how many virtual worlds; each draws its own durations", "20")
    .option("--seed <number>", "decides every draw", "1")
    .option("--workers <count>", "threads; default: as many as there are cores");
}

/** Throws `usage`. */
export function worldsOf(
  { seeds, seed, workers = String(availableParallelism()) }: WorldOptions,
  { signal }: Context,
): Pick<RehearsalOptions, "seeds" | "seed" | "workers" | "signal"> {
  return {
    seeds: wholeNumber(seeds, "--seeds", 1, 1_000),
    seed: wholeNumber(seed, "--seed", 0, Number.MAX_SAFE_INTEGER),
    workers: wholeNumber(workers, "--workers", 1, 256),
    signal,
  };
}
