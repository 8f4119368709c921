import { Command } from "commander";
import { addCalibrate } from "./commands/calibrate.ts";
import { addCompare } from "./commands/compare.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addEmulator } from "./commands/emulator.ts";
import { addLab } from "./commands/lab.ts";
import { addLogs } from "./commands/logs.ts";
import { addPlan } from "./commands/plan.ts";
import { addShift } from "./commands/shift.ts";
import { addStatus } from "./commands/status.ts";
import { addUpgrade } from "./commands/upgrade.ts";
import type { Context } from "./context.ts";

const targetCommands = [addDeploy, addPlan, addStatus, addShift, addLogs, addUpgrade, addCalibrate];

/** The `fairway` command with all its parts. Throws instead of ending the process. */
export function createProgram(context: Context): Command {
  const program = new Command("fairway")
    .description(
      "A safe way through change on AKS and Azure Container Apps: deploy, shift, upgrade, and measure what each way costs.",
    )
    .version("0.1.0")
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: (text) => context.stderr.write(text) })
    .showHelpAfterError("(fairway --help shows all commands, fairway COMMAND --help one with examples)");
  addCompare(program, context);
  addEmulator(program, context);
  addLab(program, context);
  for (const add of targetCommands) add(program, context);
  for (const command of program.commands) {
    command.option("--json", "machine-readable output").exitOverride().copyInheritedSettings(program);
  }
  for (const command of program.commands.slice(-targetCommands.length)) addTargetOptions(command);
  return program;
}

function addTargetOptions(command: Command): void {
  command
    .option(
      "-t, --target <address>",
      "aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE or aca://SUBSCRIPTION/GROUP/ENVIRONMENT (or FAIRWAY_TARGET)",
    )
    .option(
      "--arm-endpoint <url>",
      "another Azure Resource Manager, such as the embedded Azure (or FAIRWAY_ARM_ENDPOINT)",
    )
    .option("--arm-ca <file>", "certificate authority of that endpoint, PEM (or FAIRWAY_ARM_CA)");
}
