import { z } from "zod";

/** Where a figure comes from: seen in this run, computed by the model of Azure, or copied from a source. */
export const bases = ["measured", "simulated", "documented"] as const;

const atMs = z.number().describe("Milliseconds from the start of the run.");

const byRevision = z.record(z.string(), z.number()).describe("A number for each revision.");

const timeline = z.object({
  bucketMs: z.number().describe("How much time one entry of `requests` and `shares` covers."),
  requests: z
    .array(
      z.object({
        atMs,
        ok: z.number().describe("Answered with 2xx."),
        error: z.number().describe("Answered with anything else."),
        refused: z.number().describe("No connection, or it broke before the answer."),
        timeout: z.number().describe("No answer in time."),
      }),
    )
    .describe("Requests by outcome, at the time they should have left."),
  shares: z.array(z.object({ atMs, byRevision })).describe("Answers by the revision that gave them."),
  replicas: z.array(z.object({ atMs, byRevision })).describe("Ready replicas."),
  revisions: z
    .record(z.string(), z.string())
    .describe("Image of each revision that is named here, by the revision's name."),
  weights: z.array(z.object({ atMs, byRevision })).describe("Requested percent of traffic."),
  nodes: z
    .array(
      z.object({
        atMs,
        byVersion: z.record(z.string(), z.number()).describe("Ready nodes by the version of their kubelet."),
        cordoned: z.number().describe("Nodes that take no new pods."),
        apiReachable: z.boolean().describe("Whether the Kubernetes API answered."),
      }),
    )
    .describe("The cluster's nodes; empty on Container Apps."),
  events: z
    .array(z.object({ atMs, text: z.string().describe("What was done, in a sentence.") }))
    .describe("What the experiment did."),
});

const ledger = z.object({
  acknowledged: z.number().describe("Payments that were answered with success."),
  lost: z.number().describe("Acknowledged, and not in the ledger."),
  lostKeys: z.array(z.string()).describe("Idempotency keys of lost payments, ten at most."),
  wrong: z.number().describe("With another amount, currency or account than was acknowledged."),
  wrongKeys: z.array(z.string()).describe("Idempotency keys of wrong payments, ten at most."),
  doubled: z.number().describe("Booked more than once."),
  unbalanced: z.number().describe("Payments whose entries do not sum to zero."),
  sum: z.string().describe("Sum of all entries in minor units; text, since it may be larger than a number holds."),
  isSound: z.boolean().describe("Nothing lost, nothing doubled, books at zero."),
});

const latency = z.object({
  p50Ms: z.number().describe("Half of the requests were faster."),
  p90Ms: z.number().describe("90 % were faster."),
  p99Ms: z.number().describe("99 % were faster."),
  p999Ms: z.number().describe("99.9 % were faster."),
  maxMs: z.number().describe("The slowest."),
  meanMs: z.number().describe("The mean."),
});

const figure = z.object({
  name: z.string().describe("What was measured, in words."),
  value: z.number().describe("The number, in `unit`."),
  unit: z.string().describe("Unit of the value."),
  basis: z.enum(bases).describe("Seen in this run, computed by the model of Azure, or copied from a source."),
});

const run = z.object({
  id: z.string().describe("Unique in the report."),
  experiment: z.enum(["release", "upgrade", "split", "calm-upgrade"]).describe("Which experiment it belongs to."),
  title: z.string().describe("What was done, for a heading."),
  target: z.enum(["AKS", "Container Apps"]).describe("Where it ran."),
  durationMs: z.number().describe("How long the load lasted."),
  ratePerSecond: z.number().describe("Requests that were due each second, whatever the answers did."),
  requests: z.number().describe("Requests that were sent."),
  failed: z.number().describe("Of them without a 2xx answer."),
  late: z.number().describe("Of the others, those that took more than a second."),
  failures: z
    .array(
      z.object({
        reason: z.string().describe("HTTP status, broken connection or time-out."),
        revision: z.string().describe("Empty: no revision answered."),
        count: z.number().describe("How many requests failed so."),
      }),
    )
    .describe("The failed requests: HTTP status, broken connection or time-out, and the revision that answered so."),
  latency: latency.describe("Of answered requests, from the time they should have left."),
  dispatchLag: latency.describe("How late the load generator itself was."),
  outageMs: z.number().describe("Time in which fewer than half of the requests succeeded."),
  ledger: ledger.nullable().describe("Null when the run makes no payments."),
  figures: z.array(figure).describe("What else was found, each with where it comes from."),
  verdict: z
    .object({
      kind: z.enum(["safe", "degraded", "outage"]).describe("The judgement."),
      sentence: z.string().describe("Its reason."),
    })
    .describe("What the run says."),
  timeline: timeline.describe("What happened when; all on one time axis."),
});

/** The shape of report.json, and with its descriptions of docs/report.md. */
export const reportSchema = z.object({
  schemaVersion: z.literal(1).describe("Raised by a change that breaks readers."),
  generatedAt: z.string().describe("ISO 8601."),
  seed: z.number().describe("Decides every draw: the same seed gives the same verdicts."),
  timeScale: z.number().describe("How many times faster than real Azure the platform's own operations went."),
  durationMs: z.number().describe("How long the comparison took."),
  machine: z
    .object({
      cpu: z.string().describe("Model of the processor."),
      cores: z.number().describe("How many cores."),
      node: z.string().describe("Version of Node."),
      platform: z.string().describe("Operating system and architecture."),
    })
    .describe("Where it was measured."),
  verdict: z
    .object({
      headline: z.string().describe("The result in a sentence."),
      points: z.array(z.string()).describe("What leads to it."),
    })
    .describe("What the report says as a whole."),
  runs: z.array(run).describe("One per experiment, variant and target."),
  method: z.array(z.string()).describe("How it was measured, in paragraphs."),
  caveats: z.array(z.string()).describe("What the figures do not say."),
});

export type Report = z.infer<typeof reportSchema>;
export type RunReport = Report["runs"][number];
export type Timeline = RunReport["timeline"];
export type Figure = RunReport["figures"][number];
