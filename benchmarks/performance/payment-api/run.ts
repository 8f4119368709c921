import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { queryOnce, startPostgres } from "../../../apps/payment-api/test/postgres.ts";
import { isQuiet, waitForQuiet } from "../harness/quiet.ts";
import { requireTools } from "../harness/tools.ts";
import { compareLedgers } from "./ledger.ts";
import { type BenchmarkedServer, startBareExpress, startPaymentApi } from "./server.ts";

/** Goals: `performance-anchors` G1 and G2. */
const goals = { ofBareExpress: 0.28, ofSixStatements: 2 };

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "5" },
    connections: { type: "string", default: "16" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});

interface Sample {
  readonly requestsPerSecond: number;
  readonly cpuUsPerRequest: number;
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  readonly errors: number;
}

requireTools(["wrk"]);
await main();

async function main(): Promise<void> {
  await using postgres = await startPostgres();
  const databaseUrl = await postgres.createDatabase();
  await using bare = await startBareExpress();
  await using api = await startPaymentApi(databaseUrl);
  load(bare, "warm-bare");
  load(api, "warm-api");
  const rounds: { bare: Sample; api: Sample; ledger: { one: number; six: number } }[] = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    if (!isQuiet(await waitForQuiet(20 * 60_000)))
      throw new Error("this machine does not come to rest; measure elsewhere");
    const samples = { bare: load(bare, `bare${round}`), api: load(api, `api${round}`) };
    const ledger = await compareLedgers(databaseUrl, (1_000 * Number(options.seconds)) / 4);
    rounds.push({ ...samples, ledger });
    console.log(
      `round ${round + 1}: bare ${samples.bare.requestsPerSecond.toFixed(0)}/s, payment-api ` +
        `${samples.api.requestsPerSecond.toFixed(0)}/s, one statement ${ledger.one.toFixed(0)}/s, six ${ledger.six.toFixed(0)}/s`,
    );
  }
  await refuseWrongBooks(databaseUrl);
  report(rounds);
}

/** wrk shares the machine with the server and PostgreSQL; nothing is pinned. */
function load(server: BenchmarkedServer, run: string): Sample {
  const cpuBeforeUs = server.cpuUs();
  const url = `http://127.0.0.1:${server.port}`;
  const script = join(import.meta.dirname, "post.lua");
  const args = ["-t1", `-c${options.connections}`, `-d${options.seconds}s`, "-s", script, url, "--", run];
  const { stdout, error } = spawnSync("wrk", args, { encoding: "utf8" });
  if (error) throw new Error("wrk is needed on the PATH for this benchmark", { cause: error });
  const line = /^RESULT (.*)$/m.exec(stdout)?.[1];
  if (!line) throw new Error(`wrk said: ${stdout}`);
  const result = JSON.parse(line) as Record<"requests" | "durationUs" | "errors" | "p50Us" | "p99Us", number>;
  if (result.errors > 0) throw new Error(`${result.errors} requests failed`);
  return {
    requestsPerSecond: (result.requests * 1e6) / result.durationUs,
    cpuUsPerRequest: (server.cpuUs() - cpuBeforeUs) / result.requests,
    latencyMsP50: result.p50Us / 1000,
    latencyMsP99: result.p99Us / 1000,
    errors: result.errors,
  };
}

async function refuseWrongBooks(databaseUrl: string): Promise<void> {
  const [books] = await queryOnce(
    databaseUrl,
    `SELECT (SELECT sum(amount) FROM entries)::int AS entries, (SELECT sum(balance) FROM accounts)::int AS balances,
       (SELECT count(*) FROM payments)::int AS payments, (SELECT count(*) FROM entries)::int / 2 AS pairs`,
  );
  if (books?.entries !== 0 || books.balances !== 0 || books.payments !== books.pairs)
    throw new Error(`the books are wrong: ${JSON.stringify(books)}`);
}

function report(rounds: readonly { bare: Sample; api: Sample; ledger: { one: number; six: number } }[]): void {
  // Where the results go says nothing about them.
  const { output, ...settings } = options;
  const results = {
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, wrk: wrkVersion() },
    options: settings,
    bareExpress: medians(rounds.map(({ bare }) => bare)),
    paymentApi: medians(rounds.map(({ api }) => api)),
    ofBareExpress: medianOf(rounds.map(({ bare, api }) => api.requestsPerSecond / bare.requestsPerSecond)),
    ledgerOneStatementPerSecond: medianOf(rounds.map(({ ledger }) => ledger.one)),
    ledgerSixStatementsPerSecond: medianOf(rounds.map(({ ledger }) => ledger.six)),
    ofSixStatements: medianOf(rounds.map(({ ledger }) => ledger.one / ledger.six)),
    goals,
    rounds,
  };
  writeFileSync(output, `${JSON.stringify(results, undefined, 2)}\n`);
  console.table({ "bare express": results.bareExpress, "payment-api": results.paymentApi });
  console.log(`payment-api / bare express: ${results.ofBareExpress.toFixed(3)} (goal ${goals.ofBareExpress})`);
  console.log(`one statement / six: ${results.ofSixStatements.toFixed(2)} (goal ${goals.ofSixStatements})`);
  if (results.ofBareExpress < goals.ofBareExpress || results.ofSixStatements < goals.ofSixStatements)
    process.exitCode = 1;
}

function medians(samples: readonly Sample[]): Omit<Sample, "errors"> {
  return {
    requestsPerSecond: Math.round(medianOf(samples.map((sample) => sample.requestsPerSecond))),
    cpuUsPerRequest: Math.round(medianOf(samples.map((sample) => sample.cpuUsPerRequest))),
    latencyMsP50: medianOf(samples.map((sample) => sample.latencyMsP50)),
    latencyMsP99: medianOf(samples.map((sample) => sample.latencyMsP99)),
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function wrkVersion(): string {
  try {
    return execFileSync("wrk", ["-v"], { encoding: "utf8" }).split("\n")[0] ?? "";
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? "").split("\n")[0] ?? "";
  }
}
