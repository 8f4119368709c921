import { z } from "zod";

/** Kubernetes and Container Apps names: what both accept, short enough for `<app>--<suffix>` on either. */
const name = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/, "must be 1-32 characters of a-z, 0-9 and '-', starting with a letter")
  .refine((value) => !value.includes("--"), "must not contain '--'");

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "must be a valid environment variable name");

/** Seconds between two attempts and so on, with the meaning, defaults and limits that Kubernetes and Container Apps share. */
const probe = z.strictObject({
  path: z.string().startsWith("/").default("/"),
  port: z.int().min(1).max(65535).optional().describe("Default: the app's port."),
  initialDelaySeconds: z.int().min(0).max(60).default(0),
  periodSeconds: z.int().min(1).max(240).default(10),
  timeoutSeconds: z.int().min(1).max(240).default(1),
  failureThreshold: z.int().min(1).max(240).default(3),
  successThreshold: z.int().min(1).max(10).default(1),
});

const scaleRule = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("http"), concurrentRequests: z.int().min(1).default(10) }),
  z.strictObject({ type: z.literal("cpu"), utilization: z.int().min(1).max(100) }),
  z.strictObject({ type: z.literal("memory"), utilization: z.int().min(1).max(100) }),
  z.strictObject({
    type: z.literal("serviceBus"),
    namespace: z.string().min(1),
    queue: z.string().min(1).optional(),
    topic: z.string().min(1).optional(),
    subscription: z.string().min(1).optional(),
    messageCount: z.int().min(1).default(5),
    activationMessageCount: z.int().min(0).default(0),
    connectionSecret: z
      .string()
      .optional()
      .describe("Name of a secret with the connection string; without it the app's managed identity is used."),
  }),
  z.strictObject({
    type: z.literal("cron"),
    timezone: z.string().min(1),
    start: z.string().min(1),
    end: z.string().min(1),
    replicas: z.int().min(1),
  }),
  z.strictObject({
    type: z.literal("keda"),
    trigger: z.string().min(1).describe("Name of any KEDA scaler."),
    metadata: z.record(z.string(), z.string()).default({}),
    auth: z.array(z.strictObject({ secret: z.string(), parameter: z.string() })).default([]),
  }),
]);

const countOrPercent = z.union([
  z.int().min(0),
  z.string().regex(/^([0-9]|[1-9][0-9]|100)%$/, "must be a whole number or a percentage from 0% to 100%"),
]);

export const appSchema = z.strictObject({
  name,
  image: z.string().min(1).max(512).regex(/^\S+$/, "must not contain white space"),
  port: z.int().min(1).max(65535).default(8080),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.record(environmentName, z.union([z.string(), z.strictObject({ secret: z.string().min(1) })])).default({}),
  secrets: z
    .record(z.string().regex(/^[a-z0-9]([a-z0-9-]{0,251}[a-z0-9])?$/), z.string())
    .default({})
    .describe("Values; put them in from the outside, not in a file that is committed."),
  resources: z
    .strictObject({
      cpu: z.number().positive("must be greater than 0").max(64).default(0.25).describe("Cores."),
      memory: z
        .string()
        .regex(/^[1-9][0-9]*(\.[0-9]+)?(Mi|Gi)$|^0\.[0-9]*[1-9][0-9]*Gi$/, "must be like 512Mi or 1Gi")
        .default("0.5Gi"),
    })
    .prefault({}),
  probes: z
    .strictObject({ startup: probe.optional(), liveness: probe.optional(), readiness: probe.optional() })
    .prefault({}),
  ingress: z
    .strictObject({
      exposure: z.enum(["none", "internal", "public"]).default("internal"),
      transport: z.enum(["auto", "http", "http2", "tcp"]).default("auto"),
      sticky: z.boolean().default(false),
      host: z
        .string()
        .min(1)
        .optional()
        .describe("Host name on AKS; Container Apps gives its own. Default <app>.<namespace>.<cluster domain>."),
    })
    .prefault({}),
  scale: z
    .strictObject({
      min: z.int().min(0).max(1000).default(1),
      max: z.int().min(1).max(1000).default(10),
      pollingSeconds: z.int().min(1).max(3600).default(30),
      cooldownSeconds: z.int().min(0).max(86400).default(300),
      rules: z.array(scaleRule).max(20).default([]),
    })
    .prefault({}),
  availability: z
    .strictObject({
      minAvailable: countOrPercent.optional(),
      maxUnavailable: countOrPercent.optional(),
      spread: z.enum(["none", "node", "zone"]).default("node"),
    })
    .prefault({}),
  dapr: z
    .strictObject({
      appId: z.string().min(1).optional().describe("Default: the app's name."),
      port: z.int().min(1).max(65535).optional(),
      protocol: z.enum(["http", "grpc"]).default("http"),
    })
    .optional(),
  dependsOn: z.array(name).default([]),
  shutdown: z
    .strictObject({
      graceSeconds: z.int().min(0).max(600).default(30),
      drainDelaySeconds: z
        .int()
        .min(0)
        .max(300)
        .default(0)
        .describe("How long a replica goes on serving after it is told to stop, until no router sends to it any more."),
    })
    .prefault({}),
  overrides: z
    .strictObject({
      aks: z
        .record(z.string(), z.unknown())
        .optional()
        .describe("JSON merge patch by kind: { Deployment: {...}, Service: {...} }."),
      containerApps: z.record(z.string(), z.unknown()).optional().describe("JSON merge patch of the container app."),
    })
    .prefault({}),
});

/** What a caller writes. */
export type AppDescription = z.input<typeof appSchema>;
/** What the code works with: every default filled in. */
export type App = z.output<typeof appSchema>;
export type Probe = z.output<typeof probe>;
export type ScaleRule = z.output<typeof scaleRule>;

/** The name of a revision on its target, unique within the app. */
export type RevisionName = string;
/** Whole percentages by revision name. */
export type TrafficWeights = Readonly<Record<RevisionName, number>>;
