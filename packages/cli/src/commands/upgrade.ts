import { FairwayError } from "@fairway/model";
import type { ClusterStatus, UpgradeControl } from "@fairway/sdk";
import { type Command, Option } from "commander";
import type { Context, TargetOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { formatTable } from "../table.ts";
import { withTarget } from "../target.ts";
import { addUpgradeCheck } from "./upgrade-check.ts";

interface UpgradeCommandOptions extends TargetOptions {
  readonly to?: string;
  readonly pool?: readonly string[];
  readonly abort?: boolean;
}

export function addUpgrade(program: Command, context: Context): void {
  const command = program
    .command("upgrade")
    .summary("upgrade the cluster in place and follow it node by node")
    .description(
      "Upgrades the cluster in place: the control plane, then the node pools one after another. Without --to it shows where the cluster stands and which versions it can go to.",
    )
    .option("--to <version>", "Kubernetes version, for example 1.34.2")
    .option("--pool <name...>", "only these node pools")
    .addOption(new Option("--abort", "stop a running upgrade where it is").conflicts(["to", "pool"]))
    .addHelpText("after", "\nExamples:\n  fairway upgrade\n  fairway upgrade --to 1.34.2\n  fairway upgrade --abort\n")
    .action(async (options: UpgradeCommandOptions) => {
      await withTarget(context, options, async (target) => {
        const upgrades = target.capability("upgrades");
        if (options.abort) return print(await follow(upgrades.abort(), context, options, "leave"), context, options);
        if (!options.to) return await show(upgrades, context, options);
        const started = upgrades.start(options.to, options.pool ? { pools: options.pool } : {});
        print(await follow(started, context, options, "leave"), context, options);
      });
    });
  addUpgradeCheck(command, context);
}

async function show(upgrades: UpgradeControl, context: Context, options: UpgradeCommandOptions): Promise<void> {
  if (options.pool) {
    throw new FairwayError("usage", "--pool needs a version.", { hint: "Add --to VERSION.", path: "--pool" });
  }
  const [status, available] = await Promise.all([upgrades.status(), upgrades.available()]);
  if (options.json) {
    context.stdout.write(`${JSON.stringify({ ...status, available })}\n`);
    return;
  }
  print(status, context, options);
  const versions = available.map(({ version, isPreview }) => `${version}${isPreview ? " (preview)" : ""}`);
  context.stdout.write(`Can go to: ${versions.join(", ") || "nothing newer"}\n`);
}

function print(status: ClusterStatus, context: Context, options: UpgradeCommandOptions): void {
  if (options.json) {
    context.stdout.write(`${JSON.stringify(status)}\n`);
    return;
  }
  context.stdout.write(`Control plane ${status.version}, ${status.provisioningState}\n`);
  const rows = status.nodes.map(({ name, pool, version, ready, schedulable }) => [
    name,
    pool,
    version,
    `${ready ? "Ready" : "NotReady"}${schedulable ? "" : ",SchedulingDisabled"}`,
  ]);
  context.stdout.write(formatTable(["NODE", "POOL", "VERSION", "STATUS"], rows));
}
