import { FairwayError } from "@fairway/model";
import type { Command } from "commander";
import type { Context, TargetOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { withTarget } from "../target.ts";
import { formatRevisions } from "./status.ts";

export function addShift(program: Command, context: Context): void {
  program
    .command("shift")
    .summary("set how an app's traffic is split over its revisions")
    .argument("<app>", "name of the app")
    .argument("<revision=percent...>", "whole percentages that sum to 100; revisions not named get 0")
    .addHelpText("after", "\nExample:\n  fairway shift payment-api payment-api--b7f2=10 payment-api--a1c9=90\n")
    .action(async (app: string, pairs: readonly string[], options: TargetOptions) => {
      const weights = Object.fromEntries(pairs.map(parseWeight));
      const revisions = await withTarget(context, options, (target) =>
        follow(target.shift(app, weights), context, options),
      );
      context.stdout.write(options.json ? `${JSON.stringify(revisions)}\n` : formatRevisions(revisions));
    });
}

function parseWeight(pair: string): [string, number] {
  const [, revision, percent] = /^(.+)=(\d+(?:\.\d+)?)%?$/.exec(pair) ?? [];
  if (revision && percent) return [revision, Number(percent)];
  throw new FairwayError("usage", `"${pair}" is not a share of traffic.`, {
    hint: "Write REVISION=PERCENT, for example payment-api--b7f2=10. `fairway status APP` lists the revisions.",
    path: "<revision=percent>",
  });
}
