/** What the environment says, checked once. See README.md for each variable. */
export interface Settings {
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  readonly startDelayMs: number;
  readonly shutdownDrainMs: number;
  readonly logLevel: string;
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Returns the problems, one line per variable, when some are malformed. An empty variable counts as absent. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
): { kind: "valid"; settings: Settings } | { kind: "invalid"; problems: string[] } {
  const problems: string[] = [];

  function integer(name: string, max: number, otherwise: number): number {
    const text = environment[name] || String(otherwise);
    if (!/^\d{1,10}$/.test(text) || Number(text) > max) problems.push(`${name}: must be an integer from 0 to ${max}`);
    return Number(text);
  }

  const settings: Settings = {
    host: environment.HOST || "127.0.0.1",
    port: integer("PORT", 65_535, 8080),
    startDelayMs: integer("START_DELAY_MS", 3_600_000, 0),
    shutdownDrainMs: integer("SHUTDOWN_DRAIN_MS", 600_000, 0),
    logLevel: environment.LOG_LEVEL || "info",
  };
  if (!logLevels.includes(settings.logLevel)) problems.push(`LOG_LEVEL: must be one of ${logLevels.join(", ")}`);
  return problems.length > 0 ? { kind: "invalid", problems } : { kind: "valid", settings };
}
