import { expect, test } from "vitest";
import { timelineOf } from "../src/risk/timeline-of.ts";

test("a node's row tells what it was from its birth to its end", () => {
  const { nodes } = timelineOf(
    [
      { atMs: 0, kind: "node", node: "a", version: "1.34.4", state: "ready" },
      { atMs: 100, kind: "node", node: "surge", version: "1.35.1", state: "not-ready" },
      { atMs: 150, kind: "node", node: "surge", version: "1.35.1", state: "ready" },
      { atMs: 200, kind: "node", node: "a", version: "1.34.4", state: "cordoned" },
      { atMs: 200, kind: "node", node: "a", version: "1.34.4", state: "draining" },
      { atMs: 300, kind: "node", node: "a", version: "1.34.4", state: "gone" },
      { atMs: 400, kind: "node", node: "surge", version: "1.35.1", state: "not-ready" },
    ],
    500,
    "1.35.1",
  );
  expect(nodes).toEqual([
    {
      name: "a",
      spans: [
        { fromMs: 0, toMs: 200, state: "old" },
        { fromMs: 200, toMs: 300, state: "draining" },
      ],
    },
    {
      name: "surge",
      spans: [
        { fromMs: 100, toMs: 150, state: "starting" },
        { fromMs: 150, toMs: 400, state: "new" },
        { fromMs: 400, toMs: 500, state: "not ready" },
      ],
    },
  ]);
});

test("minutes of traffic and what people did are on the same axis", () => {
  const timeline = timelineOf(
    [
      { atMs: 60_000, kind: "traffic", minute: { served: 90, failed: 10, late: 0 } },
      { atMs: 61_000, kind: "person", what: "called: callers fail" },
      { atMs: 62_000, kind: "eviction-blocked", pod: "web-1", why: "its budget" },
    ],
    30_000,
    "1.35.1",
  );
  expect(timeline).toMatchObject({
    durationMs: 62_000,
    traffic: [{ atMs: 0, served: 90, failed: 10 }],
    events: [{ atMs: 61_000, text: "called: callers fail" }],
  });
});
