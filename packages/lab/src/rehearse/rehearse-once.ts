import { FairwayError, type Finding } from "@fairway/model";
import {
  type ClusterFacts,
  checkCluster,
  type JournalEntry,
  type PlannedTarget,
  runUpgrade,
  type UpgradePhase,
  type UpgradePlan,
} from "@fairway/sdk";
import { createMemoryJournal } from "../virtual/memory-journal.ts";
import { openVirtualWorld, type VirtualWorld } from "../virtual/world.ts";
import { behaviourOf } from "./behaviour.ts";
import type { ModelledCluster } from "./build-cluster.ts";
import { modelVersion } from "./model-terms.ts";
import { activeName, buildSite, entranceOf, type RehearsedSite, secondName } from "./rehearsed-site.ts";
import { planOf, type RehearsedUpgrade, secondFacts } from "./rehearsed-upgrade.ts";
import { watchUpgrade } from "./watch-upgrade.ts";
import { minuteMs, rounded, type WatchedCluster, type WatchedUpgrade } from "./watched.ts";

export interface RehearsalRequest {
  readonly facts: ClusterFacts;
  readonly upgrade: RehearsedUpgrade;
  readonly seed: string;
}

export interface RehearsalRun extends WatchedUpgrade {
  readonly seed: string;
  readonly minutes: number;
  /** How long each step took that has ended, in the order of the plan. */
  readonly steps: readonly { readonly step: string; readonly minutes: number }[];
  readonly outcome: RehearsalOutcome;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

export type RehearsalOutcome =
  | { readonly kind: "finished" }
  | { readonly kind: "failed"; readonly step: string; readonly code: string; readonly message: string };

/** The upgrade of the snapshot's cluster, once, in a virtual world of its own. */
export async function rehearseOnce({ facts, upgrade, seed }: RehearsalRequest): Promise<RehearsalRun> {
  const { calibration } = upgrade;
  using world = await openVirtualWorld({
    seed,
    behaviour: behaviourOf(facts),
    ...(calibration === undefined ? {} : { calibration }),
  });
  const site = await buildSite(world, facts, upgrade);
  const { target, notes, offered, nodeNames } = site.active;
  const version = modelVersion(upgrade.version, offered).version;
  const stood = await world.run(() => target.capability("upgrades").facts());
  const pools = upgrade.pools ?? stood.pools.map(({ name }) => name);
  const found = checkCluster(stood, { version, pools });
  const startMs = world.clock.now();
  const { outcome, entries } = await world.run(() => drive(world, site, { ...upgrade, version }));
  const endMs = world.clock.now();
  const clusters = watchedClusters(site, facts, upgrade);
  const watched = watchUpgrade({ clusters, trace: world.kernel.trace.records(), startMs, endMs });
  const extra = version === upgrade.version ? [] : [`${upgrade.version} is modelled as ${version}`];
  return {
    seed,
    minutes: rounded((endMs - startMs) / minuteMs),
    steps: stepsOf(entries),
    outcome,
    findings: found.map((finding) => renamed(finding, nodeNames)),
    notes: [...new Set([...notes, ...(site.second?.notes ?? []), ...extra])],
    ...watched,
  };
}

function watchedClusters(
  { active, second }: RehearsedSite,
  facts: ClusterFacts,
  upgrade: RehearsedUpgrade,
): readonly WatchedCluster[] {
  const watched = (name: string, { workloads, nodeNames }: ModelledCluster, { pools }: ClusterFacts) => {
    return { name, workloads, nodeNames, pools };
  };
  return [
    watched(activeName, active, facts),
    second
      ? watched(secondName, second, secondFacts(upgrade, facts))
      : { name: secondName, workloads: active.workloads, nodeNames: new Map(), pools: [] },
  ];
}

interface Driven {
  readonly outcome: RehearsalOutcome;
  readonly entries: readonly JournalEntry[];
}

async function drive(world: VirtualWorld, site: RehearsedSite, upgrade: RehearsedUpgrade): Promise<Driven> {
  const plan = await planInModel(site, upgrade);
  const journal = createMemoryJournal();
  const running = runUpgrade(
    {
      clock: world.clock,
      journal,
      by: "rehearsal",
      connect: site.connect,
      switcher: (reference) => world.connectSwitcher(reference),
      // What stands against it is told beside: here it is seen what comes of it.
      check: async () => [],
      gates: { command: async () => ({ passed: true, evidence: "" }), metric: async () => 0 },
      pollMs: 10_000,
    },
    plan,
  );
  try {
    const outcome = ended((await running.result()).phase);
    return { outcome, entries: await journal.read() };
  } catch (error) {
    if (!(error instanceof FairwayError)) throw error;
    const entries = await journal.read();
    const step = entries.findLast((entry) => entry.type === "failed")?.step ?? "";
    return { outcome: { kind: "failed", step, code: error.code, message: error.message }, entries };
  }
}

async function planInModel(
  { active, second, secondAddress, switcher, convergenceMs }: RehearsedSite,
  upgrade: RehearsedUpgrade,
): Promise<UpgradePlan> {
  const planned = async ({ address, target }: ModelledCluster): Promise<PlannedTarget> => {
    return { address, facts: await target.capability("upgrades").facts() };
  };
  const other = second ? await planned(second) : { address: secondAddress, host: entranceOf(secondName) };
  return planOf(upgrade, await planned(active), other, { switcher, convergenceMs });
}

function ended(phase: UpgradePhase): RehearsalOutcome {
  if (phase.kind === "finished") return { kind: "finished" };
  throw new Error(`A rehearsal without gates has ended ${phase.kind}.`);
}

function stepsOf(entries: readonly JournalEntry[]): RehearsalRun["steps"] {
  const begun = new Map<string, number>();
  return entries.flatMap((entry) => {
    if (entry.type === "begun" && !begun.has(entry.step)) begun.set(entry.step, Date.parse(entry.at));
    if (entry.type !== "done") return [];
    const fromMs = begun.get(entry.step) ?? Date.parse(entry.at);
    return [{ step: entry.step, minutes: rounded((Date.parse(entry.at) - fromMs) / minuteMs) }];
  });
}

function renamed(finding: Finding, names: ReadonlyMap<string, string>): Finding {
  const [kind, name = ""] = finding.subject.split(" ");
  const known = kind === "node" ? names.get(name) : undefined;
  return known === undefined ? finding : { ...finding, subject: `node ${known}` };
}
