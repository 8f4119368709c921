import type { Plan } from "@fairway/sdk";
import type { Command } from "commander";
import { type AppFileOptions, readApp } from "../app-file.ts";
import type { Context } from "../context.ts";
import { withTarget } from "../target.ts";
import { unlessAborted } from "../until-aborted.ts";
import { collect } from "./deploy.ts";

export function addPlan(program: Command, context: Context): void {
  program
    .command("plan")
    .summary("show what a deploy would change")
    .description(
      "Shows what a deploy would change, property by property, and what the target does differently. Writes nothing.",
    )
    .argument("<file>", "app description, YAML or JSON")
    .option("--image <image>", "another image than the file names")
    .option("--secret <name=value...>", "value of a secret of the file", collect, [])
    .addHelpText("after", "\nExample:\n  fairway plan examples/payment-api.yaml --target aca://SUB/GROUP/ENVIRONMENT\n")
    .action(async (file: string, options: AppFileOptions) => {
      const app = await readApp(file, options, context);
      const plan = await withTarget(context, options, (target) => unlessAborted(context.signal, target.plan(app)));
      context.stdout.write(options.json ? `${JSON.stringify(plan)}\n` : formatPlan(plan));
    });
}

const signs = { create: "+", update: "~", delete: "-", keep: " " } as const;

function formatPlan(plan: Plan): string {
  return [
    `${plan.app}: revision ${plan.revision.name} ${plan.revision.isNew ? "would be new" : "exists already"}`,
    ...plan.changes.flatMap(({ action, resource, properties }) => [
      `${signs[action]} ${resource}`,
      // What is new is all new: its properties are in --json.
      ...(action === "create" ? [] : properties).map(
        ({ path, before, after }) => `    ${path}: ${show(before)} → ${show(after)}`,
      ),
    ]),
    `traffic: ${formatWeights(plan.traffic.before)} → ${formatWeights(plan.traffic.after)}`,
    ...plan.notEquivalent.map(({ path, effect, message }) => `! ${path} is ${effect} here: ${message}`),
    "",
  ].join("\n");
}

function show(value: unknown): string {
  return value === undefined ? "(none)" : JSON.stringify(value);
}

function formatWeights(weights: Readonly<Record<string, number>>): string {
  const parts = Object.entries(weights).map(([revision, weight]) => `${revision} ${weight} %`);
  return parts.join(", ") || "(none)";
}
