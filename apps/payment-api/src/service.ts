import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import { loadConfiguration } from "./configuration.ts";
import { createFaults } from "./faults.ts";
import { Problem } from "./http/problem.ts";
import { createDatabase } from "./ledger/database.ts";
import { createLedger, type Ledger } from "./ledger/ledger.ts";
import { createLifecycle } from "./lifecycle.ts";
import { createMetrics } from "./metrics.ts";
import type { Settings } from "./settings.ts";

export interface PaymentService {
  readonly port: number;
  /** Settles when the first payment can be served, or when the service was stopped before. */
  readonly started: Promise<void>;
  /**
   * Not ready at once; serves for `shutdownDrainMs` more; then takes no new connections, finishes the requests that it
   * has, and closes the database.
   */
  stop(): Promise<void>;
}

/** Listens first and starts then, so that a startup probe is answered from the beginning. Rejects when it cannot listen. */
export async function startPaymentService(settings: Settings, log: Logger): Promise<PaymentService> {
  const lifecycle = createLifecycle();
  const database = createDatabase({ url: settings.databaseUrl, connectionsMax: settings.databaseConnectionsMax }, log);
  const ledger = createLedger(database);
  const { version } = settings;
  const metrics = createMetrics(version, database.connections);
  const faults = version === "1.1.0" ? createFaults(settings.faults) : undefined;
  const app = createApp({ version, lifecycle, ledger, metrics, faults, database, log });
  const server = createServer({ keepAliveTimeout: idleConnectionTimeoutMs }, app);
  await listen(server, settings);

  const starting = new AbortController();
  const started = Promise.all([
    migrate(ledger, log, starting.signal).then(() => lifecycle.databaseMigrated()),
    loadConfiguration(settings.configurationUrl, log, starting.signal).then(lifecycle.configurationLoaded),
  ]).then(
    () => log.info({ version }, "serving payments"),
    (error: unknown) => {
      if (!starting.signal.aborted) throw error;
    },
  );

  async function stop(): Promise<void> {
    const wasServing = lifecycle.phase.kind === "serving";
    lifecycle.stopping();
    starting.abort();
    if (wasServing) await delay(settings.shutdownDrainMs);
    await close(server);
    await started;
    await database[Symbol.asyncDispose]();
  }

  return { port: (server.address() as AddressInfo).port, started, stop };
}

/** Longer than a gateway keeps an idle connection, so that the gateway and not this end closes it. */
const idleConnectionTimeoutMs = 75_000;

function listen(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

const migrationRetryDelayMs = 250;

/** Tries until PostgreSQL takes the schema. */
async function migrate(ledger: Ledger, log: Logger, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ledger.migrate();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Problem))
        log.warn(
          { attempt, reason: error instanceof Error ? error.message : String(error) },
          "the schema is not there yet",
        );
    }
    await delay(migrationRetryDelayMs, undefined, { signal });
  }
}

const idleSweepMs = 50;

/**
 * Idle connections are closed now; the others after their answer. An answer that began before the drain does not end its
 * connection, hence the sweep.
 */
async function close(server: Server): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs);
  await new Promise((resolve) => server.close(resolve));
  clearInterval(sweep);
}
