import type { Command } from "commander";
import { type AppFileOptions, readApp } from "../app-file.ts";
import type { Context } from "../context.ts";
import { follow } from "../follow.ts";
import { withTarget } from "../target.ts";

export function addDeploy(program: Command, context: Context): void {
  program
    .command("deploy")
    .summary("make an app run as its file describes")
    .description(
      "Makes the app run as its file describes: a changed template makes a new revision, which gets no traffic beside an older one.",
    )
    .argument("<file>", "app description, YAML or JSON")
    .option("--image <image>", "another image than the file names")
    .option(
      "--secret <name=value...>",
      "value of a secret of the file; NAME=@ reads it from the environment variable NAME_VALUE in upper case",
      collect,
      [],
    )
    .addHelpText(
      "after",
      "\nExamples:\n  fairway deploy examples/payment-api.yaml\n  fairway deploy app.yaml --image shop:1.1.0 --json\n",
    )
    .action(async (file: string, options: AppFileOptions) => {
      const app = await readApp(file, options, context);
      await withTarget(context, options, async (target) => {
        const revision = await follow(target.apply(app), context, options);
        const text = `${revision.name} is ${revision.state.kind} with ${revision.weight} % of the traffic.\n`;
        context.stdout.write(options.json ? `${JSON.stringify(revision)}\n` : text);
      });
    });
}

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
