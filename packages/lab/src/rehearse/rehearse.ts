import { type ClusterFacts, checkCluster, type Finding, makePlan, systemClock } from "@fairway/sdk";
import { type Rehearsal, summarize } from "./rehearsal.ts";
import { type RehearsalRun, type RehearsedUpgrade, rehearseOnce } from "./rehearse-once.ts";
import { type Remedy, remediesFor } from "./remedies.ts";
import type { ClusterSnapshot } from "./snapshot.ts";

export interface RehearsalOptions extends RehearsedUpgrade {
  readonly seed: number;
  /** How many worlds: each draws its own durations. */
  readonly seeds: number;
  /** Whose price list counts. */
  readonly region: string;
  readonly signal?: AbortSignal;
  readonly onRun?: (run: { readonly round: "before" | "after"; readonly number: number; readonly of: number }) => void;
}

/** What one remedy shows may be the next one's reason, so that it is looked for again. */
const mostRounds = 3;

/**
 * The planned upgrade of a snapshot's cluster in so many virtual worlds; then what mends the findings is applied in the model, and the same
 * worlds are gone through again. Nothing reaches the cluster itself. Throws `upgrade-invalid` when it cannot go to the version.
 */
export async function rehearse(snapshot: ClusterSnapshot, options: RehearsalOptions): Promise<Rehearsal> {
  const { strategy, version, pools } = options;
  const { facts, target } = snapshot;
  // The same words as for the upgrade itself, before anything is modelled.
  const plan = makePlan({ strategy, version, ...(pools ? { pools } : {}) }, { address: target, facts });
  const upgrade = { ...options, version: plan.version };
  const before = await manyRuns(facts, upgrade, "before");
  const outside = outsideOfModel(facts, upgrade, before);
  const { remedies, mended } = await mend(facts, upgrade, before);
  const after = remedies.length === 0 ? undefined : await manyRuns(mended, upgrade, "after");
  const about = { region: options.region, pools: facts.pools };
  return {
    target,
    takenAt: facts.takenAt,
    from: facts.version,
    version: plan.version,
    strategy,
    seed: options.seed,
    seeds: options.seeds,
    notes: before[0]?.notes ?? [],
    outside,
    before: summarize(before, about),
    remedies: remedies.map(({ code, subject, fix, modelled }) => ({ code, subject, fix, modelled })),
    ...(after ? { after: summarize(after, { ...about, pools: mended.pools }) } : {}),
  };
}

type Upgrade = RehearsalOptions;

async function manyRuns(
  facts: ClusterFacts,
  upgrade: Upgrade,
  round: "before" | "after",
): Promise<readonly RehearsalRun[]> {
  const runs: RehearsalRun[] = [];
  for (let number = 1; number <= upgrade.seeds; number += 1) {
    upgrade.signal?.throwIfAborted();
    runs.push(await rehearseOnce(facts, upgrade, `${upgrade.seed}/${number}`));
    upgrade.onRun?.({ round, number, of: upgrade.seeds });
    // A program that was asked to stop hears of it here.
    await systemClock.sleep(0);
  }
  return runs;
}

/** Remedies until nothing is found any more that one mends, each round looked at in one world. */
async function mend(
  facts: ClusterFacts,
  upgrade: Upgrade,
  [...runs]: readonly RehearsalRun[],
): Promise<{ readonly remedies: readonly Remedy[]; readonly mended: ClusterFacts }> {
  const remedies: Remedy[] = [];
  let mended = facts;
  for (let round = 0; round < mostRounds; round += 1) {
    const diagnosed = {
      findings: runs.flatMap(({ findings }) => findings),
      stuck: runs.flatMap(({ stuck }) => stuck),
      workloads: runs.flatMap(({ workloads }) => workloads),
    };
    const found = remediesFor(diagnosed, mended).filter(
      ({ subject, modelled }) => !remedies.some((one) => one.subject === subject && one.modelled === modelled),
    );
    if (found.length === 0) break;
    remedies.push(...found);
    mended = found.reduce((now, { apply }) => apply(now), mended);
    upgrade.signal?.throwIfAborted();
    runs = [await rehearseOnce(mended, upgrade, `${upgrade.seed}/1`)];
  }
  return { remedies, mended };
}

/** Locks, credentials, webhooks, add-ons: the model has none of them, and the snapshot tells. */
function outsideOfModel(
  facts: ClusterFacts,
  { version, pools }: Upgrade,
  runs: readonly RehearsalRun[],
): readonly Finding[] {
  const inModel = new Set(runs.flatMap(({ findings }) => findings.map(({ code }) => code)));
  const names = pools ?? facts.pools.map(({ name }) => name);
  return checkCluster(facts, { version, pools: names }).filter(
    ({ code, severity }) => severity === "required" && !inModel.has(code),
  );
}
