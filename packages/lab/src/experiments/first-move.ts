import { z } from "zod";
import type { Command } from "./upgrade-scenario.ts";

const pageSchema = z.object({
  next: z.number(),
  records: z.array(z.object({ kind: z.string(), data: z.record(z.string(), z.unknown()) })),
});

/** Where the trace of the embedded Azure ends now. */
export function endOfTrace(command: Command): number {
  return followTrace(command, 0, () => {});
}

/**
 * With which of the nodes, in the order in which they were drained since `from`, the first pod of an app went: a matter of
 * chance, on which everything depends that needs the app. Undefined: with none.
 */
export function firstMoveOf(app: string, command: Command, from: number): number | undefined {
  let drains = 0;
  let found: number | undefined;
  followTrace(command, from, ({ kind, data }) => {
    if (kind === "node.cordoned") drains += 1;
    if (kind === "pod.evicted" && String(data["pod"]).includes(`/${app}-`)) found ??= drains;
  });
  return found;
}

type TraceEntry = z.infer<typeof pageSchema>["records"][number];

/** Calls `see` with each record from the `from`th on, page by page. Returns the number of all. */
function followTrace(command: Command, from: number, see: (entry: TraceEntry) => void): number {
  for (let next = from; ; ) {
    const page = pageSchema.parse(command("GET", `/_emulator/trace?since=${next}`));
    page.records.forEach(see);
    if (page.records.length === 0) return page.next;
    next = page.next;
  }
}
