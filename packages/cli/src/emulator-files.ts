import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Azure } from "@fairway/emulator";
import { FairwayError } from "@fairway/model";
import type { Context } from "./context.ts";

interface FileOptions {
  readonly scenario?: string;
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

/** Times of the scenario count from now. */
export function startScenario(azure: Azure, text: string, { scenario = "" }: FileOptions): void {
  const { status, body } = azure.control("POST", "/_emulator/scenario", { text });
  if (status < 300) return;
  const { detail = "", hint = "", field = "" } = body as { detail?: string; hint?: string; field?: string };
  throw new FairwayError("usage", `${scenario}: ${detail}`, { hint, path: field });
}
