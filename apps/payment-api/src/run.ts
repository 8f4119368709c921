import pino, { type Logger } from "pino";
import { type PaymentService, startPaymentService } from "./service.ts";
import { readSettings, type Settings } from "./settings.ts";

/**
 * The process: exits 0 after a graceful end, 1 when it failed, could not end in time or was told twice to end, and 2
 * when the environment is not valid.
 */
export async function run(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const read = readSettings(environment);
  if (read.kind === "invalid") {
    process.stderr.write(
      `payment-api: the environment is not valid\n${read.problems.map((line) => `  ${line}\n`).join("")}`,
    );
    process.exitCode = 2;
    return;
  }
  const log = createLog(read.settings);
  process.on("uncaughtException", (error) => {
    log.fatal({ reason: error.stack }, "stopped because of a bug");
    process.exit(1);
  });
  try {
    const service = await startPaymentService(read.settings, log);
    log.info({ port: service.port, version: read.settings.version }, "listening");
    endOnSignal(service, read.settings, log);
    await service.started;
  } catch (error) {
    log.fatal({ reason: error instanceof Error ? error.message : String(error) }, "could not start");
    process.exit(1);
  }
}

/** Lines leave in blocks of 4 kB and at least every 100 ms; at the end of the process what is left is flushed. */
function createLog(settings: Settings): Logger {
  const destination = pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 });
  return pino({ level: settings.logLevel, base: null }, destination);
}

function endOnSignal(service: PaymentService, settings: Settings, log: Logger): void {
  let ending = false;
  const end = (signal: string) => {
    if (ending) return giveUp(log, `${signal} came twice`);
    ending = true;
    log.info({ signal }, "ending");
    setTimeout(
      () => giveUp(log, "the deadline passed"),
      settings.shutdownDrainMs + settings.shutdownDeadlineMs,
    ).unref();
    void service.stop().then(() => {
      log.info("ended");
      process.exit(0);
    });
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

function giveUp(log: Logger, reason: string): void {
  log.error({ reason }, "ended before all requests were answered");
  process.exit(1);
}
