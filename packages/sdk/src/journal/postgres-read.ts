import { FairwayError } from "@fairway/model";
import { type ParsedJournal, parseJournal } from "./journal-format.ts";
import type { Database } from "./postgres-database.ts";

/** The entries of the upgrade that was begun last, and where the next one is chained to. */
export async function readJournal(database: Database, name: string, key: string): Promise<ParsedJournal> {
  const lines = await database.linesOf(key);
  const parsed = parseJournal(name, lines.map((line) => `${line}\n`).join(""));
  if (parsed.entries.length === lines.length) return parsed;
  throw new FairwayError("journal-invalid", `${name} is damaged at line ${parsed.entries.length + 1}.`, {
    hint: "Look where the cluster stands (fairway upgrade), take the upgrade's lines out of fairway.upgrade_entry, and plan anew.",
  });
}
