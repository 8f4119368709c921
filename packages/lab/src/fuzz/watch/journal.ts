import { type Journal, type JournalEntry, stateOf, type UpgradeState } from "@fairway/sdk";
import type { Call } from "../../virtual/process.ts";
import type { Tell } from "./watch.ts";

/**
 * The journal names a state after every entry, what is done in Azure is what it says, and only who has the lease does
 * anything: somebody who has lost it, however long it has stood still, sends nothing more.
 */
export class JournalWatch {
  readonly #tell: Tell;
  #entries: JournalEntry[] = [];
  #driver: string | undefined;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  onEntry(entry: JournalEntry): void {
    const before = this.#state();
    this.#entries = entry.type === "planned" ? [entry] : [...this.#entries, entry];
    const after = this.#state();
    const wrong = before && after ? contradiction(entry, before) : undefined;
    if (wrong !== undefined) this.#tell("journal", `${JSON.stringify(entry)}: ${wrong}`);
  }

  /** The same journal; whoever takes it from here on drives. */
  follow(journal: Journal): Journal {
    return {
      ...journal,
      acquire: async (by) => {
        const lease = await journal.acquire(by);
        this.#driver = by;
        return lease;
      },
    };
  }

  /** A call that changes something. */
  onWrite(by: string, { method, url }: Call): void {
    const what = `${by} sent ${method} ${new URL(url).pathname}`;
    const state = this.#state();
    if (this.#driver !== undefined && this.#driver !== by) {
      this.#tell("drivers", `${what}, and ${this.#driver} drives.`);
    } else if (!state) this.#tell("journal", `${what}, and the journal has no plan.`);
    else if (!isUnderWay(state)) this.#tell("journal", `${what}, and the journal names no step that is under way.`);
  }

  #state(): UpgradeState | undefined {
    try {
      return stateOf(this.#entries);
    } catch (error) {
      this.#tell("journal", error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

function isUnderWay({ plan, touched, done, undone, isRollingBack }: UpgradeState): boolean {
  return plan.steps.some(({ id }) => touched.has(id) && (isRollingBack ? !undone.has(id) : !done.has(id)));
}

/** What an entry says that cannot follow on what was written before. */
function contradiction(entry: JournalEntry, before: UpgradeState): string | undefined {
  const { plan, done, touched, undone, isRollingBack } = before;
  const { type } = entry;
  if (type === "begun" && isRollingBack) return "a step is begun while it goes back";
  if (type === "begun" && !plan.steps.some(({ id }) => id === entry.step)) return "the plan has no such step";
  if (type === "undo-begun" && !isRollingBack) return "a step is undone while it goes forward";
  if (type === "undo-begun" && !touched.has(entry.step)) return "what was never begun is undone";
  if (type === "undone" && undone.has(entry.step)) return "it was undone already";
  if (type === "finished" && !plan.steps.every(({ id }) => done.has(id))) return "not every step is done";
  return type === "rolled-back" && !isRollingBack ? "nobody has asked for it" : undefined;
}
