import { strategyNames } from "@fairway/sdk";
import { z } from "zod";

/** Raised when scenarios of an older Fairway mean something else. */
export const scenarioFormat = 1;

const minutes = z
  .number()
  .min(0)
  .max(24 * 60);
const name = z.string().regex(/^[a-z][a-z0-9]{0,10}$/, "must be a short name");

const trigger = z.discriminatedUnion("kind", [
  /** After the beginning of the upgrade. */
  z.strictObject({ kind: z.literal("minutes"), minutes }),
  /** In the middle of a step: with the `count`th record of this kind in the trace. */
  z.strictObject({ kind: z.literal("record"), record: z.string(), count: z.int().min(1).max(1_000) }),
]);

const fault = z.strictObject({
  trigger,
  /** Of the fault library; `tokens-revoked` for the door of that name, `maintenance` for one of the platform. */
  kind: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.record(z.string(), z.string())])),
});

/** Everything that is drawn of one adventure: what there is, what is wanted, and what goes wrong. Plain JSON. */
export const scenarioSchema = z.strictObject({
  format: z.literal(scenarioFormat),
  /** Of the world: durations and chances. */
  seed: z.string(),
  platform: z.enum(["cluster", "environment"]),
  pools: z
    .array(
      z.strictObject({
        name,
        nodes: z.int().min(1).max(20),
        maxSurge: z.int().min(0).max(10),
        maxUnavailable: z.int().min(0).max(10),
        drainTimeoutMinutes: z.int().min(5).max(60),
        undrainable: z.enum(["Schedule", "Cordon"]),
      }),
    )
    .max(5),
  apps: z
    .array(
      z.strictObject({
        name,
        replicas: z.int().min(1).max(20),
        cpu: z.number().min(0.05).max(2),
        startSeconds: z.int().min(0).max(600),
      }),
    )
    .max(10),
  strategy: z.enum(strategyNames),
  /** What divides the traffic between two clusters, and how it moves; absent for strategies without a switcher. */
  traffic: z
    .strictObject({
      /** Percent of the first cluster; the other one has the rest. */
      share: z.int().min(0).max(100),
      quietMinutes: z.int().min(0).max(60),
      canary: z.strictObject({ percent: z.int().min(1).max(99), minutes: z.int().min(1).max(60) }).optional(),
      by: z.enum(["Traffic Manager", "Front Door", "API Management"]).default("Traffic Manager"),
      /** How long the old cluster is kept. */
      keepMinutes: z.int().min(0).max(120),
    })
    .optional(),
  /** Whether a person must say go where nothing leads back. */
  asksPerson: z.boolean().optional(),
  /** Pools get a second one like them meanwhile. */
  hasSpares: z.boolean().optional(),
  /** The metric that is looked at after every step is bad between these minutes; absent: nobody looks. */
  badMetric: z.strictObject({ from: minutes, to: minutes }).optional(),
  /** Whoever drives it changes their mind after so many processes. */
  backAfter: z.int().min(1).max(10).optional(),
  faults: z.array(fault).max(20),
  /** What becomes of calls: the `number`th of the `process`th process, both from 1, of all or of those that write. */
  calls: z
    .array(
      z.strictObject({
        process: z.int().min(1).max(50),
        number: z.int().min(1).max(100_000),
        of: z.enum(["all", "writes"]),
        fate: z.enum(["killed-before", "killed-after", "answer-lost", "frozen"]),
        /** How long a frozen process stands still. */
        minutes: minutes.optional(),
      }),
    )
    .max(50),
  /** What becomes of entries of the journal: the `number`th that the `process`th process writes. */
  entries: z
    .array(
      z.strictObject({
        process: z.int().min(1).max(50),
        number: z.int().min(1).max(1_000),
        fate: z.enum(["refused", "answer-lost", "killed-after"]),
      }),
    )
    .max(10)
    .default([]),
  /** What somebody asks of whoever drives. */
  asks: z.array(z.strictObject({ minutes, what: z.enum(["pause", "abort"]) })).max(10),
  /** Other people who drive the same upgrade, or take it back; those who insist try again while somebody else does. */
  rivals: z
    .array(z.strictObject({ minutes, what: z.enum(["resume", "rollback"]), insists: z.boolean() }))
    .max(10)
    .default([]),
  /** The clocks of those who drive are set: so many minutes forward, or back. */
  jumps: z
    .array(
      z.strictObject({
        minutes,
        by: z
          .int()
          .min(-2 * 24 * 60)
          .max(2 * 24 * 60),
      }),
    )
    .max(10)
    .default([]),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioFault = Scenario["faults"][number];

/** What must never be, and was. */
export interface Violation {
  readonly checker: CheckerName;
  readonly message: string;
}

export const checkerNames = [
  "rest",
  "end-state",
  "budget",
  "skew",
  "weights",
  "idle-revision",
  "traffic",
  "journal",
  "drivers",
  "bug",
] as const;

export type CheckerName = (typeof checkerNames)[number];
