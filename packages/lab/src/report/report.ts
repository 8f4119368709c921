import { z } from "zod";

/** Where a figure comes from: seen in this run, computed by the model of Azure, or copied from a source. */
export const bases = ["measured", "simulated", "documented"] as const;

const atMs = z.number().describe("Milliseconds from the start of the run.");

const timeline = z.object({
  bucketMs: z.number(),
  requests: z.array(z.object({ atMs, ok: z.number(), error: z.number(), refused: z.number(), timeout: z.number() })),
  shares: z
    .array(z.object({ atMs, byRevision: z.record(z.string(), z.number()) }))
    .describe("Answers by the revision that gave them."),
  replicas: z.array(z.object({ atMs, byRevision: z.record(z.string(), z.number()) })).describe("Ready replicas."),
  revisions: z
    .record(z.string(), z.string())
    .describe("Image of each revision that is named here, by the revision's name."),
  weights: z
    .array(z.object({ atMs, byRevision: z.record(z.string(), z.number()) }))
    .describe("Requested percent of traffic."),
  nodes: z.array(
    z.object({ atMs, byVersion: z.record(z.string(), z.number()), cordoned: z.number(), apiReachable: z.boolean() }),
  ),
  events: z.array(z.object({ atMs, text: z.string() })),
});

const ledger = z.object({
  acknowledged: z.number(),
  lost: z.number(),
  lostKeys: z.array(z.string()),
  wrong: z.number().describe("With another amount, currency or account than was acknowledged."),
  wrongKeys: z.array(z.string()),
  doubled: z.number(),
  unbalanced: z.number(),
  sum: z.string(),
  isSound: z.boolean(),
});

const latency = z.object({
  p50Ms: z.number(),
  p90Ms: z.number(),
  p99Ms: z.number(),
  p999Ms: z.number(),
  maxMs: z.number(),
  meanMs: z.number(),
});

const figure = z.object({
  name: z.string(),
  value: z.number(),
  unit: z.string(),
  basis: z.enum(bases),
});

const run = z.object({
  id: z.string(),
  experiment: z.enum(["release", "upgrade", "split"]),
  title: z.string(),
  target: z.enum(["AKS", "Container Apps"]),
  durationMs: z.number(),
  ratePerSecond: z.number(),
  requests: z.number(),
  failed: z.number(),
  failures: z
    .array(
      z.object({
        reason: z.string(),
        revision: z.string().describe("Empty: no revision answered."),
        count: z.number(),
      }),
    )
    .describe("The failed requests: HTTP status, broken connection or time-out, and the revision that answered so."),
  latency: latency.describe("Of answered requests, from the time they should have left."),
  dispatchLag: latency.describe("How late the load generator itself was."),
  outageMs: z.number().describe("Time in which fewer than half of the requests succeeded."),
  ledger: ledger.nullable().describe("Null when the run makes no payments."),
  figures: z.array(figure),
  verdict: z.object({ kind: z.enum(["safe", "degraded", "outage"]), sentence: z.string() }),
  timeline,
});

/** The shape of report.json. */
export const reportSchema = z.object({
  schemaVersion: z.literal(1),
  generatedAt: z.string(),
  seed: z.number(),
  timeScale: z.number(),
  durationMs: z.number(),
  machine: z.object({ cpu: z.string(), cores: z.number(), node: z.string(), platform: z.string() }),
  verdict: z.object({ headline: z.string(), points: z.array(z.string()) }),
  runs: z.array(run),
  method: z.array(z.string()),
  caveats: z.array(z.string()),
});

export type Report = z.infer<typeof reportSchema>;
export type RunReport = Report["runs"][number];
export type Timeline = RunReport["timeline"];
export type Figure = RunReport["figures"][number];
