import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Azure } from "@fairway/emulator";
import { FairwayError } from "@fairway/model";
import type { Context } from "./context.ts";
import { whyUnreadable } from "./why-unreadable.ts";

interface FileOptions {
  readonly scenario?: string;
}

/** The text of the scenario, which holds only what there is; undefined when none was named. Throws `usage`. */
export async function readScenario({ scenario }: FileOptions, context: Context): Promise<string | undefined> {
  if (scenario === undefined) return undefined;
  const text = await readFile(resolve(context.folder, scenario), "utf8").catch((cause: unknown) => {
    const hint =
      "Give --scenario a YAML file: faults: [{ at: 30, kind: apiserver-gap, parameters: { cluster: demo } }].";
    const message = `The scenario ${scenario} cannot be read: ${whyUnreadable(cause)}.`;
    throw new FairwayError("usage", message, { hint, path: "--scenario", cause });
  });
  const { FaultError, parseScenario } = await import("@fairway/emulator");
  try {
    parseScenario(text);
    return text;
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    const { field, hint, message } = error;
    throw new FairwayError("usage", `${scenario}: ${message}`, { hint, path: field, cause: error });
  }
}

/** Times of the scenario count from now. */
export function startScenario(azure: Azure, text: string, { scenario = "" }: FileOptions): void {
  const { status, body } = azure.control("POST", "/_emulator/scenario", { text });
  if (status < 300) return;
  const { detail = "", hint = "", field = "" } = body as { detail?: string; hint?: string; field?: string };
  throw new FairwayError("usage", `${scenario}: ${detail}`, { hint, path: field });
}
