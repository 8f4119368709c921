import { runUpgrade } from "@fairway/sdk";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { follow } from "../follow.ts";
import { targetAddress, withTargets } from "../target.ts";
import { unlessAborted } from "../until-aborted.ts";
import { formatPlan, formatState, stateAsJson } from "../upgrade/format.ts";
import { addJournalOptions, addPlanOptions, type PlanOptions } from "../upgrade/options.ts";
import { upgradePorts } from "../upgrade/ports.ts";
import { readPlan } from "../upgrade/read-plan.ts";

export function addUpgradePlan(upgrade: Command, context: Context): void {
  const plan = upgrade
    .command("plan")
    .summary("show what an upgrade would do, step by step")
    .description(
      "Shows the steps, how long they take, what stands against them, and from where nothing leads back. Writes nothing.",
    )
    .addHelpText("after", "\nExample:\n  fairway upgrade plan --to 1.35.1 --strategy node-pool --approve\n");
  addJournalOptions(addPlanOptions(plan)).action(async (_: unknown, command: Command) =>
    show(command.optsWithGlobals<PlanOptions>(), context),
  );
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

async function show(options: PlanOptions, context: Context): Promise<void> {
  await withTargets(context, options, async (open, openSwitcher) => {
    const plan = await unlessAborted(context.signal, readPlan(options, context, open, openSwitcher));
    const { check } = upgradePorts(context, options, plan.cluster, open, openSwitcher);
    const target = await open(targetAddress(context, options));
    const looked = plan.steps.find(({ action }) => action.kind === "check")?.action;
    const { version, pools } = looked?.kind === "check" ? looked : {};
    const upgrade = { ...(version === undefined ? {} : { version }), ...(pools === undefined ? {} : { pools }) };
    const found = await unlessAborted(context.signal, check(target, upgrade));
    const required = found.filter(({ severity }) => severity === "required");
    if (options.json) return context.stdout.write(`${JSON.stringify({ ...plan, findings: found })}\n`);
    const lines = required.map(({ code, subject, evidence }) => `✗ ${code} ${subject}: ${evidence}\n`);
    const counted = `Findings: ${required.length} required, ${found.length - required.length} recommended. Read them: fairway upgrade check${version === undefined ? "" : ` --to ${version}`}\n`;
    context.stdout.write([formatPlan(plan, options.calibration), ...lines, counted].join(""));
  });
}

async function start(options: PlanOptions, context: Context): Promise<void> {
  await withTargets(context, options, async (open, openSwitcher) => {
    const plan = await unlessAborted(context.signal, readPlan(options, context, open, openSwitcher));
    const ports = upgradePorts(context, options, plan.cluster, open, openSwitcher);
    const state = await follow(runUpgrade(ports, plan), context, options, "resume");
    context.stdout.write(options.json ? `${JSON.stringify(stateAsJson(state))}\n` : formatState(state));
  });
}
