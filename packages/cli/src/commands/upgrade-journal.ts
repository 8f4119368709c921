import {
  FairwayError,
  type Operation,
  readUpgrade,
  resumeUpgrade,
  rollBackUpgrade,
  stopUpgrade,
  type UpgradePorts,
  type UpgradeState,
} from "@fairway/sdk";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { follow } from "../follow.ts";
import { targetAddress, withTargets } from "../target.ts";
import { formatState, stateAsJson } from "../upgrade/format.ts";
import { addJournalOptions, type JournalOptions } from "../upgrade/options.ts";
import { upgradePorts } from "../upgrade/ports.ts";

/** What is done to an upgrade that has begun: its journal knows the rest. */
export function addUpgradeJournal(upgrade: Command, context: Context): void {
  const add = (name: string, summary: string, act: Act) =>
    addJournalOptions(upgrade.command(name).summary(summary).description(`${summary}.`))
      .addHelpText("after", `\nExample:\n  fairway upgrade ${name}\n`)
      .action(async (_: unknown, command: Command) => {
        const options = command.optsWithGlobals<JournalOptions>();
        await withTargets(context, options, async (open, openSwitcher) => {
          const address = targetAddress(context, options);
          const ports = upgradePorts(context, options, address, open, openSwitcher);
          print(await act({ ports, address, options, context }), context, options);
        });
      });
  add("status", "Show where the upgrade of the journal stands", status);
  add("pause", "Stop the upgrade after the step that runs", ({ ports, address }) =>
    stopUpgrade(ports, address, "pause"),
  );
  add("resume", "Go on with what was paused, has failed, or was left", driven(resumeUpgrade));
  add("abort", "Stop the upgrade now, and what it runs in Azure", ({ ports, address }) =>
    stopUpgrade(ports, address, "abort"),
  );
  add("rollback", "Undo what the upgrade has done, as far as AKS lets it", driven(rollBackUpgrade));
}

interface Acting {
  readonly ports: UpgradePorts;
  readonly address: string;
  readonly options: JournalOptions;
  readonly context: Context;
}

type Act = (acting: Acting) => Promise<UpgradeState>;

function driven(begin: (ports: UpgradePorts, cluster: string) => Operation<UpgradeState>): Act {
  return ({ ports, address, context, options }) => follow(begin(ports, address), context, options, "resume");
}

async function status({ ports }: Acting): Promise<UpgradeState> {
  const state = await readUpgrade(ports);
  if (state) return state;
  throw new FairwayError("conflict", `${ports.journal.name} has no upgrade.`, {
    hint: "Begin one: fairway upgrade run --to VERSION. Another journal is named with --journal.",
  });
}

function print(state: UpgradeState, context: Context, options: JournalOptions): void {
  context.stdout.write(options.json ? `${JSON.stringify(stateAsJson(state))}\n` : formatState(state));
}
