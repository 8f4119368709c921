import { readFile, rename, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Azure } from "@fairway/emulator";
import { FairwayError } from "@fairway/model";
import type { Context } from "./context.ts";
import type { ProgressDisplay } from "./progress.ts";

interface FileOptions {
  readonly scenario?: string;
  readonly stateFile?: string;
}

/** The text of the scenario; undefined when none was named. */
export async function readScenario({ scenario }: FileOptions, context: Context): Promise<string | undefined> {
  if (scenario === undefined) return undefined;
  try {
    return await readFile(resolve(context.folder, scenario), "utf8");
  } catch (cause) {
    const hint =
      "Give --scenario a YAML file: faults: [{ at: 30, kind: apiserver-gap, parameters: { cluster: demo } }].";
    throw new FairwayError("usage", `The scenario ${scenario} cannot be read.`, { hint, path: "--scenario", cause });
  }
}

/** What an earlier emulator left; undefined when there is no such file yet. */
export async function readState({ stateFile }: FileOptions, context: Context): Promise<string | undefined> {
  if (stateFile === undefined) return undefined;
  try {
    return await readFile(resolve(context.folder, stateFile), "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    const hint = "Give --state-file a file, or the name of one that is to be written.";
    throw new FairwayError("usage", `The state file ${stateFile} cannot be read.`, {
      hint,
      path: "--state-file",
      cause,
    });
  }
}

/** As a whole or not at all: an emulator that is killed while it writes leaves the state of the one before. */
export async function writeState({ stateFile }: FileOptions, context: Context, azure: Azure): Promise<void> {
  if (stateFile === undefined) return;
  const file = resolve(context.folder, stateFile);
  const draft = `${file}.${process.pid}.part`;
  // Secrets of the apps are in it.
  await writeFile(draft, azure.exportState(), { mode: 0o600 });
  await rename(draft, file);
}

export async function restore(
  azure: Azure,
  state: string,
  { stateFile = "" }: FileOptions,
  progress: ProgressDisplay,
): Promise<void> {
  progress.show({ message: `Making again what ${stateFile} has` });
  try {
    await azure.importState(state);
  } catch (cause) {
    throw new FairwayError(
      "usage",
      `The state of ${stateFile} cannot be used: ${cause instanceof Error ? cause.message : ""}`,
      {
        hint: "Name another file, or remove this one to start anew.",
        path: "--state-file",
        cause,
      },
    );
  }
}

/** Times of the scenario count from now. */
export function startScenario(azure: Azure, text: string, { scenario = "" }: FileOptions): void {
  const { status, body } = azure.control("POST", "/_emulator/scenario", { text });
  if (status < 300) return;
  const { detail = "", hint = "", field = "" } = body as { detail?: string; hint?: string; field?: string };
  throw new FairwayError("usage", `${scenario}: ${detail}`, { hint, path: field });
}
