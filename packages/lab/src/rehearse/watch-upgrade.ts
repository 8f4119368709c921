import type { WatchedUpgrade, WatchOptions } from "./watched.ts";
import { WatchedDrains } from "./watched-drains.ts";
import { WatchedNodes } from "./watched-nodes.ts";
import { WatchedServing } from "./watched-serving.ts";

/** Reads from the trace what an upgrade did to apps and nodes. */
export function watchUpgrade(options: WatchOptions): WatchedUpgrade {
  const { trace, startMs, endMs } = options;
  const serving = new WatchedServing(options);
  const drains = new WatchedDrains(options);
  const nodes = new WatchedNodes(options);
  for (const record of trace) {
    if (record.timeMs > endMs) break;
    const isBefore = record.timeMs < startMs;
    serving.see(record, isBefore);
    nodes.see(record, isBefore);
    if (!isBefore) drains.see(record);
  }
  return { workloads: serving.end(), stuck: drains.end(), surge: nodes.end() };
}
