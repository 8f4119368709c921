import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import pino, { type Logger } from "pino";
import { createApp } from "./app.ts";
import { configurations } from "./configurations.ts";
import { readSettings, type Settings } from "./settings.ts";

/** The process: exits 0 after a graceful end, 1 when it cannot listen, and 2 when the environment is not valid. */
export function run(environment: Readonly<Record<string, string | undefined>>): void {
  const read = readSettings(environment);
  if (read.kind === "invalid") {
    process.stderr.write(
      `config-server: the environment is not valid\n${read.problems.map((line) => `  ${line}\n`).join("")}`,
    );
    process.exitCode = 2;
    return;
  }
  const log = pino({ level: read.settings.logLevel, base: null });
  const ending = new AbortController();
  const end = () => ending.abort();
  // Once: a second signal ends the process the default way.
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  serve(read.settings, log, ending.signal).then(
    () => process.exit(0),
    (error: unknown) => {
      log.fatal({ reason: error instanceof Error ? error.message : String(error) }, "could not start");
      process.exit(1);
    },
  );
}

/**
 * Does not listen before the delay is over, as a service does that loads everything first: until then a probe is
 * refused its connection, and cannot tell this slow start from a service that will never come.
 */
async function serve(settings: Settings, log: Logger, ending: AbortSignal): Promise<void> {
  log.info({ startDelayMs: settings.startDelayMs }, "loading");
  await waitUnlessAborted(settings.startDelayMs, ending);
  if (ending.aborted) return;
  const server = createServer(
    { keepAliveTimeout: idleConnectionTimeoutMs },
    createApp({ configurations, isStopping: () => ending.aborted, log }),
  );
  await listen(server, settings);
  log.info({ port: (server.address() as AddressInfo).port }, "listening");
  await aborted(ending);
  await delay(settings.shutdownDrainMs);
  await new Promise((resolve) => server.close(resolve));
}

/** Longer than a gateway keeps an idle connection, so that the gateway and not this end closes it. */
const idleConnectionTimeoutMs = 75_000;

async function waitUnlessAborted(delayMs: number, signal: AbortSignal): Promise<void> {
  await delay(delayMs, undefined, { signal }).catch(() => undefined);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function listen(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
