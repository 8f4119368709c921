import { createHash } from "node:crypto";
import type { JournalEntry } from "@fairway/core";
import { FairwayError } from "@fairway/model";

/** Raised when an older Fairway could not read what a newer one writes. */
const formatVersion = 1;

export interface ParsedJournal {
  readonly entries: readonly JournalEntry[];
  /** Length of the text up to the last whole line. */
  readonly wholeBytes: number;
  /** Of the last whole line: the next one is chained to it. */
  readonly checksum: string;
}

/** `FORMAT CHECKSUM JSON`, where the checksum covers the one of the line before: nothing is left out or put in between. */
export function formatEntry(entry: JournalEntry, previous: string): string {
  const text = JSON.stringify(entry);
  return `${formatVersion} ${checksumOf(previous, text)} ${text}\n`;
}

/** A last line that is torn was never acted on, and is left out. Throws `journal-invalid` for anything else that is wrong. */
export function parseJournal(name: string, text: string): ParsedJournal {
  const lines = text.split("\n");
  const entries: JournalEntry[] = [];
  let [wholeBytes, checksum] = [0, ""];
  for (const [index, line] of lines.entries()) {
    const isLast = index >= lines.length - 2 && lines.slice(index + 1).every((rest) => rest === "");
    if (line === "" && isLast) break;
    const [, format, sum, json] = /^(\d+) ([0-9a-f]{16}) (.*)$/.exec(line) ?? [];
    if (format !== undefined && Number(format) > formatVersion) throw newer(name, format);
    const isWhole = json !== undefined && sum === checksumOf(checksum, json) && index < lines.length - 1;
    if (!isWhole && isLast && index === 0 && !couldBecomeEntry(line)) throw other(name);
    if (!isWhole && isLast) break;
    if (!isWhole) throw corrupt(name, index + 1);
    // The checksum tells that Fairway wrote it in this form.
    entries.push(JSON.parse(json) as JournalEntry);
    wholeBytes += Buffer.byteLength(line) + 1;
    checksum = sum ?? "";
  }
  return { entries, wholeBytes, checksum };
}

export function checksumOf(previous: string, text: string): string {
  return createHash("sha256").update(`${previous}${text}`).digest("hex").slice(0, 16);
}

/** What a crash leaves of a first line; anything else is a file that must not be written over. Disks fill up with zeros. */
function couldBecomeEntry(line: string): boolean {
  return /^(\d{1,3}( ([0-9a-f]{0,16}|[0-9a-f]{16} .*))?)?\0*$/.test(line);
}

const putAside = "Look where the cluster stands (fairway upgrade), put the file aside, and plan anew.";

function corrupt(name: string, line: number): FairwayError {
  return new FairwayError("journal-invalid", `${name} is damaged at line ${line}: its checksum does not fit.`, {
    hint: putAside,
  });
}

function other(name: string): FairwayError {
  return new FairwayError("journal-invalid", `${name} is no journal of an upgrade.`, {
    hint: "It is left as it is. Name another file: --journal FILE (or FAIRWAY_JOURNAL).",
  });
}

function newer(name: string, format: string): FairwayError {
  return new FairwayError(
    "journal-invalid",
    `${name} is written in form ${format}; this Fairway reads ${formatVersion}.`,
    {
      hint: "Go on with the Fairway that began it, or a newer one.",
    },
  );
}
