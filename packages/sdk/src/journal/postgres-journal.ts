import type { Clock, Journal, JournalRequest } from "@fairway/core";
import { type Database, openDatabase, placeOf } from "./postgres-database.ts";
import { PostgresLease } from "./postgres-lease.ts";
import { readJournal } from "./postgres-read.ts";

export interface PostgresJournalOptions {
  /** `postgres://USER:PASSWORD@HOST/DATABASE`, with the parameters of PostgreSQL's own clients (`sslmode`). */
  readonly url: string;
  /** Which of the journals in it: the address of the cluster. */
  readonly cluster: string;
  readonly clock: Clock;
}

/**
 * The journal of an upgrade in PostgreSQL, for several machines: whichever has the lease drives, and the next one may when
 * its connection has ended or it has said nothing for half a minute. An entry is durable when it was appended. Throws
 * `usage` when the URL is none.
 */
export function createPostgresJournal({ url, cluster, clock }: PostgresJournalOptions): Journal {
  const name = `${placeOf(url)} ${cluster}`;
  const key = cluster.toLowerCase();
  const connect = (): Promise<Database> => openDatabase(url);
  return {
    name,
    read: async () => (await withDatabase(connect, (database) => readJournal(database, name, key))).entries,
    acquire: (by) => PostgresLease.take({ connect, name, key, by, clock }),
    request: (what) => withDatabase(connect, (database) => ask(database, key, what)),
  };
}

async function withDatabase<T>(connect: () => Promise<Database>, work: (database: Database) => Promise<T>): Promise<T> {
  await using database = await connect();
  return await work(database);
}

async function ask(database: Database, key: string, what: JournalRequest): Promise<void> {
  await database.prepare();
  await database.query(
    `INSERT INTO fairway.upgrade_journal (cluster, request) VALUES ($1, $2)
     ON CONFLICT (cluster) DO UPDATE SET request = excluded.request`,
    [key, what],
  );
}
