import type { TimelineEntry } from "../virtual/record.ts";
import type { NodeRow, NodeSpan, NodeTimeline } from "./node-timeline.ts";

type NodeEntry = Extract<TimelineEntry, { kind: "node" }>;

/** The picture of a trial, from what it told while it ran. */
export function timelineOf(entries: readonly TimelineEntry[], durationMs: number, newVersion: string): NodeTimeline {
  const endMs = Math.max(durationMs, ...entries.map(({ atMs }) => atMs));
  return {
    durationMs: endMs,
    nodes: rowsOf(entries, endMs, newVersion),
    bucketMs: 60_000,
    traffic: entries.flatMap((entry) =>
      entry.kind === "traffic"
        ? [{ atMs: entry.atMs - 60_000, served: entry.minute.served, failed: entry.minute.failed }]
        : [],
    ),
    events: entries.flatMap((entry) => {
      const text = textOf(entry);
      return text === undefined ? [] : [{ atMs: entry.atMs, text }];
    }),
  };
}

function rowsOf(entries: readonly TimelineEntry[], endMs: number, newVersion: string): readonly NodeRow[] {
  const byNode = new Map<string, NodeEntry[]>();
  for (const entry of entries) {
    if (entry.kind !== "node") continue;
    const own = byNode.get(entry.node) ?? [];
    own.push(entry);
    byNode.set(entry.node, own);
  }
  return [...byNode].map(([name, own]) => ({
    name,
    spans: own.flatMap((entry, index): NodeSpan[] => {
      const state = stateOf(entry, newVersion, index === 0);
      const toMs = own[index + 1]?.atMs ?? endMs;
      return state === undefined || toMs <= entry.atMs ? [] : [{ fromMs: entry.atMs, toMs, state }];
    }),
  }));
}

/** Undefined: it is not there. */
function stateOf({ state, version }: NodeEntry, newVersion: string, isFirst: boolean): NodeSpan["state"] | undefined {
  switch (state) {
    case "gone":
      return undefined;
    case "not-ready":
      return isFirst ? "starting" : "not ready";
    case "cordoned":
    case "draining":
      return "draining";
    default:
      return version === newVersion ? "new" : "old";
  }
}

function textOf(entry: TimelineEntry): string | undefined {
  switch (entry.kind) {
    case "step":
      return `${entry.step}: ${entry.state}`;
    case "fault":
      return `${entry.fault} ${entry.state}`;
    case "person":
      return entry.what;
    case "eviction-blocked":
    case "node":
    case "traffic":
      return undefined;
  }
}
