import type { CalibrationChanges } from "@fairway/emulator";
import { clusterOf, type DeploymentTarget, type SwitcherReference } from "@fairway/sdk";
import { type CheckedResource, checkedResources } from "../checkers/checker.ts";
import { UpgradeCheckers } from "../checkers/upgrade-checkers.ts";
import type { TraceName } from "../traffic/traces.ts";
import { type IncidentName, incidents } from "./all-incidents.ts";
import { behaviourOf } from "./app-behaviour.ts";
import type { AssumptionChanges } from "./assumptions.ts";
import { endStateOf } from "./end-state.ts";
import { createMemoryJournal } from "./memory-journal.ts";
import { NodeWatch } from "./node-watch.ts";
import { isBelowObjective, Payments } from "./payments.ts";
import { People } from "./people.ts";
import { addressOfCluster, type ClusterName, clusterNames, environmentName, groupName, profileName } from "./places.ts";
import type { EndState, MinuteOfPayments, Outcome, TimelineEntry, TrialRecord } from "./record.ts";
import { type SavedWorldKey, savedWorld, worldStartMs } from "./saved-world.ts";
import { clearFaults, type Site } from "./site.ts";
import { type PreparedStrategy, type StrategyEnd, type StrategyName, strategies } from "./strategy.ts";
import { type TopologyName, topologyOf } from "./topology.ts";
import { openVirtualWorld, type VirtualWorld } from "./world.ts";

/** What happens to whom. */
export interface Scenario {
  readonly topology: TopologyName;
  readonly incident: IncidentName;
  /** When how many payments come. Default flat. */
  readonly traffic?: TraceName;
}

export interface TrialRequest {
  readonly scenario: Scenario;
  readonly strategy: StrategyName;
  readonly seed: number;
  /** Durations and chances of another world. What is not named stays as it is. */
  readonly calibration?: CalibrationChanges;
  readonly assumptions?: AssumptionChanges;
  /** Whether the record tells node by node and minute by minute what happened. Default no. */
  readonly timeline?: boolean;
}

/** How often the SDK looks at Azure: nobody sits before it. */
const pollMs = 60_000;
/** Pods of a restored cluster go on; all that has to be found out anew is which of them can be reached. */
const warmUpMs = 30_000;
/** Container Apps starts its replicas anew. */
const restartMs = 5 * 60_000;
/** After the end and after all faults everything comes to rest. */
const restMs = 15 * 60_000;
/** Then the trial ends, whatever is still going on. */
const longestMs = 72 * 3_600_000;
/** What goes on after the last step is watched for so long. */
const longestAftermathMinutes = 24 * 60;
/** So many minutes in a row below the objective, and somebody is called. */
const alertMinutes = 5;

/** One upgrade of one platform in virtual time, from the same world for every seed. The same request gives the same record. */
export async function runTrial(request: TrialRequest): Promise<TrialRecord> {
  const { scenario, strategy: strategyName, seed } = request;
  const topology = topologyOf(scenario.topology);
  const strategy = strategies[strategyName];
  const { budgets, clusters, weights } = strategy;
  const [active] = clusterNames;
  const text = await savedWorld(worldOf(scenario.topology, strategyName));
  const azure = (): VirtualWorld["azure"] => world.azure;
  using world = await openVirtualWorld({
    seed,
    startMs: worldStartMs,
    pollMs,
    behaviour: behaviourOf(topology, azure),
    ...(request.calibration ? { calibration: request.calibration } : {}),
  });
  const checkers = checkersOf(world);
  await world.azure.importState(text, { shuffle: world.kernel.random.stream("lab/placement") });
  world.kernel.runFor(strategy.platform ? restartMs : warmUpMs);
  const site = await siteOf(world, {
    topology,
    ...(request.assumptions ? { assumptions: request.assumptions } : {}),
    budgets,
    clusters: strategy.platform ? [environmentName] : clusters === 1 ? [active] : clusterNames,
    clustersPerRegion: strategy.secondLocation === undefined ? clusters : 1,
    ...(weights ? { switcher: switcherOf(world) } : {}),
  });
  // Loads its library, which takes real time: not while virtual time runs.
  if (site.switcher) await world.connectSwitcher(site.switcher);
  return await world.run(() => new Trial(request, site, checkers).run());
}

function switcherOf({ azure }: VirtualWorld): SwitcherReference {
  const routes = clusterNames.map((name): [string, string] => [name, clusterOf(addressOfCluster(azure, name))]);
  return { address: `tm://${azure.subscriptionId}/${groupName}/${profileName}`, routes: Object.fromEntries(routes) };
}

/** They see everything from the first moment, since they count for themselves. */
function checkersOf({ azure, kernel }: VirtualWorld): UpgradeCheckers {
  const checkers = new UpgradeCheckers(() => kernel.clock.now());
  kernel.trace.follow((record) => checkers.onRecord(record));
  for (const [resource, group] of Object.entries(checkedResources)) {
    azure.onObject({ group, resource }, (cluster, { type, object }) => {
      const change = { cluster, resource: resource as CheckedResource, isGone: type === "DELETED", object };
      checkers.onChange({ ...change, atMs: kernel.clock.now() });
    });
  }
  return checkers;
}

/** The world that trials of a strategy begin in. */
export function worldOf(topology: TopologyName, strategy: StrategyName): SavedWorldKey {
  const { story: _story, title: _title, prepare: _prepare, ...world } = strategies[strategy];
  return { key: JSON.stringify([topology, world]), topology, ...world };
}

class Trial {
  readonly #request: TrialRequest;
  readonly #site: Site;
  readonly #people: People;
  readonly #nodes: NodeWatch;
  readonly #payments: Payments;
  readonly #checkers: UpgradeCheckers;
  readonly #timeline: TimelineEntry[] = [];
  #minutesBelow = 0;

  constructor(request: TrialRequest, site: Site, checkers: UpgradeCheckers) {
    this.#request = request;
    this.#site = site;
    this.#checkers = checkers;
    const { incident } = request.scenario;
    this.#people = new People(site, incidents[incident], (what) => this.#tell({ kind: "person", what }));
    this.#nodes = new NodeWatch(site.world, (change) => this.#tell({ kind: "node", ...change }));
    this.#payments = new Payments(site, request.scenario.traffic ?? "flat", (minute) => this.#seeMinute(minute));
    site.world.kernel.trace.follow(({ kind, data }) => {
      if (kind === "fault.injected") this.#tell({ kind: "fault", fault: String(data["kind"]), state: "begins" });
      if (kind === "fault.ended") this.#tell({ kind: "fault", fault: String(data["kind"]), state: "ends" });
      if (kind !== "node.eviction-blocked") return;
      this.#tell({ kind: "eviction-blocked", pod: String(data["pod"]), why: String(data["why"]) });
    });
  }

  async run(): Promise<TrialRecord> {
    const { scenario, strategy, seed, timeline } = this.#request;
    const prepared = await strategies[strategy].prepare(this.#site);
    if (timeline) await this.#showNodes();
    incidents[scenario.incident].begin(this.#site, prepared);
    const { journal, steps } = this.#journal(prepared);
    const end = await this.#untilTheEnd(prepared, journal);
    const durationMs = this.#nowMs();
    const reversibleUntilMs = steps.reversibleUntilMs;
    await this.#untilCalm();
    this.#site.end.hasCome = true;
    clearFaults(this.#site);
    this.#site.onlyRoute.isBroken = false;
    await this.#site.world.wait(restMs);
    const endState = await endStateOf(this.#site, prepared.version, end);
    const outcome = outcomeOf(endState, prepared, end);
    this.#checkers.atEnd({ outcome, endState });
    return {
      schemaVersion: 1,
      topology: scenario.topology,
      incident: scenario.incident,
      strategy,
      seed,
      outcome,
      durationMs,
      ...this.#payments.result(),
      peakExtraNodes: this.#nodes.peakExtra,
      extraNodeHours: this.#nodes.extraHours,
      steps: steps.taken,
      people: this.#people.counts,
      reversibleUntilMs,
      violations: this.#checkers.violations.map((one) => ({ ...one, atMs: one.atMs - this.#site.startMs })),
      endState,
      ...(timeline ? { timeline: this.#timeline } : {}),
    };
  }

  async #showNodes(): Promise<void> {
    for (const cluster of this.#site.clusters) {
      const target = await this.#site.target(cluster);
      if (!target.supports("upgrades")) continue;
      const { nodes } = await target.capability("upgrades").status();
      this.#nodes.begin(
        nodes.map(({ name, version, ready }) => ({ node: name, version, state: ready ? "ready" : "not-ready" })),
      );
    }
  }

  async #untilTheEnd(
    prepared: PreparedStrategy,
    journal: ReturnType<typeof createMemoryJournal>,
  ): Promise<StrategyEnd | undefined> {
    const ended = new AbortController();
    const deadline = this.#site.world.clock.sleep(longestMs, ended.signal).catch(() => undefined);
    try {
      return await Promise.race([
        prepared.run({ site: this.#site, people: this.#people, journal }),
        deadline.then(() => undefined),
      ]);
    } finally {
      ended.abort();
    }
  }

  /** What has begun is lived through to its end: payments that fail, and people who mend it. */
  async #untilCalm(): Promise<void> {
    let calmMinutes = 0;
    for (let minute = 0; minute < longestAftermathMinutes && calmMinutes <= alertMinutes; minute += 1) {
      await this.#site.world.wait(60_000);
      calmMinutes = this.#minutesBelow === 0 && !this.#people.isAtWork ? calmMinutes + 1 : 0;
    }
  }

  #journal({ steps: plan }: PreparedStrategy) {
    const noReturn = new Set(plan.filter((step) => step.noReturn !== undefined).map(({ id }) => id));
    const steps = { taken: 0, reversibleUntilMs: null as number | null };
    const journal = createMemoryJournal((entry) => {
      if (!("step" in entry)) return;
      this.#tell({ kind: "step", step: entry.step, state: entry.type });
      if (entry.type === "done") {
        steps.taken += 1;
        this.#people.countStep();
      }
      if (entry.type === "begun" && noReturn.has(entry.step)) steps.reversibleUntilMs ??= this.#nowMs();
    });
    return { journal, steps };
  }

  #seeMinute(minute: MinuteOfPayments): void {
    this.#tell({ kind: "traffic", minute });
    this.#minutesBelow = isBelowObjective(minute) ? this.#minutesBelow + 1 : 0;
    if (this.#minutesBelow === alertMinutes) void this.#people.call("payments fail");
  }

  #nowMs(): number {
    return this.#site.world.kernel.clock.now() - this.#site.startMs;
  }

  #tell(entry: Untimed<TimelineEntry>): void {
    if (this.#request.timeline) this.#timeline.push({ atMs: this.#nowMs(), ...entry } as TimelineEntry);
  }
}

type Untimed<T> = T extends unknown ? Omit<T, "atMs"> : never;

function outcomeOf(
  { clusters, phase }: EndState,
  { version }: PreparedStrategy,
  end: StrategyEnd | undefined,
): Outcome {
  if (phase === "rolled-back") return "rolled-back";
  // A platform without versions is maintained, or is not.
  if (clusters.length === 0 && end !== undefined) return phase === "finished" ? "upgraded" : "failed";
  const parts = clusters.flatMap((cluster) => [
    cluster.version === version,
    ...cluster.pools.flatMap(({ nodes, upgraded }) => [upgraded > 0, upgraded === nodes]),
  ]);
  if (parts.every(Boolean) && end !== undefined) return "upgraded";
  if (end === undefined) return "stuck";
  return parts.some(Boolean) ? "half-upgraded" : "failed";
}

type SiteParts = Pick<Site, "topology" | "budgets" | "clusters" | "clustersPerRegion" | "switcher" | "assumptions">;

async function siteOf(world: VirtualWorld, parts: SiteParts): Promise<Site> {
  const targets = new Map<ClusterName, Promise<DeploymentTarget>>();
  return {
    ...parts,
    world,
    pollMs,
    onlyRoute: { isBroken: false },
    end: { hasCome: false },
    startMs: world.kernel.clock.now(),
    stream: (purpose) => world.kernel.random.stream(`lab/${purpose}`),
    target(cluster) {
      const target = targets.get(cluster) ?? world.connect(addressOfCluster(world.azure, cluster));
      targets.set(cluster, target);
      target.catch(() => targets.delete(cluster));
      return target;
    },
  };
}
