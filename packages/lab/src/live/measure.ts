import { createRealTimeKernel, sleep } from "@fairway/kernel";
import type { DeploymentTarget } from "@fairway/sdk";
import { checkLedger, type SentPayments } from "../checkers/ledger.ts";
import { type Load, startLoad } from "../load/load.ts";
import type { LoadResult } from "../load/spec.ts";
import type { Figure, RunReport } from "../report/report.ts";
import { describeOutcome, failedOf, failuresOf, outageMsOf } from "./availability.ts";
import type { Laboratory, TargetName } from "./laboratory.ts";
import { recordTarget, type Seen } from "./recorder.ts";
import { requestTimeoutMs, spreadMs } from "./setting.ts";

export interface RunDescription {
  readonly id: string;
  readonly experiment: RunReport["experiment"];
  readonly title: string;
  readonly target: TargetName;
  readonly seed: number;
  readonly ratePerSecond: number;
  /** Payments are checked against this ledger; without it the load reads only. */
  readonly databaseUrl?: string;
  /** The app was deployed just before: the load waits until routers know it. */
  readonly isNew?: boolean;
}

export interface Script {
  readonly target: DeploymentTarget;
  readonly load: Load;
  readonly signal: AbortSignal | undefined;
  /** Something worth a line in the picture. */
  mark(text: string): void;
  wait(durationMs: number): Promise<void>;
  addFigure(figure: Figure): void;
}

/** Runs `script` under load, and tells what the callers saw, what the platform showed, and what the ledger says. */
export async function measureRun(
  laboratory: Laboratory,
  description: RunDescription,
  script: (script: Script) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<RunReport> {
  const kernel = createRealTimeKernel({ seed: description.seed });
  const target = laboratory.targets[description.target];
  const { url } = await target.status("payment-api");
  const figures: Figure[] = [];
  if (description.isNew) await sleep(kernel.clock, spreadMs, signal);
  await using load = startLoad(loadSpec(laboratory, description, new URL(url ?? "http://missing").host));
  const recorder = recordTarget(target, "payment-api", kernel.clock);
  try {
    await script({
      target,
      load,
      signal,
      mark: recorder.mark,
      wait: (durationMs) => sleep(kernel.clock, durationMs, signal),
      addFigure: (figure) => void figures.push(figure),
    });
    const [result, seen] = [await load.stop(), await recorder.stop()];
    return await makeReport(description, result, seen, figures);
  } finally {
    await recorder.stop();
    kernel.close();
  }
}

function loadSpec(
  laboratory: Laboratory,
  description: RunDescription,
  hostName: string,
): Parameters<typeof startLoad>[0] {
  const { workload, seed } = paymentsOf(description);
  return {
    address: laboratory.azure.gateway,
    hostName,
    ratePerSecond: description.ratePerSecond,
    arrivals: "poisson",
    seed,
    workload: description.databaseUrl ? workload : { kind: "get", path: "/health/live" },
    timeoutMs: requestTimeoutMs,
    connectionsMax: 512,
  };
}

function paymentsOf({ id, seed }: RunDescription): SentPayments {
  return { workload: { kind: "payments", run: id, accounts: 500, currency: "NOK" }, seed: `${seed}/${id}` };
}

async function makeReport(
  description: RunDescription,
  result: LoadResult,
  seen: Seen,
  figures: readonly Figure[],
): Promise<RunReport> {
  const { id, experiment, title, target, ratePerSecond, databaseUrl } = description;
  const ledger = databaseUrl ? await checkLedger(databaseUrl, paymentsOf(description), result) : null;
  const outageMs = outageMsOf(result);
  const failed = failedOf(result.totals);
  return {
    id,
    experiment,
    title,
    target,
    ratePerSecond,
    durationMs: Math.round(result.durationMs),
    requests: result.outcomeByRequest.length,
    failed,
    late: result.late,
    failures: failuresOf(result),
    latency: result.latency,
    dispatchLag: result.dispatchLag,
    outageMs,
    ledger,
    figures: [...figures],
    verdict: describeOutcome({ requests: result.outcomeByRequest.length, failed, outageMs, ledger }),
    timeline: {
      bucketMs: result.bucketMs,
      requests: result.buckets.map(({ atMs, counts }) => ({ atMs, ...counts })),
      shares: result.buckets.map(({ atMs, byRevision }) => ({ atMs, byRevision: answersOf(byRevision) })),
      ...seen,
    },
  };
}

function answersOf(byRevision: LoadResult["buckets"][number]["byRevision"]): Record<string, number> {
  const answered = Object.entries(byRevision).filter(([revision]) => revision !== "");
  return Object.fromEntries(answered.map(([revision, { ok, failed }]) => [revision, ok + failed]));
}
