import type { AvailableVersion, ClusterStatus } from "@fairway/sdk";
import type { Command } from "commander";
import type { Context, TargetOptions } from "../context.ts";
import { formatTable } from "../table.ts";
import { withTarget } from "../target.ts";
import { unlessAborted } from "../until-aborted.ts";
import { addUpgradeCheck } from "./upgrade-check.ts";
import { addUpgradeJournal } from "./upgrade-journal.ts";
import { addUpgradePlan } from "./upgrade-plan.ts";
import { addUpgradeRehearse } from "./upgrade-rehearse.ts";

export function addUpgrade(program: Command, context: Context): void {
  const upgrade = program
    .command("upgrade")
    .summary("check, plan, run and take back an upgrade of the cluster")
    .description("Without a command: where the cluster stands and which versions it can go to.")
    .addHelpText(
      "after",
      "\nExamples:\n  fairway upgrade\n  fairway upgrade check --to 1.35.1\n  fairway upgrade run --to 1.35.1\n",
    )
    .action(async (options: TargetOptions) => {
      await withTarget(context, options, async (target) => {
        const upgrades = target.capability("upgrades");
        const read = Promise.all([upgrades.status(), upgrades.available()]);
        const [status, available] = await unlessAborted(context.signal, read);
        context.stdout.write(
          options.json ? `${JSON.stringify({ ...status, available })}\n` : format(status, available),
        );
      });
    });
  addUpgradeCheck(upgrade, context);
  addUpgradeRehearse(upgrade, context);
  addUpgradePlan(upgrade, context);
  addUpgradeJournal(upgrade, context);
}

function format(status: ClusterStatus, available: readonly AvailableVersion[]): string {
  const rows = status.nodes.map(({ name, pool, version, ready, schedulable }) => [
    name,
    pool,
    version,
    `${ready ? "Ready" : "NotReady"}${schedulable ? "" : ",SchedulingDisabled"}`,
  ]);
  const versions = available.map(({ version, isPreview }) => `${version}${isPreview ? " (preview)" : ""}`);
  return [
    `Control plane ${status.version}, ${status.provisioningState}${status.isStopped ? ", stopped" : ""}\n`,
    formatTable(["NODE", "POOL", "VERSION", "STATUS"], rows),
    `Can go to: ${versions.join(", ") || "nothing newer"}\n`,
  ].join("");
}
