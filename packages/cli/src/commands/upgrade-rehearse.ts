import { createReadStream } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ClusterSnapshot, Rehearsal, RehearsalOptions, RehearsedStrategy } from "@fairway/lab";
import { FairwayError } from "@fairway/model";
import { clusterStrategies, type StrategyName, strategyNames } from "@fairway/sdk";
import { type Command, Option } from "commander";
import { readCalibration } from "../calibration-file.ts";
import type { Context, TargetOptions } from "../context.ts";
import { createProgress } from "../progress.ts";
import { targetAddress, withTarget } from "../target.ts";
import { unlessAborted } from "../until-aborted.ts";
import { formatRehearsal } from "../upgrade/format-rehearsal.ts";
import { addWorldOptions, type WorldOptions, worldsOf } from "../upgrade/worlds.ts";

interface RehearseOptions extends TargetOptions, WorldOptions {
  readonly to?: string;
  readonly strategy: StrategyName;
  readonly pool?: readonly string[];
  readonly spare?: readonly string[];
  readonly calibration?: string;
  readonly region: string;
  readonly snapshot?: string;
  readonly saveSnapshot?: string;
  readonly failOn: "stuck" | "down" | "never";
}

export function addUpgradeRehearse(upgrade: Command, context: Context): void {
  addWorldOptions(upgrade.command("rehearse"))
    .summary("go through an upgrade many times in a model of the cluster")
    .description(
      "Reads the cluster (and writes nothing to it), builds it in the embedded Azure in virtual time, upgrades it there in many worlds, mends what stands against it, and upgrades it again.",
    )
    .option("--to <version>", "Kubernetes version, for example 1.35.1, or 1.35 for its newest patch")
    .addOption(
      new Option("--strategy <name>", "which way; a second cluster is taken to be like this one")
        .choices(strategyNames)
        .default("node-pool"),
    )
    .option("--pool <name...>", "only these node pools, in this order")
    .option("--spare <name...>", "pools that get a second one like them while they are upgraded")
    .option("--calibration <file>", "durations to draw from, as fairway calibrate writes them")
    .option("--region <name>", "whose price list counts", "westeurope")
    .option("--snapshot <file>", "instead of a target: a cluster that was saved before")
    .option(
      "--save-snapshot <file>",
      "save what was read of the cluster; no secret and no value of a variable is in it",
    )
    .addOption(
      new Option("--fail-on <what>", "end with 4 when it gets stuck, or also when an app is down meanwhile")
        .choices(["stuck", "down", "never"])
        .default("stuck"),
    )
    .addHelpText(
      "after",
      "\nExamples:\n  fairway upgrade rehearse --to 1.35.1 --save-snapshot prod.json\n  fairway upgrade rehearse --to 1.35.1 --snapshot prod.json --strategy active-active --seeds 100\n",
    )
    .action(async (_: unknown, command: Command) => {
      await rehearse(command.optsWithGlobals<RehearseOptions>(), context);
    });
}

// What only this command needs is loaded here: the others start in a third of the time without it.
async function rehearse(options: RehearseOptions, context: Context): Promise<void> {
  const settings = await settingsOf(options, context);
  const lab = await import("@fairway/lab");
  const snapshot = await readSnapshot(options, context, lab);
  if (options.saveSnapshot !== undefined) {
    await save(resolve(context.folder, options.saveSnapshot), lab.formatSnapshot(snapshot));
  }
  const progress = createProgress(context.stderr, options.json);
  const rehearsal = await lab
    .rehearse(snapshot, {
      ...settings,
      onRun: ({ round, number, of }) =>
        progress.show({
          message: `${round === "before" ? "As it is" : "Mended"}: world ${number} of ${of}`,
          share: number / of,
        }),
    })
    .finally(() => progress.end());
  context.stdout.write(options.json === true ? `${JSON.stringify(rehearsal)}\n` : formatRehearsal(rehearsal));
  if (!rehearsal.isWhole) throw context.signal.reason;
  const against = whatStandsAgainst(rehearsal, options);
  if (against !== undefined) {
    throw new FairwayError("upgrade-blocked", against, {
      hint: "Mend what is named above and rehearse again; the model has shown what it does.",
    });
  }
}

async function settingsOf(options: RehearseOptions, context: Context): Promise<RehearsalOptions> {
  const { strategy, pool, spare, region, calibration } = options;
  const rehearsed = rehearsedStrategy(strategy);
  refuseEnvironment(options, context);
  const { to } = options;
  if (to === undefined) {
    throw new FairwayError("usage", "--to is missing.", {
      hint: "Name the version: --to 1.35.1, or 1.35 for its newest patch.",
      path: "--to",
    });
  }
  return {
    version: to,
    strategy: rehearsed,
    ...(pool === undefined ? {} : { pools: pool }),
    ...(spare === undefined ? {} : { spares: spare }),
    ...(calibration === undefined ? {} : { calibration: await readCalibration(calibration, context) }),
    ...worldsOf(options, context),
    region,
  };
}

/** Throws `usage` for what is about no cluster, with what to do instead. */
function rehearsedStrategy(strategy: StrategyName): RehearsedStrategy {
  const found = clusterStrategies.find((one) => one === strategy);
  if (found) return found;
  const instead =
    strategy === "revision"
      ? "A release tries itself out: fairway upgrade run --strategy revision gives it a small share first, and takes it back when it is bad. What it would do: fairway upgrade plan --strategy revision --app FILE."
      : whatOfEnvironments;
  throw new FairwayError("usage", `There is no rehearsal of ${strategy}: only upgrades of clusters are rehearsed.`, {
    hint: instead,
    path: "--strategy",
  });
}

const whatOfEnvironments =
  "What stands against its maintenance: fairway upgrade check. What maintenance does to apps of Container Apps, as trials: fairway compare --lane virtual --strategies container-apps.";

function refuseEnvironment(options: RehearseOptions, context: Context): void {
  if (options.snapshot !== undefined) return;
  const address = targetAddress(context, options);
  if (!address.startsWith("aca:")) return;
  throw new FairwayError("usage", `${address} is no cluster: Container Apps upgrade their platform themselves.`, {
    hint: whatOfEnvironments,
    path: "--target",
  });
}

type Lab = typeof import("@fairway/lab");

async function readSnapshot(options: RehearseOptions, context: Context, lab: Lab): Promise<ClusterSnapshot> {
  const { snapshot: file } = options;
  if (file !== undefined && options.target !== undefined) {
    throw new FairwayError("usage", "--snapshot and --target name two clusters.", {
      hint: "Leave one of them out.",
      path: "--snapshot",
    });
  }
  if (file !== undefined) return lab.parseSnapshot(await readText(file, context, lab.longestSnapshotBytes), file);
  return await withTarget(context, options, async (target) => {
    const facts = await unlessAborted(context.signal, target.capability("upgrades").facts());
    return { target: target.address, facts };
  });
}

async function readText(file: string, { folder, signal }: Context, mostBytes: number): Promise<string> {
  const path = resolve(folder, file);
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error("it is no file");
    if (found.size > mostBytes) throw new Error(`it has more than ${mostBytes / 1_024 / 1_024} MiB`);
    const chunks: Uint8Array[] = [];
    const stream: AsyncIterable<Uint8Array> = createReadStream(path, { end: mostBytes, signal });
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const why = isMissing ? "it does not exist" : cause instanceof Error ? cause.message : "";
    throw new FairwayError("usage", `The snapshot ${file} cannot be read: ${why}.`, {
      hint: "Give --snapshot the path that --save-snapshot wrote.",
      path: "--snapshot",
      cause,
    });
  }
}

async function save(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600 });
  } catch (cause) {
    throw new FairwayError("usage", `The snapshot cannot be written to ${path}.`, {
      hint: "Give --save-snapshot the path of a file in a folder that you may write to.",
      path: "--save-snapshot",
      cause,
    });
  }
}

function whatStandsAgainst({ before, outside }: Rehearsal, { failOn }: RehearseOptions): string | undefined {
  if (failOn === "never") return undefined;
  const stuck = before.runs - before.finished;
  if (stuck > 0) return `The upgrade does not finish in ${stuck} of ${before.runs} worlds.`;
  if (outside.length > 0)
    return `Outside of the model stand against it: ${[...new Set(outside.map(({ code }) => code))].join(", ")}.`;
  const down = before.workloads.filter(({ lowest }) => lowest === 0).map(({ workload }) => workload);
  return failOn === "down" && down.length > 0 ? `Down at some moment: ${down.join(", ")}.` : undefined;
}
