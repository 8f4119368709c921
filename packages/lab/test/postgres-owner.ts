import { startPostgres } from "../src/postgres/postgres.ts";

/** A process that holds a PostgreSQL until it is killed, or gives up in the middle of the start. Says what it has. */
if (process.argv[2] === "aborts") {
  await startPostgres({ signal: AbortSignal.timeout(200) }).catch(() => process.stdout.write("aborted\n"));
} else {
  const { url } = await startPostgres();
  process.stdout.write(`${new URL(url).port}\n`);
  setInterval(() => {}, 1_000);
}
