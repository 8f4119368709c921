import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { type App, FairwayError } from "@fairway/model";
import { loadApp } from "@fairway/sdk";
import type { Command } from "commander";
import type { Context, TargetOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { withTarget } from "../target.ts";

export interface AppFileOptions extends TargetOptions {
  readonly secret: readonly string[];
  readonly image?: string;
}

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

export async function readApp(file: string, options: AppFileOptions, context: Context): Promise<App> {
  const path = resolve(context.folder, file);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new FairwayError("usage", `The file ${file} cannot be read.`, {
      hint: "Give the path of an app description (YAML or JSON).",
      path: "<file>",
      cause,
    });
  });
  return await loadApp(text, {
    format: extname(path) === ".json" ? "json" : "yaml",
    secrets: Object.fromEntries(options.secret.map((pair) => parseSecret(pair, context))),
    ...(options.image ? { image: options.image } : {}),
  });
}

function parseSecret(pair: string, context: Context): [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
  if (!name || value === undefined) {
    throw new FairwayError("usage", "A --secret has no value.", {
      hint: "Write --secret NAME=VALUE.",
      path: "--secret",
    });
  }
  if (value !== "@") return [name, value];
  const variable = `${name.toUpperCase().replaceAll("-", "_")}_VALUE`;
  const found = context.environment[variable];
  if (found !== undefined) return [name, found];
  throw new FairwayError("usage", `The environment variable ${variable} is not set.`, {
    hint: `Set it, or write --secret ${name}=VALUE.`,
    path: "--secret",
  });
}

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
