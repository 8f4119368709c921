import type { Clock, JournalEntry, JournalLease, JournalRequest } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { formatEntry } from "./journal-format.ts";
import { beatMs, LastSign, silenceMs } from "./last-sign.ts";
import type { Database } from "./postgres-database.ts";
import { readJournal } from "./postgres-read.ts";

export interface LeaseRequest {
  readonly connect: () => Promise<Database>;
  readonly name: string;
  /** Of the journal in its tables. */
  readonly key: string;
  readonly by: string;
  readonly clock: Clock;
}

/** By the server's clock: then a holder is taken for gone though its connection is there. */
const silence = `${silenceMs} milliseconds`;

/**
 * Who may write. Each holder has the next epoch, and a lock of the server's that ends with its connection. Everything that
 * is written names the epoch: whoever was deposed writes nothing any more.
 */
export class PostgresLease implements JournalLease {
  readonly #database: Database;
  readonly #request: LeaseRequest;
  readonly #epoch: string;
  readonly #sign: LastSign;
  readonly #ended = new AbortController();
  /** Of the last entry. */
  #number = 0;
  #checksum = "";

  private constructor(database: Database, request: LeaseRequest, epoch: string, sign: LastSign) {
    this.#database = database;
    this.#request = request;
    this.#epoch = epoch;
    this.#sign = sign;
  }

  /** Rejects with `lease-held`. */
  static async take(request: LeaseRequest): Promise<PostgresLease> {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await request.connect());
    await database.prepare();
    const sign = new LastSign(request.clock);
    const takenAt = sign.now();
    const epoch = await nextEpoch(database, request);
    const lease = new PostgresLease(database, request, epoch, sign);
    sign.heard(takenAt);
    const { entries, checksum } = await readJournal(database, request.name, request.key);
    lease.#number = entries.length;
    lease.#checksum = checksum;
    void lease.#beat();
    stack.move();
    return lease;
  }

  append(entry: JournalEntry): Promise<void> {
    const mine = "SELECT upgrade FROM fairway.upgrade_journal WHERE cluster = $1 AND epoch = $2 FOR UPDATE";
    return this.#write(mine, entry, this.#number + 1, this.#checksum);
  }

  begin(entry: JournalEntry): Promise<void> {
    const mine =
      "UPDATE fairway.upgrade_journal SET upgrade = upgrade + 1 WHERE cluster = $1 AND epoch = $2 RETURNING upgrade";
    return this.#write(mine, entry, 1, "");
  }

  isSure(): boolean {
    return this.#database.isOpen && this.#sign.isRecent;
  }

  async renew(): Promise<void> {
    const saidAt = this.#sign.now();
    const [mine] = await this.#database.query(
      "UPDATE fairway.upgrade_journal SET alive_at = now() WHERE cluster = $1 AND epoch = $2 RETURNING epoch",
      [this.#request.key, this.#epoch],
    );
    if (!mine) throw held(this.#request.name, "another process");
    this.#sign.heard(saidAt);
  }

  async takeRequest(): Promise<JournalRequest | undefined> {
    const [row] = await this.#database.query(
      `UPDATE fairway.upgrade_journal AS journal SET request = NULL
       FROM (SELECT cluster, request FROM fairway.upgrade_journal WHERE cluster = $1 AND epoch = $2 FOR UPDATE) AS asked
       WHERE journal.cluster = asked.cluster RETURNING asked.request`,
      [this.#request.key, this.#epoch],
    );
    if (!row) throw held(this.#request.name, "another process");
    const what = row["request"];
    return what === "pause" || what === "abort" ? what : undefined;
  }

  async release(): Promise<void> {
    this.#ended.abort();
    const free = "UPDATE fairway.upgrade_journal SET holder = NULL WHERE cluster = $1 AND epoch = $2";
    // The lock of a connection that is gone is gone with it.
    await this.#database.query(free, [this.#request.key, this.#epoch]).catch(() => undefined);
    await this.#database[Symbol.asyncDispose]();
  }

  /** One statement, and so one transaction: there as a whole, or not. */
  async #write(mine: string, entry: JournalEntry, number: number, previous: string): Promise<void> {
    const line = formatEntry(entry, previous).trimEnd();
    const { name, key } = this.#request;
    const written = await this.#database.query(
      `WITH mine AS (${mine})
       INSERT INTO fairway.upgrade_entry (cluster, upgrade, number, line)
       SELECT $1, upgrade, $3, $4 FROM mine RETURNING number`,
      [key, this.#epoch, number, line],
    );
    if (written.length === 0) throw held(name, "another process");
    this.#number = number;
    this.#checksum = line.split(" ")[1] ?? "";
  }

  async #beat(): Promise<void> {
    for (;;) {
      await this.#request.clock.sleep(beatMs, this.#ended.signal).catch(() => undefined);
      if (this.#ended.signal.aborted) return;
      await this.renew().catch(() => undefined);
    }
  }
}

/** Takes the lock of the next epoch, when nobody holds the last one any more. Rejects with `lease-held`. */
async function nextEpoch(database: Database, { name, key, by }: LeaseRequest): Promise<string> {
  await database.query("INSERT INTO fairway.upgrade_journal (cluster) VALUES ($1) ON CONFLICT DO NOTHING", [key]);
  await database.query("BEGIN", []);
  try {
    const [row] = await database.query(
      `SELECT holder, (epoch + 1)::text AS next, alive_at < now() - $2::interval AS silent, epoch::text AS epoch
       FROM fairway.upgrade_journal WHERE cluster = $1 FOR UPDATE`,
      [key, silence],
    );
    const isFree =
      row?.["holder"] === null || row?.["silent"] === true || (await isGone(database, key, row?.["epoch"]));
    if (!isFree) throw held(name, String(row?.["holder"]));
    const epoch = String(row?.["next"]);
    const taken = await database.query("SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken", [
      lockName(key, epoch),
    ]);
    if (taken[0]?.["taken"] !== true) throw held(name, "another process");
    await database.query(
      "UPDATE fairway.upgrade_journal SET epoch = $2, holder = $3, alive_at = now() WHERE cluster = $1",
      [key, epoch, by],
    );
    await database.query("COMMIT", []);
    return epoch;
  } catch (error) {
    await database.query("ROLLBACK", []).catch(() => undefined);
    throw error;
  }
}

/** Its lock ended with its connection. */
async function isGone(database: Database, key: string, epoch: unknown): Promise<boolean> {
  const lock = lockName(key, String(epoch));
  const [row] = await database.query("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS free", [lock]);
  return row?.["free"] === true;
}

function lockName(key: string, epoch: string): string {
  return `fairway ${key} ${epoch}`;
}

function held(name: string, holder: string): FairwayError {
  return new FairwayError("lease-held", `${name} is held by ${holder}.`, {
    hint: "One process drives an upgrade. Ask it to stop with fairway upgrade pause or abort, or wait for its end.",
  });
}
