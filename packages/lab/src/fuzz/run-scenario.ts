import { FairwayError } from "@fairway/model";
import {
  type DeploymentTarget,
  makeMaintenancePlan,
  makePlan,
  makeReleasePlan,
  readUpgrade,
  resumeUpgrade,
  rollBackUpgrade,
  runUpgrade,
  stopUpgrade,
  type UpgradePlan,
  type UpgradePorts,
  type UpgradeState,
} from "@fairway/sdk";
import { createMemoryJournal, type MemoryJournal } from "../virtual/memory-journal.ts";
import { type Call, startProcess, type VirtualProcess } from "../virtual/process.ts";
import { armFaults } from "./arm-faults.ts";
import { buildWorld, describe, type FuzzWorld } from "./build-world.ts";
import { checkEnd, checkTrace, watchWeights } from "./checkers.ts";
import type { Scenario, Violation } from "./scenario.ts";

export interface ScenarioRun {
  readonly violations: readonly Violation[];
  /** How it ended: `finished`, `failed upgrade-blocked`. */
  readonly end: string;
  readonly processes: number;
  /** What the processes said at their end, one after another. */
  readonly log: readonly string[];
}

export interface RunOptions {
  /** Breaks something on purpose, to see whether it is found. */
  readonly sabotage?: (target: DeploymentTarget) => DeploymentTarget;
}

/** One adventure, from a sound platform to the end of its upgrade; the same scenario gives the same run. */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<ScenarioRun> {
  const unhandled: Violation[] = [];
  const note = (error: unknown): void =>
    void unhandled.push({ checker: "bug", message: `unhandled: ${textOf(error)}` });
  // It would have ended the process of a user.
  process.on("unhandledRejection", note);
  try {
    using built = await buildWorld(scenario);
    const run = await new Adventure(scenario, options, built).run();
    return { ...run, violations: [...run.violations, ...unhandled] };
  } catch (error) {
    // Whatever is no answer of ours: an assertion of the kernel, of a controller, of the SDK.
    return {
      violations: [{ checker: "bug", message: textOf(error) }, ...unhandled],
      end: "bug",
      processes: 0,
      log: [],
    };
  } finally {
    process.off("unhandledRejection", note);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** With faults in force nobody promises an end; from the next process on they are healed. */
const processesInTrouble = 5;
const processesAfterwards = 6;
/** No process drives longer than this: eight hours of maintenance, a week until they begin, and something more. */
const longestProcessMs = 9 * 24 * 3_600_000;
const pauseMs = 2 * 60_000;

class Adventure {
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #built: FuzzWorld;
  readonly #journal: MemoryJournal = createMemoryJournal();
  readonly #log: string[] = [];
  readonly #violations: Violation[] = [];
  #processes = 0;
  /** Of the process that runs. */
  #writes = 0;
  #startMs = 0;
  #isHealed = false;

  constructor(scenario: Scenario, options: RunOptions, built: FuzzWorld) {
    [this.#scenario, this.#options, this.#built] = [scenario, options, built];
  }

  async run(): Promise<ScenarioRun> {
    const { world } = this.#built;
    const plan = await world.run(() => this.#plan());
    const from = world.kernel.trace.records().length;
    const stopWatching = watchWeights(world.azure.dataPlane, (message) =>
      this.#violations.push({ checker: "weights", message }),
    );
    this.#startMs = world.clock.now();
    const heal = armFaults(world, this.#scenario);
    this.#arrangeAsks();
    await this.#drive(plan, processesInTrouble);
    heal();
    this.#isHealed = true;
    await world.run(() => world.wait(10 * 60_000));
    await this.#drive(plan, processesAfterwards);
    const state = await readUpgrade({ journal: this.#journal });
    await world.run(() => world.wait(30 * 60_000));
    stopWatching();
    this.#checkRest(state);
    this.#violations.push(...checkTrace(world.kernel.trace.records(), from, this.#scenario));
    if (state) this.#violations.push(...(await world.run(() => checkEnd(this.#built.observer, state, this.#scenario))));
    return { violations: this.#violations, end: endText(state), processes: this.#processes, log: this.#log };
  }

  /** Process after process, until it is over or so many have been at it. */
  async #drive(plan: UpgradePlan, most: number): Promise<void> {
    for (let count = 0; count < most; count += 1) {
      const state = await readUpgrade({ journal: this.#journal });
      if (state && isOver(state) && !this.#goesBack(state)) return;
      await this.#oneProcess(plan, state);
      await this.#built.world.run(() => this.#built.world.wait(pauseMs));
    }
  }

  #goesBack({ phase, isRollingBack }: UpgradeState): boolean {
    const { backAfter } = this.#scenario;
    return backAfter !== undefined && this.#processes >= backAfter && !isRollingBack && phase.kind !== "rolled-back";
  }

  async #oneProcess(plan: UpgradePlan, state: UpgradeState | undefined): Promise<void> {
    const { world, address } = this.#built;
    this.#processes += 1;
    this.#writes = 0;
    const process = startProcess(world, (call) => this.#fateOf(call));
    const ports = this.#ports(process);
    const begin = () => {
      if (!state) return runUpgrade(ports, plan);
      return this.#goesBack(state) ? rollBackUpgrade(ports, address) : resumeUpgrade(ports, address);
    };
    const outcome = await world.run(() =>
      Promise.race([
        begin()
          .result()
          .then(({ phase }) => phase.kind, said),
        process.killed.then(() => "killed"),
        world.wait(longestProcessMs).then(() => "drives for ever"),
      ]),
    );
    this.#journal.abandon();
    this.#log.push(`${new Date(world.clock.now()).toISOString()} process ${this.#processes}: ${outcome}`);
    if (outcome === "drives for ever") {
      this.#violations.push({ checker: "rest", message: `Process ${this.#processes} has been driving for nine days.` });
    }
    if (outcome.startsWith("bug: ")) this.#violations.push({ checker: "bug", message: outcome.slice(5) });
  }

  #fateOf({ number, method, url }: Call) {
    const isWrite = method !== "GET" && !url.includes("listClusterUserCredential");
    if (isWrite) this.#writes += 1;
    const decided = this.#scenario.calls.find(
      (one) =>
        one.process === this.#processes &&
        (one.of === "all" ? one.number === number : isWrite && one.number === this.#writes),
    );
    return decided?.fate ?? "answered";
  }

  #arrangeAsks(): void {
    const { world, address } = this.#built;
    for (const { minutes, what } of this.#scenario.asks) {
      world.kernel.clock.after(minutes * 60_000, () => {
        // Refused when nothing is there to stop.
        void stopUpgrade(this.#ports(startProcess(world)), address, what).catch(() => undefined);
      });
    }
  }

  #ports(process: VirtualProcess): UpgradePorts {
    const { sabotage = (target) => target } = this.#options;
    return {
      clock: process.clock,
      journal: process.open(this.#journal),
      by: `process ${this.#processes}`,
      connect: async (address) => sabotage(await process.connect(address)),
      app: async (name) => describe(this.#appNamed(name), "2"),
      check: async (target, upgrade) => (await target.capability("preflight").check(upgrade)).findings,
      gates: { command: async () => ({ passed: true, evidence: "" }), metric: async () => this.#metric() },
      pollMs: this.#scenario.strategy === "maintenance" ? 5 * 60_000 : 10_000,
    };
  }

  #metric(): number {
    const minute = (this.#built.world.clock.now() - this.#startMs) / 60_000;
    const { from = 0, to = 0 } = this.#scenario.badMetric ?? {};
    return minute >= from && minute < to && !this.#isHealed ? 1 : 0;
  }

  async #plan(): Promise<UpgradePlan> {
    const { observer, address } = this.#built;
    const { strategy, apps, pools, hasSpares, badMetric } = this.#scenario;
    const gates = badMetric ? [{ kind: "metric", query: "errors", comparison: "<", bound: 1 } as const] : [];
    if (strategy === "revision") {
      const app = describe(this.#appNamed(apps[0]?.name ?? ""), "2");
      return makeReleasePlan(
        { steps: [10, 50, 100], bakeMinutes: 2, gates },
        { address, app, deploy: await observer.plan(app) },
      );
    }
    if (strategy === "maintenance") {
      const replicas = await observer.capability("maintenance").replicas();
      const hours = { weekDay: "Tuesday", startHour: 1, durationHours: 8 } as const;
      return makeMaintenancePlan({ hours, gates }, { address, hours: undefined, replicas });
    }
    const upgrades = observer.capability("upgrades");
    const version = (await upgrades.available()).filter(({ isPreview }) => !isPreview).at(-1)?.version ?? "";
    const spares = hasSpares === true ? { spares: pools.map(({ name }) => name) } : {};
    return makePlan({ strategy, version, gates, ...spares }, { address, facts: await upgrades.facts() });
  }

  #appNamed(name: string): Scenario["apps"][number] {
    const found = this.#scenario.apps.find((app) => app.name === name);
    if (!found) throw new Error(`The scenario has no app ${name}.`);
    return found;
  }

  #checkRest(state: UpgradeState | undefined): void {
    if (!state) this.#violations.push({ checker: "rest", message: "Nothing has ever begun." });
    else if (!isOver(state) && !isNamed(state, this.#scenario)) {
      const message = `It comes to no rest after all faults are healed: it is ${endText(state)}.\n${this.#log.join("\n")}`;
      this.#violations.push({ checker: "rest", message });
    }
  }
}

function said(error: unknown): string {
  if (error instanceof FairwayError && error.code !== "platform") return `${error.code}: ${error.message}`;
  const cause = error instanceof FairwayError ? error.cause : error;
  // The platform may say what it likes; what is no answer of it is a bug of ours.
  if (error instanceof FairwayError && !(cause instanceof TypeError || cause instanceof RangeError)) {
    return `${error.code}: ${error.message}`;
  }
  return `bug: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`;
}

export function isOver({ phase }: Pick<UpgradeState, "phase">): boolean {
  return phase.kind === "finished" || phase.kind === "rolled-back";
}

/** A machine that is lost for good stays lost, and one that Azure has set aside stays so: it says so, and waits for a person. */
function isNamed({ phase }: UpgradeState, { faults, pools }: Scenario): boolean {
  if (phase.kind !== "failed" || phase.error.hint === "") return false;
  const isSetAside = phase.error.message.startsWith("Azure has set nodes aside");
  return (
    faults.some(({ kind }) => kind === "node-lost") ||
    (isSetAside && pools.some(({ undrainable }) => undrainable === "Cordon"))
  );
}

function endText(state: UpgradeState | undefined): string {
  if (!state) return "not begun";
  const { phase } = state;
  return phase.kind === "failed" ? `failed at ${phase.step}: ${phase.error.code}: ${phase.error.message}` : phase.kind;
}
