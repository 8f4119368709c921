import { runUpgrade } from "@fairway/sdk";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { follow } from "../follow.ts";
import { createProgress } from "../progress.ts";
import { targetAddress, withTargets } from "../target.ts";
import { unlessAborted } from "../until-aborted.ts";
import { formatPlan, formatState, stateAsJson } from "../upgrade/format.ts";
import { addJournalOptions, addPlanOptions, type PlanOptions } from "../upgrade/options.ts";
import { estimatedPlan, rehearsedPlan, type TimedPlan, unfinished } from "../upgrade/plan-duration.ts";
import { upgradePorts } from "../upgrade/ports.ts";
import { type ReadPlan, readPlan } from "../upgrade/read-plan.ts";
import { addWorldOptions, type WorldOptions, worldsOf } from "../upgrade/worlds.ts";

export function addUpgradePlan(upgrade: Command, context: Context): void {
  const plan = upgrade
    .command("plan")
    .summary("show what an upgrade would do, step by step")
    .description(
      "Shows the steps, how long they take, what stands against them, and from where nothing leads back. Writes nothing. The minutes are those of virtual worlds: the cluster is built in the embedded Azure as it stands, and goes through the plan there.",
    )
    .addHelpText("after", "\nExample:\n  fairway upgrade plan --to 1.35.1 --strategy node-pool --approve\n");
  addWorldOptions(addJournalOptions(addPlanOptions(plan)))
    .option("--no-rehearsal", "take the minutes from the calibration alone: at once, and as if nothing got stuck")
    .action(async (_: unknown, command: Command) => show(command.optsWithGlobals<ShowOptions>(), context));
  const run = upgrade
    .command("run")
    .summary("upgrade, with every step written into a journal")
    .description(
      "Upgrades the cluster (or brings an app to its next revision, or lives through a maintenance) step by step. Each step is written down before it is taken and after, so that `fairway upgrade resume` goes on wherever this process ends.",
    )
    .addHelpText(
      "after",
      '\nExamples:\n  fairway upgrade run --to 1.35.1\n  fairway upgrade run --to 1.35.1 --window 22:00-04:00 --test "npm run smoke"\n  fairway upgrade run --to 1.35.1 --strategy guarded --rehearse-on aks://SUB/GROUP/INACTIVE/shop\n  fairway upgrade run --to 1.35.1 --strategy active-active --standby aks://SUB/GROUP/OTHER/shop --switcher tm://SUB/GROUP/PROFILE\n  fairway upgrade run --strategy revision --app app.yaml --shares 10,50,100 --bake 5\n  fairway upgrade run --strategy maintenance --hours "Tuesday 01:00 8h"\n',
    );
  addJournalOptions(addPlanOptions(run)).action(async (_: unknown, command: Command) =>
    start(command.optsWithGlobals<PlanOptions>(), context),
  );
}

interface ShowOptions extends PlanOptions, WorldOptions {
  /** False with --no-rehearsal. */
  readonly rehearsal: boolean;
}

async function show(options: ShowOptions, context: Context): Promise<void> {
  const worlds = worldsOf(options, context);
  await withTargets(context, options, async (open, openSwitcher) => {
    const read = await unlessAborted(context.signal, readPlan(options, context, open, openSwitcher));
    const { plan } = read;
    const { check } = upgradePorts(context, options, plan.cluster, open, openSwitcher);
    const target = await open(targetAddress(context, options));
    const looked = plan.steps.find(({ action }) => action.kind === "check")?.action;
    const { version, pools } = looked?.kind === "check" ? looked : {};
    const upgrade = { ...(version === undefined ? {} : { version }), ...(pools === undefined ? {} : { pools }) };
    const found = await unlessAborted(context.signal, check(target, upgrade));
    const required = found.filter(({ severity }) => severity === "required");
    const timed = await timedPlan(read, options, worlds, context);
    if (options.json) {
      const told = { ...timed.plan, ...(timed.duration ? { duration: timed.duration } : {}), findings: found };
      return context.stdout.write(`${JSON.stringify(told)}\n`);
    }
    const lines = required.map(({ code, subject, evidence }) => `✗ ${code} ${subject}: ${evidence}\n`);
    const reading = ["fairway upgrade check", optional("--to", version), optional("--target", options.target)].join("");
    const counted = `Findings: ${required.length} required, ${found.length - required.length} recommended. Read them: ${reading}\n`;
    context.stdout.write([formatPlan(timed), ...lines, counted].join(""));
  });
}

function optional(option: string, value: string | undefined): string {
  return value === undefined ? "" : ` ${option} ${value}`;
}

/** With the minutes of virtual worlds; where there are none, with an estimate that says why it is one. */
async function timedPlan(
  { plan, rehearsal }: ReadPlan,
  { rehearsal: isWanted, calibration, json }: ShowOptions,
  worlds: ReturnType<typeof worldsOf>,
  context: Context,
): Promise<TimedPlan> {
  const estimated = (why: string) => estimatedPlan(plan, calibration ?? "the defaults of docs/calibration.md", why);
  if (!rehearsal || !isWanted) return estimated("--no-rehearsal was given");
  const progress = createProgress(context.stderr, json);
  try {
    const { rehearseDurations, defaultRegion: region } = await import("@fairway/lab");
    const round = await rehearseDurations(rehearsal.snapshot, {
      ...rehearsal.upgrade,
      ...worlds,
      region,
      onRun: ({ number, of }) => progress.show({ message: `Virtual world ${number} of ${of}`, share: number / of }),
    });
    const why = unfinished(round);
    return why === undefined ? rehearsedPlan(plan, round) : estimated(why);
  } catch (error) {
    if (context.signal.aborted) throw error;
    return estimated(`it cannot be rehearsed: ${error instanceof Error ? error.message.replace(/\.$/, "") : "?"}`);
  } finally {
    progress.end();
  }
}

async function start(options: PlanOptions, context: Context): Promise<void> {
  await withTargets(context, options, async (open, openSwitcher) => {
    const { plan } = await unlessAborted(context.signal, readPlan(options, context, open, openSwitcher));
    const ports = upgradePorts(context, options, plan.cluster, open, openSwitcher);
    const state = await follow(runUpgrade(ports, plan), context, options, "resume");
    context.stdout.write(options.json ? `${JSON.stringify(stateAsJson(state))}\n` : formatState(state));
  });
}
