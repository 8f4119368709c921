import { parentPort, workerData } from "node:worker_threads";
import type { Replay } from "./replay.ts";
import { type Seen, search } from "./search.ts";

/** What a search on a thread of its own is given, and tells. */
export interface SearchData {
  readonly seed: string;
  readonly first: number;
  readonly step: number;
}

export type SearchMessage =
  | { readonly kind: "seen"; readonly seen: Seen }
  | { readonly kind: "trouble"; readonly trouble: Replay };

// It is only ever started by `fuzz.ts`, with this.
const data = workerData as SearchData;
const tell = (message: SearchMessage): void => parentPort?.postMessage(message);

await search({
  ...data,
  // Its time is over when its thread is ended.
  onScenario(seen) {
    tell({ kind: "seen", seen });
    return true;
  },
  onTrouble: (trouble) => tell({ kind: "trouble", trouble }),
});
