import { FairwayError, type Finding, type Preflight, sortOut, systemClock } from "@fairway/sdk";
import { type Command, Option } from "commander";
import type { Context, TargetOptions } from "../context.ts";
import type { Checked } from "../findings/checked.ts";
import { type Format, formatFindings, formats } from "../findings/formats.ts";
import { readRules, runOwnChecks } from "../findings/rules-file.ts";
import { withTarget } from "../target.ts";
import { unlessAborted } from "../until-aborted.ts";

interface CheckOptions extends TargetOptions {
  readonly to?: string;
  readonly pool?: readonly string[];
  readonly format: Format;
  readonly rules?: string;
  readonly failOn: "required" | "recommended" | "never";
}

export function addUpgradeCheck(upgrade: Command, context: Context): void {
  upgrade
    .command("check")
    .summary("look for what stands against an upgrade or a maintenance")
    .description(
      "Looks for everything that AKS would refuse, that a drain would get stuck on, or that callers would notice. Reads only. docs/findings.md explains each code.",
    )
    .option("--to <version>", "Kubernetes version; default: the newest that can be reached")
    .option("--pool <name...>", "only these node pools")
    .addOption(new Option("--format <format>", "how to print").choices(formats).default("text"))
    .option("--rules <file>", "findings to ignore and checks of your own, YAML (default: .fairway-preflight.yaml)")
    .addOption(
      new Option("--fail-on <severity>", "end with 4 when such a finding is there")
        .choices(["required", "recommended", "never"])
        .default("required"),
    )
    .addHelpText(
      "after",
      "\nExamples:\n  fairway upgrade check\n  fairway upgrade check --to 1.35.1 --format sarif > preflight.sarif\n",
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<CheckOptions>();
      await check(options, context);
    });
}

async function check(options: CheckOptions, context: Context): Promise<void> {
  const checked = await withTarget(context, options, (target) =>
    unlessAborted(context.signal, checkTarget(target.capability("preflight"), target.address, options, context)),
  );
  context.stdout.write(formatFindings(checked, options.json === true ? "json" : options.format));
  const blocking = checked.shown.filter(({ severity }) => counts(severity, options.failOn));
  if (blocking.length > 0) throw blocked(blocking);
}

/** What was found, without what the rules ignore. */
export async function checkTarget(
  preflight: Preflight,
  address: string,
  { to, pool, rules: file }: Pick<CheckOptions, "to" | "pool" | "rules">,
  context: Context,
): Promise<Checked> {
  const rules = await readRules(file, context);
  const report = await preflight.check({
    ...(to === undefined ? {} : { version: to }),
    ...(pool === undefined ? {} : { pools: pool }),
  });
  const own = await runOwnChecks(rules, address, context);
  const { findings, ...about } = report;
  const today = new Date(systemClock.now()).toISOString().slice(0, 10);
  return { ...about, ...sortOut([...own, ...findings], rules, today) };
}

function counts(severity: Finding["severity"], failOn: CheckOptions["failOn"]): boolean {
  return failOn === "recommended" || (failOn === "required" && severity === "required");
}

function blocked(blocking: readonly Finding[]): FairwayError {
  const codes = [...new Set(blocking.map(({ code }) => code))].join(", ");
  return new FairwayError(
    "upgrade-blocked",
    `${blocking.length === 1 ? "A finding stands" : `${blocking.length} findings stand`} against it: ${codes}.`,
    {
      hint: "Mend what each names, or ignore it in the rules file with a reason.",
    },
  );
}
