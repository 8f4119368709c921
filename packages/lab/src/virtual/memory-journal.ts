import { type Clock, FairwayError, type Journal, type JournalEntry, type JournalRequest } from "@fairway/sdk";

export interface MemoryJournal extends Journal {
  /** The holder has ended, or is silent: the next one may write. `by`: unless somebody else is the holder. */
  abandon(by?: string): void;
}

/** Nobody takes it from a holder who said something so short a time ago; see the journals of the SDK. */
const sureMs = 20_000;

/**
 * The journal of a virtual world: what is appended is there at once, whatever becomes of the program. Without a clock a holder
 * always knows whether it holds it still.
 */
export function createMemoryJournal(
  onEntry: (entry: JournalEntry) => void = () => {},
  clock?: Pick<Clock, "now">,
): MemoryJournal {
  let entries: JournalEntry[] = [];
  let holder: string | undefined;
  let epoch = 0;
  let request: JournalRequest | undefined;
  return {
    name: "memory",
    read: async () => [...entries],
    async acquire(by) {
      if (holder !== undefined) throw held(holder);
      holder = by;
      epoch += 1;
      const own = epoch;
      let saidAtMs = clock?.now() ?? 0;
      function hold(): void {
        if (own !== epoch) throw held("another process");
        holder = by;
      }
      return {
        async append(entry) {
          hold();
          entries.push(entry);
          onEntry(entry);
        },
        async begin(entry) {
          hold();
          entries = [entry];
          onEntry(entry);
        },
        isSure: () => (clock ? clock.now() - saidAtMs < sureMs : own === epoch),
        async renew() {
          hold();
          saidAtMs = clock?.now() ?? 0;
        },
        async takeRequest() {
          hold();
          const taken = request;
          request = undefined;
          return taken;
        },
        async release() {
          if (own === epoch) holder = undefined;
        },
      };
    },
    async request(what) {
      request = what;
    },
    abandon(by = holder) {
      if (holder === by) holder = undefined;
    },
  };
}

function held(holder: string): FairwayError {
  return new FairwayError("lease-held", `The journal is held by ${holder}.`, { hint: "Wait for its end." });
}
