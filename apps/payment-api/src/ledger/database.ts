import pg from "pg";
import type { Logger } from "pino";
import { Problem } from "../http/problem.ts";

/** A prepared statement: PostgreSQL parses and plans it once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Database {
  /** Throws a `Problem` with 503 when PostgreSQL cannot answer, and PostgreSQL's own error when it refuses. */
  query(statement: Statement, values: readonly unknown[]): Promise<readonly pg.QueryResultRow[]>;
  /** Several statements, one implicit transaction. */
  execute(sql: string): Promise<void>;
  /** True when PostgreSQL answered within the last second, or does so now. */
  answers(): Promise<boolean>;
  connections(): { total: number; idle: number; waiting: number };
  [Symbol.asyncDispose](): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly connectionsMax: number;
}

const connectTimeoutMs = 2_000;
const statementTimeoutMs = 4_000;
/** Longer than the one above: it is for a server that no longer says anything. */
const answerTimeoutMs = 5_000;
const freshMs = 1_000;

export function createDatabase(options: DatabaseOptions, log: Logger): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: answerTimeoutMs,
    application_name: "payment-api",
  });
  pool.on("error", (error) => log.warn({ reason: error.message }, "lost an idle connection to PostgreSQL"));
  let answeredAtMs = Number.NEGATIVE_INFINITY;

  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      answeredAtMs = performance.now();
      return answer;
    } catch (error) {
      if (isRefusal(error)) throw error;
      answeredAtMs = Number.NEGATIVE_INFINITY;
      log.warn({ reason: reasonOf(error) }, "PostgreSQL does not answer");
      throw ledgerUnavailable();
    }
  }

  return {
    query: async (statement, values) =>
      (await ask(() => pool.query<pg.QueryResultRow>({ ...statement, values: [...values] }))).rows,
    async execute(sql) {
      await ask(() => pool.query(sql));
    },
    answers: async () =>
      performance.now() - answeredAtMs < freshMs ||
      ask(() => pool.query("SELECT 1")).then(
        () => true,
        () => false,
      ),
    connections: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

export function ledgerUnavailable(): Problem {
  return new Problem("ledger-unavailable", "The database did not answer. Try again with the same Idempotency-Key.");
}

/**
 * PostgreSQL understood and said no because of what it was given: data exception (22), integrity constraint (23),
 * syntax or access rule (42). Any other failure, such as a lost connection, a server that shuts down (57P01), too many
 * connections (53300), a time-out or a deadlock, passes with time.
 */
function isRefusal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(22|23|42)/.test(error.code ?? "");
}

/** PostgreSQL's `detail` is left out: it quotes values of the row. */
function reasonOf(error: unknown): string {
  if (error instanceof pg.DatabaseError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message || error.name : String(error);
}
