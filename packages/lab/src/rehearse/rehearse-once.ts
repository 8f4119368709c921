import { FairwayError, type Finding } from "@fairway/model";
import { type ClusterFacts, type ClusterStrategy, makePlan, runUpgrade, type UpgradePhase } from "@fairway/sdk";
import { createMemoryJournal } from "../virtual/memory-journal.ts";
import { openVirtualWorld, type VirtualWorld } from "../virtual/world.ts";
import { behaviourOf } from "./behaviour.ts";
import { buildCluster, type ModelledCluster } from "./build-cluster.ts";
import { modelVersion } from "./model-terms.ts";
import { type WatchedUpgrade, watchUpgrade } from "./watch-upgrade.ts";

export interface RehearsedUpgrade {
  readonly strategy: RehearsedStrategy;
  readonly version: string;
  readonly pools?: readonly string[];
}

/** Those that need nothing beside the cluster itself. */
export const rehearsedStrategies = [
  "in-place",
  "node-pool",
  "pool-blue-green",
] as const satisfies readonly ClusterStrategy[];

export type RehearsedStrategy = (typeof rehearsedStrategies)[number];

export interface RehearsalRun extends WatchedUpgrade {
  readonly seed: string;
  readonly minutes: number;
  readonly outcome: RehearsalOutcome;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

export type RehearsalOutcome =
  | { readonly kind: "finished" }
  | { readonly kind: "failed"; readonly step: string; readonly code: string; readonly message: string };

/** The upgrade of the snapshot's cluster, once, in a virtual world of its own. */
export async function rehearseOnce(
  facts: ClusterFacts,
  upgrade: RehearsedUpgrade,
  seed: string,
): Promise<RehearsalRun> {
  using world = await openVirtualWorld({ seed, behaviour: behaviourOf(facts) });
  const built = await world.run(() => buildCluster(world, facts));
  const version = modelVersion(upgrade.version, built.offered).version;
  const { target, notes } = built;
  const only = upgrade.pools === undefined ? {} : { pools: upgrade.pools };
  const found = await world.run(() => target.capability("preflight").check({ version, ...only }));
  const startMs = world.clock.now();
  const outcome = await world.run(() => drive(world, built, { ...upgrade, version }));
  const endMs = world.clock.now();
  const watched = watchUpgrade({
    workloads: built.workloads,
    pools: facts.pools,
    nodeNames: built.nodeNames,
    trace: world.kernel.trace.records(),
    startMs,
    endMs,
  });
  const minutes = Math.round((endMs - startMs) / 600) / 100;
  const findings = found.findings.map((finding) => renamed(finding, built.nodeNames));
  const extra = version === upgrade.version ? [] : [`${upgrade.version} is modelled as ${version}`];
  return { seed, minutes, outcome, findings, notes: [...notes, ...extra], ...watched };
}

async function drive(
  world: VirtualWorld,
  { target, address }: ModelledCluster,
  { strategy, version, pools }: RehearsedUpgrade,
): Promise<RehearsalOutcome> {
  const facts = await target.capability("upgrades").facts();
  const plan = makePlan({ strategy, version, ...(pools === undefined ? {} : { pools }) }, { address, facts });
  const journal = createMemoryJournal();
  const upgrade = runUpgrade(
    {
      clock: world.clock,
      journal,
      by: "rehearsal",
      connect: async () => target,
      // What stands against it is told beside: here it is seen what comes of it.
      check: async () => [],
      gates: { command: async () => ({ passed: true, evidence: "" }), metric: async () => 0 },
      pollMs: 10_000,
    },
    plan,
  );
  try {
    return ended((await upgrade.result()).phase);
  } catch (error) {
    if (!(error instanceof FairwayError)) throw error;
    const step = (await journal.read()).findLast((entry) => entry.type === "failed");
    return {
      kind: "failed",
      step: step?.type === "failed" ? step.step : "",
      code: error.code,
      message: error.message,
    };
  }
}

function ended(phase: UpgradePhase): RehearsalOutcome {
  if (phase.kind === "finished") return { kind: "finished" };
  throw new Error(`A rehearsal without gates has ended ${phase.kind}.`);
}

function renamed(finding: Finding, names: ReadonlyMap<string, string>): Finding {
  const [kind, name = ""] = finding.subject.split(" ");
  const known = kind === "node" ? names.get(name) : undefined;
  return known === undefined ? finding : { ...finding, subject: `node ${known}` };
}
