import type { LedgerVerdict } from "../checkers/ledger.ts";
import type { LoadResult } from "../load/spec.ts";
import type { RunReport } from "../report/report.ts";

/** An outage that callers would call one: half of the requests fail for at least this long. */
const outageThresholdMs = 2_000;
/** Above this share of failures a change was not safe, even without an outage. */
const degradedShare = 0.001;

/** Time in which fewer than half of the requests that should have left then succeeded. */
export function outageMsOf({ buckets, bucketMs }: LoadResult): number {
  const down = buckets.filter(({ counts }) => {
    const failed = failedOf(counts);
    return failed > 0 && counts.ok < failed;
  });
  return down.length * bucketMs;
}

export function failedOf(counts: LoadResult["totals"]): number {
  return counts.error + counts.refused + counts.timeout;
}

/** The failed requests by what callers saw and who answered, the most frequent first. */
export function failuresOf({ failures }: Pick<LoadResult, "failures">): RunReport["failures"] {
  return Object.entries(failures)
    .flatMap(([reason, byRevision]) =>
      Object.entries(byRevision).map(([revision, count]) => ({ reason, revision, count })),
    )
    .toSorted((one, other) => other.count - one.count);
}

/** The verdict of a run, from what callers saw and what the ledger says. */
export function describeOutcome(seen: {
  requests: number;
  failed: number;
  outageMs: number;
  ledger: LedgerVerdict | null;
}): RunReport["verdict"] {
  const { requests, failed, outageMs, ledger } = seen;
  const books =
    ledger && !ledger.isSound
      ? ` The books are wrong: ${ledger.lost} lost, ${ledger.doubled} doubled, ${ledger.wrong} wrong, sum ${ledger.sum}.`
      : "";
  const share = requests === 0 ? 0 : failed / requests;
  if (outageMs >= outageThresholdMs) {
    return {
      kind: "outage",
      sentence: `Down for ${(outageMs / 1_000).toFixed(1)} s; ${failed} of ${requests} requests failed.${books}`,
    };
  }
  if (share > degradedShare || books) {
    return {
      kind: "degraded",
      sentence: `${failed} of ${requests} requests failed (${(100 * share).toFixed(2)} %).${books}`,
    };
  }
  return {
    kind: "safe",
    sentence: failed === 0 ? `All ${requests} requests succeeded.` : `${failed} of ${requests} requests failed.`,
  };
}
