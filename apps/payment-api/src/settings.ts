import { z } from "zod";

/** What the environment says, checked once. See README.md for each variable. */
export interface Settings {
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  readonly databaseUrl: string;
  readonly databaseConnectionsMax: number;
  readonly configurationUrl: URL;
  readonly version: Version;
  readonly faults: FaultSettings;
  readonly shutdownDrainMs: number;
  readonly shutdownDeadlineMs: number;
  readonly logLevel: (typeof logLevels)[number];
}

export type Version = (typeof versions)[number];

/** Honoured by version 1.1.0 only. */
export interface FaultSettings {
  /** Share of payments that fail with 500, 0 to 1. */
  readonly errorRate: number;
  readonly latencyMs: number;
  readonly seed: number;
}

const versions = ["1.0.0", "1.1.0"] as const;
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/**
 * Reads the settings out of environment variables; an empty variable counts as absent. Returns the problems, one line
 * per variable and never with its value (a database URL holds a password), when some are missing or malformed.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
): { kind: "valid"; settings: Settings } | { kind: "invalid"; problems: string[] } {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = environmentSchema.safeParse(present);
  if (!parsed.success)
    return {
      kind: "invalid",
      problems: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    };
  return { kind: "valid", settings: settingsOf(parsed.data) };
}

const environmentSchema = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: integer(0, 65_535).default(8080),
  DATABASE_URL: z
    .string("is required, for example postgresql://user:password@host:5432/payments")
    .refine(isPostgresUrl, "must be a PostgreSQL URL, for example postgresql://user:password@host:5432/payments"),
  DATABASE_CONNECTIONS_MAX: integer(1, 100).default(4),
  CONFIG_URL: z.string().refine(isHttpUrl, "must be an http:// URL").default("http://config-server"),
  APP_VERSION: z.enum(versions, `must be one of ${versions.join(", ")}`).default("1.0.0"),
  FAULT_ERROR_RATE: number(0, 1).default(0),
  FAULT_LATENCY_MS: integer(0, 600_000).default(0),
  FAULT_SEED: integer(0, 2 ** 32 - 1).default(1),
  SHUTDOWN_DRAIN_MS: integer(0, 600_000).default(2_000),
  SHUTDOWN_DEADLINE_MS: integer(1, 600_000).default(10_000),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(", ")}`).default("info"),
});

function settingsOf(environment: z.infer<typeof environmentSchema>): Settings {
  return {
    host: environment.HOST,
    port: environment.PORT,
    databaseUrl: environment.DATABASE_URL,
    databaseConnectionsMax: environment.DATABASE_CONNECTIONS_MAX,
    configurationUrl: new URL(environment.CONFIG_URL),
    version: environment.APP_VERSION,
    faults: {
      errorRate: environment.FAULT_ERROR_RATE,
      latencyMs: environment.FAULT_LATENCY_MS,
      seed: environment.FAULT_SEED,
    },
    shutdownDrainMs: environment.SHUTDOWN_DRAIN_MS,
    shutdownDeadlineMs: environment.SHUTDOWN_DEADLINE_MS,
    logLevel: environment.LOG_LEVEL,
  };
}

function integer(min: number, max: number) {
  return decimal(/^\d{1,10}$/, min, max, `must be an integer from ${min} to ${max}`);
}

function number(min: number, max: number) {
  return decimal(/^\d{1,10}(\.\d{1,10})?$/, min, max, `must be a number from ${min} to ${max}`);
}

function decimal(form: RegExp, min: number, max: number, message: string) {
  return z
    .string()
    .refine((text) => form.test(text) && Number(text) >= min && Number(text) <= max, message)
    .transform(Number);
}

function isPostgresUrl(text: string): boolean {
  return ["postgres:", "postgresql:"].includes(URL.parse(text)?.protocol ?? "");
}

function isHttpUrl(text: string): boolean {
  return URL.parse(text)?.protocol === "http:";
}
