import { FairwayError } from "@fairway/model";
import type { Command } from "commander";
import { appName } from "../app-name.ts";
import type { Context, TargetOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { withTarget } from "../target.ts";
import { formatRevisions } from "./status.ts";

export function addShift(program: Command, context: Context): void {
  program
    .command("shift")
    .summary("set how an app's traffic is split over its revisions")
    .argument("<app>", "name of the app", appName)
    .argument("<revision=percent...>", "whole percentages that sum to 100; revisions not named get 0")
    .addHelpText("after", "\nExample:\n  fairway shift payment-api payment-api--b7f2=10 payment-api--a1c9=90\n")
    .action(async (app: string, pairs: readonly string[], options: TargetOptions) => {
      const weights = parseWeights(pairs);
      const revisions = await withTarget(context, options, (target) =>
        follow(target.shift(app, weights), context, options),
      );
      context.stdout.write(options.json ? `${JSON.stringify(revisions)}\n` : formatRevisions(revisions));
    });
}

function parseWeights(pairs: readonly string[]): Record<string, number> {
  const weights = pairs.map(parseWeight);
  const names = weights.map(([revision]) => revision);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice === undefined) return Object.fromEntries(weights);
  throw new FairwayError("usage", `The revision ${twice} is named twice.`, {
    hint: "Give every revision one share; those that are not named get 0.",
    path: "<revision=percent>",
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
