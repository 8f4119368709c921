import {
  type DeploymentTarget,
  type Journal,
  type JournalEntry,
  resumeUpgrade,
  rollBackUpgrade,
  runUpgrade,
  type UpgradePlan,
  type UpgradeState,
} from "@fairway/sdk";
import { armFaults } from "./arm-faults.ts";
import { buildWorld, type FuzzWorld } from "./build-world.ts";
import { Drivers } from "./drivers.ts";
import { checkEnd } from "./end-state.ts";
import { planScenario } from "./plan-scenario.ts";
import type { Scenario, Violation } from "./scenario.ts";

export interface ScenarioRun {
  readonly violations: readonly Violation[];
  /** How it ended: `finished`, `failed upgrade-blocked`. */
  readonly end: string;
  readonly processes: number;
  /** What the processes said at their end, one after another. */
  readonly log: readonly string[];
  /** What the scenario had in store, and happened: kinds of faults, fates of calls, what people did. */
  readonly struck: readonly string[];
}

export interface RunOptions {
  /** Breaks something on purpose, to see whether it is found. */
  readonly sabotage?: (target: DeploymentTarget) => DeploymentTarget;
  readonly sabotageJournal?: (journal: Journal) => Journal;
  /** Told of each entry of the journal. */
  readonly onEntry?: (entry: JournalEntry) => void;
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
      struck: [],
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
const pauseMs = 2 * 60_000;

class Adventure {
  readonly #scenario: Scenario;
  readonly #built: FuzzWorld;
  readonly #drivers: Drivers;
  readonly #violations: Violation[] = [];

  constructor(scenario: Scenario, options: RunOptions, built: FuzzWorld) {
    [this.#scenario, this.#built] = [scenario, built];
    this.#drivers = new Drivers(scenario, options, built);
  }

  async run(): Promise<ScenarioRun> {
    const { world, watch } = this.#built;
    const plan = await world.run(() => planScenario(this.#scenario, this.#built));
    const armed = armFaults(world, this.#scenario);
    this.#drivers.arrange();
    await world.run(() => this.#drive(plan, processesInTrouble));
    armed.heal();
    this.#drivers.heal();
    await world.run(async () => {
      await this.#drivers.settleAll();
      await world.wait(10 * 60_000);
      await this.#drive(plan, processesAfterwards);
      await this.#drivers.settle();
      // Somebody who was frozen may have been the last to do anything.
      await this.#drive(plan, 1);
      await world.wait(30 * 60_000);
    });
    const state = await this.#drivers.state();
    watch.end();
    this.#checkRest(state);
    if (state) this.#violations.push(...(await world.run(() => checkEnd(this.#built, state, this.#scenario))));
    const { count, log, struck, violations } = this.#drivers;
    return {
      violations: [...watch.violations, ...violations, ...this.#violations],
      end: endText(state),
      processes: count,
      log,
      struck: [...armed.struck, ...struck],
    };
  }

  /** Process after process, until it is over or so many have been at it. */
  async #drive(plan: UpgradePlan, most: number): Promise<void> {
    const { world, address } = this.#built;
    for (let count = 0; count < most; count += 1) {
      const state = await this.#drivers.state();
      const goesBack = state !== undefined && this.#goesBack(state);
      if (state && isOver(state) && !goesBack) return;
      if (goesBack) this.#drivers.struck.add("goes back");
      const outcome = await this.#drivers.drive((ports) => {
        if (!state) return runUpgrade(ports, plan);
        return goesBack ? rollBackUpgrade(ports, address) : resumeUpgrade(ports, address);
      });
      await world.wait(pauseMs);
      // Whoever finds that somebody else drives waits for the end of that.
      if (outcome.startsWith("lease-held")) await this.#drivers.settle();
    }
  }

  #goesBack({ phase, isRollingBack }: UpgradeState): boolean {
    const { backAfter } = this.#scenario;
    const { count } = this.#drivers;
    return backAfter !== undefined && count >= backAfter && !isRollingBack && phase.kind !== "rolled-back";
  }

  #checkRest(state: UpgradeState | undefined): void {
    if (!state) this.#violations.push({ checker: "rest", message: "Nothing has ever begun." });
    else if (!isOver(state) && !isNamed(state, this.#scenario)) {
      const message = `It comes to no rest after all faults are healed: it is ${endText(state)}.\n${this.#drivers.log.join("\n")}`;
      this.#violations.push({ checker: "rest", message });
    }
  }
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
