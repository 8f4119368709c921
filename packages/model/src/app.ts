import type { z } from "zod";

/**
 * The schema of an app. It takes zod as an argument because zod costs 70 ms and 18 MB to load, which a program that
 * only shifts traffic need not pay: `parseApp` loads it at its first use.
 */
export function createAppSchema(zod: Zod) {
  const name = nameSchema(zod);
  const countOrPercent = countOrPercentSchema(zod);
  return zod.strictObject({
    name,
    image: zod.string().min(1).max(512).regex(/^\S+$/, "must not contain white space"),
    port: portSchema(zod).default(8080),
    command: zod.array(zod.string()).optional(),
    args: zod.array(zod.string()).optional(),
    env: environmentSchema(zod).default({}),
    secrets: zod
      .record(
        zod.string().regex(/^[a-z0-9]([a-z0-9-]{0,251}[a-z0-9])?$/, "must be made of a-z, 0-9 and '-'"),
        zod.string(),
      )
      .default({})
      .describe("Values; put them in from the outside, not in a file that is committed."),
    resources: resourcesSchema(zod).prefault({}),
    probes: probesSchema(zod).prefault({}),
    ingress: ingressSchema(zod).prefault({}),
    scale: zod
      .strictObject({
        min: zod.int().min(0).max(1000).default(1),
        max: zod.int().min(1).max(1000).default(10),
        pollingSeconds: zod.int().min(1).max(3600).default(30),
        cooldownSeconds: zod.int().min(0).max(86400).default(300),
        rules: zod.array(scaleRuleSchema(zod)).max(20).default([]),
      })
      .prefault({}),
    availability: zod
      .strictObject({
        /** 0 asks for no budget at all; not given, Fairway takes a sensible one. */
        minAvailable: countOrPercent.optional(),
        maxUnavailable: countOrPercent.optional(),
        spread: zod.enum(["none", "node", "zone"]).default("node"),
      })
      .prefault({}),
    dapr: daprSchema(zod).optional(),
    dependsOn: zod.array(name).default([]),
    shutdown: shutdownSchema(zod).prefault({}),
    overrides: overridesSchema(zod).prefault({}),
  });
}

export type AppSchema = ReturnType<typeof createAppSchema>;
/** What a caller writes. */
export type AppDescription = z.input<AppSchema>;
/** What the code works with: every default filled in. */
export type App = z.output<AppSchema>;
export type Probe = z.output<ReturnType<typeof probeSchema>>;
export type ScaleRule = z.output<ReturnType<typeof scaleRuleSchema>>;

/** The name of a revision on its target, unique within the app. */
export type RevisionName = string;

type Zod = typeof z;

/** Kubernetes and Container Apps names: what both accept, short enough for `<app>--<suffix>` on either. */
function nameSchema(zod: Zod) {
  return zod
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/, "must be 1-32 characters of a-z, 0-9 and '-', starting with a letter")
    .refine((value) => !value.includes("--"), "must not contain '--'");
}

function portSchema(zod: Zod) {
  return zod.int().min(1).max(65535);
}

function countOrPercentSchema(zod: Zod) {
  return zod.union([
    zod.int().min(0),
    zod.string().regex(/^([0-9]|[1-9][0-9]|100)%$/, "must be a whole number or a percentage from 0% to 100%"),
  ]);
}

function environmentSchema(zod: Zod) {
  const name = zod.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "must be a valid environment variable name");
  return zod.record(name, zod.union([zod.string(), zod.strictObject({ secret: zod.string().min(1) })]));
}

function resourcesSchema(zod: Zod) {
  return zod.strictObject({
    cpu: zod
      .number()
      .positive("must be greater than 0")
      .max(64)
      .refine((cores) => cores <= 0 || cores >= 0.001, "must be at least 0.001 (one millicore)")
      .default(0.25)
      .describe("Cores."),
    memory: zod
      .string()
      .regex(/^[1-9][0-9]*(\.[0-9]+)?(Mi|Gi)$|^0\.[0-9]*[1-9][0-9]*Gi$/, "must be like 512Mi or 1Gi")
      .default("0.5Gi"),
  });
}

/** Seconds between two attempts and so on, with the meaning, defaults and limits that Kubernetes and Container Apps share. */
function probeSchema(zod: Zod) {
  return zod.strictObject({
    path: zod.string().startsWith("/").default("/"),
    port: portSchema(zod).optional().describe("Default: the app's port."),
    initialDelaySeconds: zod.int().min(0).max(60).default(0),
    periodSeconds: zod.int().min(1).max(240).default(10),
    timeoutSeconds: zod.int().min(1).max(240).default(1),
    failureThreshold: zod.int().min(1).max(240).default(3),
    successThreshold: zod.int().min(1).max(10).default(1),
  });
}

function probesSchema(zod: Zod) {
  const probe = probeSchema(zod);
  return zod.strictObject({ startup: probe.optional(), liveness: probe.optional(), readiness: probe.optional() });
}

function ingressSchema(zod: Zod) {
  return zod.strictObject({
    exposure: zod.enum(["none", "internal", "public"]).default("internal"),
    transport: zod.enum(["auto", "http", "http2", "tcp"]).default("auto"),
    sticky: zod.boolean().default(false),
    host: zod
      .string()
      .min(1)
      .optional()
      .describe("Host name on AKS; Container Apps gives its own. Default <app>.<namespace>.<cluster domain>."),
  });
}

function scaleRuleSchema(zod: Zod) {
  return zod.discriminatedUnion("type", [
    zod.strictObject({ type: zod.literal("http"), concurrentRequests: zod.int().min(1).default(10) }),
    zod.strictObject({ type: zod.literal("cpu"), utilization: zod.int().min(1).max(100) }),
    zod.strictObject({ type: zod.literal("memory"), utilization: zod.int().min(1).max(100) }),
    zod.strictObject({
      type: zod.literal("serviceBus"),
      namespace: zod.string().min(1),
      queue: zod.string().min(1).optional(),
      topic: zod.string().min(1).optional(),
      subscription: zod.string().min(1).optional(),
      messageCount: zod.int().min(1).default(5),
      activationMessageCount: zod.int().min(0).default(0),
      connectionSecret: zod
        .string()
        .optional()
        .describe("Name of a secret with the connection string; without it the app's managed identity is used."),
    }),
    zod.strictObject({
      type: zod.literal("cron"),
      timezone: zod.string().min(1),
      start: zod.string().min(1),
      end: zod.string().min(1),
      replicas: zod.int().min(1),
    }),
    zod.strictObject({
      type: zod.literal("keda"),
      trigger: zod.string().min(1).describe("Name of any KEDA scaler."),
      metadata: zod.record(zod.string(), zod.string()).default({}),
      auth: zod.array(zod.strictObject({ secret: zod.string(), parameter: zod.string() })).default([]),
    }),
  ]);
}

function daprSchema(zod: Zod) {
  return zod.strictObject({
    appId: zod.string().min(1).optional().describe("Default: the app's name."),
    port: portSchema(zod).optional().describe("Default: the app's port."),
    protocol: zod.enum(["http", "grpc"]).default("http"),
  });
}

function shutdownSchema(zod: Zod) {
  return zod.strictObject({
    graceSeconds: zod.int().min(0).max(600).default(30),
    drainDelaySeconds: zod
      .int()
      .min(0)
      .max(300)
      .default(0)
      .describe("How long a replica goes on serving after it is told to stop, until no router sends to it any more."),
  });
}

function overridesSchema(zod: Zod) {
  return zod.strictObject({
    aks: zod
      .record(zod.string(), zod.unknown())
      .optional()
      .describe("JSON merge patch by kind: { Deployment: {...}, Service: {...} }."),
    containerApps: zod
      .record(zod.string(), zod.unknown())
      .optional()
      .describe("JSON merge patch of the container app."),
  });
}
