import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { CalibrationChanges } from "@fairway/emulator";
import { FairwayError } from "@fairway/model";
import type { Context } from "./context.ts";
import { whyUnreadable } from "./why-unreadable.ts";

/** Entries that a user puts in the place of the defaults. Throws `usage` with what is wrong, and where. */
export async function readCalibration(file: string, context: Context): Promise<CalibrationChanges> {
  const text = await readFile(resolve(context.folder, file), "utf8").catch((cause: unknown) => {
    const hint = "Give --calibration a YAML or JSON file with entries by name; docs/calibration.yaml has all of them.";
    const message = `The calibration ${file} cannot be read: ${whyUnreadable(cause)}.`;
    throw new FairwayError("usage", message, { hint, path: "--calibration", cause });
  });
  const { CalibrationError, parseCalibration } = await import("@fairway/emulator");
  try {
    return parseCalibration(text);
  } catch (error) {
    if (!(error instanceof CalibrationError)) throw error;
    const { hint, issues } = error;
    throw new FairwayError("usage", `${file}: ${error.message}`, {
      hint,
      issues,
      path: issues[0]?.path ?? "",
      cause: error,
    });
  }
}
