import { FairwayError } from "@fairway/model";
import type pg from "pg";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** One connection to the PostgreSQL that has the journals. */
export interface Database extends AsyncDisposable {
  query(sql: string, values: readonly unknown[]): Promise<Rows>;
  /** False when it is known to have ended. */
  readonly isOpen: boolean;
  /** Makes the tables that are not there yet. */
  prepare(): Promise<void>;
  /** The lines of the upgrade that was begun last; none where there are no tables. */
  linesOf(key: string): Promise<readonly string[]>;
}

const connectTimeoutMs = 10_000;
/** Longer than anything here takes; then the server is taken for gone. */
const answerTimeoutMs = 20_000;

/** Rejects with `unreachable`, `forbidden` or `platform`. No message has the password. */
export async function openDatabase(url: string): Promise<Database> {
  const place = placeOf(url);
  const { default: driver } = await import("pg");
  const client = new driver.Client({
    connectionString: url,
    application_name: "fairway",
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
  });
  // Whoever asks next is told.
  client.on("error", () => undefined);
  let isOpen = true;
  client.on("end", () => {
    isOpen = false;
  });
  const asked = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((thrown: unknown) => {
      throw asFairwayError(thrown, place);
    });
  await asked(client.connect());
  const query = async (sql: string, values: readonly unknown[]): Promise<Rows> =>
    (await asked(client.query<Readonly<Record<string, unknown>>>(sql, [...values]))).rows;
  // An entry that the server has only in its memory would be lost with it.
  await query("SET synchronous_commit = on", []);
  return {
    query,
    get isOpen() {
      return isOpen;
    },
    prepare: () => prepare(query),
    linesOf: (key) => linesOf(query, key),
    async [Symbol.asyncDispose]() {
      await client.end().catch(() => undefined);
    },
  };
}

type Query = (sql: string, values: readonly unknown[]) => Promise<Rows>;

async function linesOf(query: Query, key: string): Promise<readonly string[]> {
  const [table] = await query("SELECT to_regclass('fairway.upgrade_entry') IS NOT NULL AS known", []);
  if (table?.["known"] !== true) return [];
  const rows = await query(
    `SELECT line FROM fairway.upgrade_entry JOIN fairway.upgrade_journal USING (cluster, upgrade)
     WHERE cluster = $1 ORDER BY number`,
    [key],
  );
  return rows.map(({ line }) => String(line));
}

/** Of several that come at once, one makes them: `IF NOT EXISTS` alone does not hold against that. */
async function prepare(query: Query): Promise<void> {
  const [known] = await query("SELECT to_regclass('fairway.upgrade_entry') IS NOT NULL AS known", []);
  if (known?.["known"] === true) return;
  await query(
    `BEGIN;
     SELECT pg_advisory_xact_lock(hashtextextended('fairway', 0));
     CREATE SCHEMA IF NOT EXISTS fairway;
     CREATE TABLE IF NOT EXISTS fairway.upgrade_journal (
       cluster text PRIMARY KEY,
       upgrade integer NOT NULL DEFAULT 0,
       epoch bigint NOT NULL DEFAULT 0,
       holder text,
       alive_at timestamptz,
       request text
     );
     CREATE TABLE IF NOT EXISTS fairway.upgrade_entry (
       cluster text NOT NULL,
       upgrade integer NOT NULL,
       number integer NOT NULL,
       line text NOT NULL,
       PRIMARY KEY (cluster, upgrade, number)
     );
     COMMIT`,
    [],
  );
}

/** `postgres://HOST:PORT/DATABASE`: without user, password and parameters. Throws `usage` for what is no such URL. */
export function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^postgres(ql)?:$/.test(parsed.protocol) && parsed.pathname.length > 1) {
    return `postgres://${parsed.host}${parsed.pathname}`;
  }
  throw new FairwayError("usage", "The address of the journal is no URL of a PostgreSQL database.", {
    hint: "Write --journal postgres://USER:PASSWORD@HOST:5432/DATABASE, with special characters of the password percent-encoded.",
    path: "--journal",
  });
}

/** Codes: PostgreSQL docs, appendix A. */
function asFairwayError(thrown: unknown, place: string): FairwayError {
  if (thrown instanceof FairwayError) return thrown;
  const code = (thrown as Partial<pg.DatabaseError> | undefined)?.code ?? "";
  const message = thrown instanceof Error ? thrown.message : "";
  const refused = (hint: string): FairwayError =>
    new FairwayError("forbidden", `${place} refuses: ${message}.`, { hint });
  if (code.startsWith("28")) return refused("Check user and password in --journal (or FAIRWAY_JOURNAL).");
  if (code === "42501") {
    return refused("Let its user make the schema fairway (GRANT CREATE ON DATABASE), or make it for it.");
  }
  if (/^[0-9A-Z]{5}$/.test(code) && !/^(08|57)/.test(code)) {
    return new FairwayError("platform", `${place} answers: ${message} (${code}).`, {
      hint: "Check that --journal names the right database; 3D000 means that there is none of that name.",
    });
  }
  return new FairwayError("unreachable", `The journal at ${place} cannot be reached.`, {
    hint: "Check that PostgreSQL runs and answers here; an upgrade that had begun goes on with fairway upgrade resume.",
  });
}
