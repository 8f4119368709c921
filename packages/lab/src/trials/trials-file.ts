import { appendFile, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FairwayError } from "@fairway/model";
import { z } from "zod";
import type { TrialRecord } from "../virtual/record.ts";

/** What every record of a file has in common: records of different worlds are not compared. */
export interface TrialsHeader {
  readonly kind: "fairway-trials";
  readonly schemaVersion: 1;
  /** Of the program: a version, or a commit. */
  readonly program: string;
  readonly topology: string;
  readonly traffic: string;
  /** Of the durations and chances that the world draws from. */
  readonly calibration: string;
}

const headerSchema = z.object({
  kind: z.literal("fairway-trials"),
  schemaVersion: z.literal(1),
  program: z.string(),
  topology: z.string(),
  traffic: z.string(),
  calibration: z.string(),
});
/** What the file's own reader needs; the rest was written by the same program. */
const recordSchema = z.looseObject({
  schemaVersion: z.literal(1),
  strategy: z.string(),
  incident: z.string(),
  seed: z.int(),
});

/** Records as JSON lines, each written when it comes: whatever ends the program, what is there stays. */
export class TrialsFile {
  readonly path: string;
  readonly records: TrialRecord[];
  readonly #header: TrialsHeader;

  private constructor(path: string, header: TrialsHeader, records: TrialRecord[]) {
    this.path = path;
    this.records = records;
    this.#header = header;
  }

  /** Goes on with a file that is there. Rejects with `experiment-invalid` when it is another world's, or none of ours. */
  static async open(path: string, header: TrialsHeader): Promise<TrialsFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, "a");
      await file.close();
      const file2 = new TrialsFile(path, header, recordsOf(path, await readFile(path, "utf8"), header));
      await file2.#write();
      return file2;
    } catch (error) {
      if (error instanceof FairwayError) throw error;
      throw unwritable(path, error);
    }
  }

  async append(record: TrialRecord): Promise<void> {
    this.records.push(record);
    await appendFile(this.path, `${JSON.stringify(record)}\n`);
  }

  /** The same bytes whoever was first. */
  async finish(records: readonly TrialRecord[]): Promise<void> {
    this.records.splice(0, this.records.length, ...records);
    await this.#write();
  }

  /** As a whole or not at all. */
  async #write(): Promise<void> {
    const lines = [this.#header, ...this.records].map((line) => `${JSON.stringify(line)}\n`);
    await writeFile(`${this.path}.new`, lines.join(""));
    await rename(`${this.path}.new`, this.path);
  }
}

function recordsOf(path: string, text: string, header: TrialsHeader): TrialRecord[] {
  if (text === "") return [];
  const lines = text.split("\n");
  // The last one is empty, or was torn when the program was killed: then its trial is run again.
  lines.pop();
  const [first, ...rest] = lines.map((line, index) => parsedLine(path, line, index));
  const found = headerSchema.safeParse(first);
  if (!found.success) throw otherFile(path, "it is no file of trials");
  for (const field of ["program", "topology", "traffic", "calibration"] as const) {
    if (found.data[field] === header[field]) continue;
    throw otherFile(path, `its ${field} is ${found.data[field]} and not ${header[field]}`);
  }
  return rest.map((line, index) => {
    if (recordSchema.safeParse(line).success) return line as TrialRecord;
    throw otherFile(path, `line ${index + 2} is no record of a trial`);
  });
}

function parsedLine(path: string, line: string, index: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw otherFile(path, `line ${index + 1} is no JSON`);
  }
}

function otherFile(path: string, why: string): FairwayError {
  return new FairwayError("experiment-invalid", `${path} cannot be gone on with: ${why}.`, {
    hint: "Name another folder (--output), or move the file away.",
    path: "--output",
  });
}

function unwritable(path: string, error: unknown): FairwayError {
  const why = error instanceof Error ? error.message : String(error);
  return new FairwayError("usage", `${path} cannot be written: ${why}.`, {
    hint: "Name a folder that can be written: --output FOLDER.",
    path: "--output",
    cause: error,
  });
}
