import { FairwayError, type Journal } from "@fairway/sdk";
import type { Scenario } from "./scenario.ts";

type EntryFate = Scenario["entries"][number];

/** A journal in a database that is not always there: an entry is refused, or it is written and nobody says so. */
export function withFates(journal: Journal, fates: readonly EntryFate[], onFate: (fate: EntryFate) => void): Journal {
  if (fates.length === 0) return journal;
  let count = 0;
  async function write(work: () => Promise<void>): Promise<void> {
    count += 1;
    const decided = fates.find(({ number }) => number === count);
    if (decided?.fate !== "refused") await work();
    if (!decided) return;
    onFate(decided);
    if (decided.fate !== "killed-after") throw gone();
  }
  return {
    ...journal,
    async acquire(by) {
      const lease = await journal.acquire(by);
      return {
        ...lease,
        append: (entry) => write(() => lease.append(entry)),
        begin: (entry) => write(() => lease.begin(entry)),
      };
    },
  };
}

function gone(): FairwayError {
  return new FairwayError("unreachable", "The journal cannot be reached.", { hint: "fairway upgrade resume" });
}
