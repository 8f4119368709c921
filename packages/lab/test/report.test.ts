import { expect, test } from "vitest";
import { describeOutcome } from "../src/live/availability.ts";
import { renderHtml } from "../src/report/html.ts";
import { type Report, reportSchema } from "../src/report/report.ts";
import { renderTable } from "../src/report/table.ts";

const latency = { p50Ms: 1, p90Ms: 2, p99Ms: 3, p999Ms: 4, maxMs: 5, meanMs: 1 };
const hostile = `<script>alert("x")</script>&`;
const report: Report = {
  schemaVersion: 1,
  generatedAt: "2026-01-05T08:00:00.000Z",
  seed: 7,
  timeScale: 60,
  durationMs: 2_000,
  machine: { cpu: hostile, cores: 2, node: "v24", platform: "linux" },
  verdict: { headline: hostile, points: [] },
  runs: [
    {
      id: "release",
      experiment: "release",
      title: hostile,
      target: "AKS",
      durationMs: 1_000,
      ratePerSecond: 4,
      requests: 4,
      failed: 1,
      late: 0,
      failures: [{ reason: hostile, revision: hostile, count: 1 }],
      latency,
      dispatchLag: latency,
      outageMs: 0,
      ledger: null,
      figures: [{ name: hostile, value: 1, unit: hostile, basis: "measured" }],
      verdict: { kind: "degraded", sentence: hostile },
      timeline: {
        bucketMs: 250,
        requests: [{ atMs: 0, ok: 3, error: 1, refused: 0, timeout: 0 }],
        shares: [],
        revisions: { [hostile]: hostile },
        replicas: [{ atMs: 0, byRevision: { [hostile]: 2 } }],
        weights: [{ atMs: 0, byRevision: { [hostile]: 100 } }],
        nodes: [],
        events: [{ atMs: 100, text: hostile }],
      },
    },
  ],
  method: [hostile],
  caveats: [hostile],
};

test("the page has no script, loads nothing, and shows names as text", () => {
  const html = renderHtml(report);
  expect(html).not.toMatch(/<script/i);
  expect(html).not.toMatch(/(?:src|href)\s*=\s*["']?(?:https?:)?\/\//i);
  expect(html).toContain("&lt;script&gt;");
});

test("the report follows its schema, and a wrong one does not", () => {
  expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  expect(reportSchema.safeParse({ ...report, schemaVersion: 2 }).success).toBe(false);
});

test("the table has colours on a terminal only", () => {
  expect(renderTable(report, { isTerminal: true })).toContain("\u001b[33m");
  expect(renderTable(report, { isTerminal: false })).not.toContain("\u001b");
});

test.each([
  [{ requests: 1_000, failed: 0, outageMs: 0 }, "safe"],
  [{ requests: 1_000, failed: 1, outageMs: 0 }, "safe"],
  [{ requests: 1_000, failed: 2, outageMs: 1_999 }, "degraded"],
  [{ requests: 1_000, failed: 2, outageMs: 2_000 }, "outage"],
])("%o is %s", (seen, kind) => {
  expect(describeOutcome({ ...seen, ledger: null }).kind).toBe(kind);
});
