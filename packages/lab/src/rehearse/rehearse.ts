import { type ClusterFacts, checkCluster, clusterOf, type Finding, placed, type UpgradePlan } from "@fairway/sdk";
import { TrialWorkers } from "../trials/pool.ts";
import { type Rehearsal, type RehearsalRound, summarize } from "./rehearsal.ts";
import { type RunsOptions, runWorlds } from "./rehearsal-runs.ts";
import type { RehearsalRun } from "./rehearse-once.ts";
import { planOf, type RehearsedUpgrade, secondFacts } from "./rehearsed-upgrade.ts";
import { type Remedy, remediesFor } from "./remedies.ts";
import type { ClusterSnapshot } from "./snapshot.ts";

export interface RehearsalOptions extends RehearsedUpgrade {
  readonly seed: number;
  /** How many worlds: each draws its own durations. */
  readonly seeds: number;
  /** Threads. The result is the same for any number of them. */
  readonly workers: number;
  /** Whose price list counts. */
  readonly region: string;
  /** Ends it early, with what is there. */
  readonly signal?: AbortSignal;
  readonly onRun?: (run: { readonly round: RoundName; readonly number: number; readonly of: number }) => void;
}

export type RoundName = "before" | "after";

/** What one remedy shows may be the next one's reason, so that it is looked for again. */
const mostRounds = 3;

/**
 * The planned upgrade of a snapshot's cluster in so many virtual worlds; then what mends the findings is applied in the model, and the same
 * worlds are gone through again. Nothing reaches the cluster itself. Throws `upgrade-invalid` when it cannot go to the version.
 */
export async function rehearse(snapshot: ClusterSnapshot, options: RehearsalOptions): Promise<Rehearsal> {
  const { facts, target } = snapshot;
  const { version } = firstPlan(snapshot, options);
  const upgrade = { ...upgradeOf(options), version };
  await using pool = new TrialWorkers(Math.min(options.workers, options.seeds));
  const round = (name: RoundName, of: ClusterFacts) =>
    runWorlds(roundOptions(options, { pool, facts: of, upgrade }, name));
  const before = await round("before", facts);
  // With nothing at all there is nothing to say.
  if (before.length === 0) options.signal?.throwIfAborted();
  const { remedies, mended } = await mend(facts, before, (now) =>
    runWorlds({ pool, facts: now, upgrade, seed: options.seed, seeds: 1, signal: options.signal }),
  );
  const after = remedies.length === 0 ? [] : await round("after", mended);
  const about = { region: options.region, pools: facts.pools };
  return {
    target,
    takenAt: facts.takenAt,
    from: facts.version,
    version,
    strategy: options.strategy,
    seed: options.seed,
    seeds: options.seeds,
    isWhole: options.signal?.aborted !== true,
    notes: [...(before[0]?.notes ?? []), ...assumptionsOf(options)],
    outside: placed(outsideOfModel(facts, upgrade, before), target),
    before: placedRound(summarize(before, about), target),
    remedies: placed(
      remedies.map(({ code, subject, fix, modelled }) => ({ code, subject, fix, modelled })),
      target,
    ),
    ...(after.length > 0 ? { after: placedRound(summarize(after, { ...about, pools: mended.pools }), target) } : {}),
  };
}

/** Commands are for the cluster itself, and not for its model. */
function placedRound(round: RehearsalRound, target: string): RehearsalRound {
  return { ...round, findings: placed(round.findings, target) };
}

/** Only how long it takes as it is, for a plan. Rejects when it is ended early. */
export async function rehearseDurations(snapshot: ClusterSnapshot, options: RehearsalOptions): Promise<RehearsalRound> {
  const { facts } = snapshot;
  const { version } = firstPlan(snapshot, options);
  const upgrade = { ...upgradeOf(options), version };
  await using pool = new TrialWorkers(Math.min(options.workers, options.seeds));
  const runs = await runWorlds(roundOptions(options, { pool, facts, upgrade }, "before"));
  options.signal?.throwIfAborted();
  return summarize(runs, { region: options.region, pools: facts.pools });
}

/** The same words as for the upgrade itself, before anything is modelled. */
function firstPlan({ facts, target }: ClusterSnapshot, upgrade: RehearsedUpgrade): UpgradePlan {
  const switcher = { address: "the switcher", routes: {} };
  const second = { address: `${clusterOf(target)}-second`, facts: secondFacts(upgrade, facts) };
  return planOf(upgrade, { address: target, facts }, second, { switcher, convergenceMs: 0 });
}

/** What a worker needs of it, which must be plain data. */
function upgradeOf(options: RehearsalOptions): RehearsedUpgrade {
  const {
    seed: _seed,
    seeds: _seeds,
    workers: _workers,
    region: _region,
    signal: _signal,
    onRun: _onRun,
    ...upgrade
  } = options;
  return upgrade;
}

function roundOptions(
  { seed, seeds, signal, onRun }: RehearsalOptions,
  run: Pick<RunsOptions, "pool" | "facts" | "upgrade">,
  round: RoundName,
): RunsOptions {
  return { ...run, seed, seeds, signal, onRun: (number) => onRun?.({ round, number, of: seeds }) };
}

/** Remedies until nothing is found any more that one mends, each round looked at in one world. */
async function mend(
  facts: ClusterFacts,
  before: readonly RehearsalRun[],
  again: (facts: ClusterFacts) => Promise<readonly RehearsalRun[]>,
): Promise<{ readonly remedies: readonly Remedy[]; readonly mended: ClusterFacts }> {
  const remedies: Remedy[] = [];
  let [runs, mended] = [before, facts];
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
    runs = await again(mended);
  }
  return { remedies, mended };
}

/** What stands beside the cluster in the model, and nobody has described. */
function assumptionsOf({ strategy, second }: RehearsedUpgrade): readonly string[] {
  switch (strategy) {
    case "in-place":
    case "node-pool":
    case "pool-blue-green":
      return [];
    case "guarded":
      return second ? [] : ["the inactive cluster is taken to be like this one"];
    case "active-active":
    case "region-failover":
      return [...(second ? [] : ["the other cluster is taken to be like this one"]), callers];
    case "cluster-blue-green":
      return ["the new cluster gets all workloads, be they Fairway's or not", callers];
  }
}

const callers = "an app is counted in the cluster with the fewest replicas that serve, among those that have traffic";

/** Locks, credentials, webhooks, add-ons: the model has none of them, and the snapshot tells. */
function outsideOfModel(
  facts: ClusterFacts,
  { version, pools }: RehearsedUpgrade,
  runs: readonly RehearsalRun[],
): readonly Finding[] {
  const inModel = new Set(runs.flatMap(({ findings }) => findings.map(({ code }) => code)));
  const names = pools ?? facts.pools.map(({ name }) => name);
  return checkCluster(facts, { version, pools: names }).filter(
    ({ code, severity }) => severity === "required" && !inModel.has(code),
  );
}
