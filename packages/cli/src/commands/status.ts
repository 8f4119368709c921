import type { AppStatus, Revision } from "@fairway/sdk";
import type { Command } from "commander";
import { appName } from "../app-name.ts";
import type { Context, TargetOptions } from "../context.ts";
import { formatTable } from "../table.ts";
import { withTarget } from "../target.ts";
import { unlessAborted } from "../until-aborted.ts";

export function addStatus(program: Command, context: Context): void {
  program
    .command("status")
    .summary("show how an app, or every app, is doing")
    .argument("[app]", "name of an app; all apps when left out", appName)
    .addHelpText("after", "\nExamples:\n  fairway status\n  fairway status payment-api --json\n")
    .action(async (app: string | undefined, options: TargetOptions) => {
      const statuses = await withTarget(context, options, async (target) => {
        const reading = app ? target.status(app).then((status) => [status]) : target.statuses();
        return await unlessAborted(context.signal, reading);
      });
      if (options.json) context.stdout.write(`${JSON.stringify(app ? statuses[0] : statuses)}\n`);
      else context.stdout.write(statuses.map(formatStatus).join("\n") || "No app is deployed here.\n");
    });
}

function formatStatus(status: AppStatus): string {
  const title = `${status.app}: ${status.health}${status.url ? `  ${status.url}` : ""}\n`;
  return title + status.messages.map((message) => `  ! ${message}\n`).join("") + formatRevisions(status.revisions);
}

export function formatRevisions(revisions: readonly Revision[]): string {
  const rows = revisions.map((revision) => [
    revision.name,
    `${revision.weight} %`,
    revision.state.kind === "failed" ? `failed: ${revision.state.reason}` : revision.state.kind,
    `${revision.replicas.ready}/${revision.replicas.total}`,
    revision.labels.join(",") || "-",
    revision.image,
  ]);
  return formatTable(["REVISION", "WEIGHT", "STATE", "READY", "LABELS", "IMAGE"], rows);
}
