import type { Command } from "commander";
import type { CommonOptions, Context } from "../context.ts";
import { callDoor, type DoorOptions } from "../control-door.ts";
import { parameterValues } from "../fault-parameters.ts";
import { formatTable } from "../table.ts";

interface FaultKindInfo {
  readonly description: string;
  readonly trigger: string;
  readonly fields: Readonly<Record<string, { readonly type: string; readonly required: boolean }>>;
}

interface Faults {
  readonly faults: readonly { id: string; kind: string; state: string; parameters: Record<string, unknown> }[];
  readonly kinds: Readonly<Record<string, FaultKindInfo>>;
}

type Options = CommonOptions & DoorOptions;

/** `fairway emulator fault list|start|stop`: what can go wrong in the embedded Azure that runs elsewhere. */
export function addEmulatorFault(emulator: Command, context: Context): void {
  const fault = emulator.command("fault").summary("list, start and stop faults of a running emulator");
  doorCommand(
    fault.command("list"),
    "faults in force, and every fault that there is",
    "fairway emulator fault list",
  ).action(async (_, command: Command) => list(command.optsWithGlobals(), context));
  doorCommand(
    fault.command("start <kind> [parameters...]"),
    "start a fault; parameters as NAME=VALUE",
    "fairway emulator fault start apiserver-gap cluster=demo durationSeconds=120",
  ).action(async (kind: string, parameters: string[], _, command: Command) =>
    start(kind, parameters, command.optsWithGlobals(), context),
  );
  doorCommand(fault.command("stop [id]"), "stop a fault, or all of them", "fairway emulator fault stop fault-1").action(
    async (id: string | undefined, _, command: Command) => stop(id, command.optsWithGlobals(), context),
  );
}

function doorCommand(command: Command, summary: string, example: string): Command {
  return command
    .summary(summary)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .option("--arm-endpoint <url>", "where the emulator is (or FAIRWAY_ARM_ENDPOINT)")
    .option("--arm-ca <file>", "its certificate authority, PEM (or FAIRWAY_ARM_CA)")
    .option("--token <token>", "what an emulator asks for that does not listen on loopback (or FAIRWAY_EMULATOR_TOKEN)")
    .option("--json", "machine-readable output")
    .addHelpText("after", `\nExample:\n  ${example}\n`);
}

async function list(options: Options, context: Context): Promise<void> {
  const answer = await callDoor<Faults>(context, options, "GET", "/_emulator/faults");
  if (options.json) {
    context.stdout.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  const active = answer.faults.map(({ id, kind, state, parameters }) => [id, kind, state, JSON.stringify(parameters)]);
  if (active.length > 0) context.stdout.write(`${formatTable(["ID", "FAULT", "STATE", "PARAMETERS"], active)}\n`);
  const known = Object.entries(answer.kinds).map(([kind, { fields, description }]) => [
    kind,
    parameterNames(fields),
    description,
  ]);
  context.stdout.write(formatTable(["FAULT", "PARAMETERS", ""], known));
}

async function start(kind: string, parameters: readonly string[], options: Options, context: Context): Promise<void> {
  const { kinds } = await callDoor<Faults>(context, options, "GET", "/_emulator/faults");
  const values = parameterValues(parameters, kinds[kind]?.fields ?? {});
  const fault = await callDoor<{ id: string }>(context, options, "POST", "/_emulator/faults", {
    kind,
    parameters: values,
  });
  context.stdout.write(options.json ? `${JSON.stringify(fault)}\n` : `${fault.id}\n`);
}

async function stop(id: string | undefined, options: Options, context: Context): Promise<void> {
  await callDoor(
    context,
    options,
    "DELETE",
    id === undefined ? "/_emulator/faults" : `/_emulator/faults/${encodeURIComponent(id)}`,
  );
}

function parameterNames(fields: FaultKindInfo["fields"]): string {
  return Object.entries(fields)
    .map(([name, { required }]) => (required ? name : `[${name}]`))
    .join(" ");
}
