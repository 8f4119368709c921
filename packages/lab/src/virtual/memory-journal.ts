import { FairwayError, type Journal, type JournalEntry, type JournalRequest } from "@fairway/sdk";

export interface MemoryJournal extends Journal {
  /** The holder has ended: the next one may write. */
  abandon(): void;
}

/** The journal of a virtual world: what is appended is there at once, whatever becomes of the program. */
export function createMemoryJournal(onEntry: (entry: JournalEntry) => void = () => {}): MemoryJournal {
  let entries: JournalEntry[] = [];
  let holder: string | undefined;
  let request: JournalRequest | undefined;
  return {
    name: "memory",
    read: async () => [...entries],
    async acquire(by) {
      if (holder !== undefined) {
        throw new FairwayError("lease-held", `The journal is held by ${holder}.`, { hint: "Wait for its end." });
      }
      holder = by;
      return {
        async append(entry) {
          entries.push(entry);
          onEntry(entry);
        },
        async begin(entry) {
          entries = [entry];
          onEntry(entry);
        },
        async takeRequest() {
          const taken = request;
          request = undefined;
          return taken;
        },
        async release() {
          holder = undefined;
        },
      };
    },
    async request(what) {
      request = what;
    },
    abandon() {
      holder = undefined;
    },
  };
}
