import { FairwayError } from "@fairway/model";
import type { Command } from "commander";
import { appName } from "../app-name.ts";
import type { Context, TargetOptions } from "../context.ts";
import { withTarget } from "../target.ts";

interface LogsOptions extends TargetOptions {
  readonly revision?: string;
  readonly follow?: boolean;
  readonly tail?: string;
}

export function addLogs(program: Command, context: Context): void {
  program
    .command("logs")
    .summary("show what the replicas of an app wrote")
    .argument("<app>", "name of the app", appName)
    .option("--revision <name>", "only this revision")
    .option("-f, --follow", "go on until Ctrl-C")
    .option("--tail <lines>", "start with the newest so many lines of each replica")
    .addHelpText("after", "\nExample:\n  fairway logs payment-api --tail 20 --follow\n")
    .action(async (app: string, options: LogsOptions) => {
      const tail = parseTail(options.tail);
      await withTarget(context, options, async (target) => {
        const lines = target.logs(app, {
          signal: context.signal,
          follow: options.follow ?? false,
          ...(options.revision ? { revision: options.revision } : {}),
          ...(tail === undefined ? {} : { tail }),
        });
        for await (const line of lines) {
          context.stdout.write(options.json ? `${JSON.stringify(line)}\n` : `${line.replica}  ${line.text}\n`);
        }
      });
    });
}

function parseTail(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new FairwayError("usage", `--tail ${text} is not a number of lines.`, {
    hint: "Give a whole number, for example --tail 100.",
    path: "--tail",
  });
}
