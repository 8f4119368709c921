import {
  type DeploymentTarget,
  FairwayError,
  type Journal,
  type JournalEntry,
  type Operation,
  readUpgrade,
  resumeUpgrade,
  rollBackUpgrade,
  stopUpgrade,
  type UpgradePorts,
  type UpgradeState,
} from "@fairway/sdk";
import { createMemoryJournal, type MemoryJournal } from "../virtual/memory-journal.ts";
import { type Call, type CallFate, startProcess, type VirtualProcess } from "../virtual/process.ts";
import { describe, type FuzzWorld } from "./build-world.ts";
import { withFates } from "./entry-fates.ts";
import { appNamed } from "./plan-scenario.ts";
import type { RunOptions } from "./run-scenario.ts";
import type { Scenario, Violation } from "./scenario.ts";
import { JournalWatch } from "./watch/journal.ts";

/** No process drives longer than this: eight hours of maintenance, a week until they begin, and something more. */
const longestProcessMs = 9 * 24 * 3_600_000;
/** A journal may be taken from who has been silent for so long. */
const silenceMs = 30_000;
const againMs = 5 * 60_000;
const mostTries = 10;

export type Begin = (ports: UpgradePorts) => Operation<UpgradeState>;

/** Those who drive the upgrade of a scenario, one after another or at the same time, and what becomes of them. */
export class Drivers {
  readonly log: string[] = [];
  readonly violations: Violation[] = [];
  /** What the scenario has in store for them, and happened. */
  readonly struck = new Set<string>();
  /** Processes that the scenario decides about, without rivals. */
  count = 0;
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #built: FuzzWorld;
  readonly #journal: MemoryJournal;
  readonly #watch: JournalWatch;
  readonly #active = new Set<Promise<void>>();
  readonly #startMs: number;
  #clockOffsetMs = 0;
  #rivalsToCome = 0;
  #isHealed = false;

  constructor(scenario: Scenario, options: RunOptions, built: FuzzWorld) {
    [this.#scenario, this.#options, this.#built] = [scenario, options, built];
    this.#startMs = built.world.kernel.clock.now();
    this.#watch = new JournalWatch((checker, message) => this.violations.push({ checker, message }));
    this.#journal = createMemoryJournal((entry: JournalEntry) => {
      options.onEntry?.(entry);
      this.#watch.onEntry(entry);
    }, built.world.kernel.clock);
  }

  state(): Promise<UpgradeState | undefined> {
    return readUpgrade({ journal: this.#journal });
  }

  /** From now on nothing goes wrong any more. */
  heal(): void {
    this.#isHealed = true;
  }

  /** What happens by the clock: people who ask, people who drive, clocks that are set. */
  arrange(): void {
    const { asks, rivals, jumps } = this.#scenario;
    for (const [index, { minutes, what }] of asks.entries()) {
      this.#after(minutes, async () => {
        const ports = this.#ports(startProcess(this.#built.world), `person ${index + 1}`);
        // Refused when nothing is there to stop.
        const asked = await stopUpgrade(ports, this.#built.address, what).catch(() => undefined);
        if (asked) this.struck.add(what);
      });
    }
    for (const [index, rival] of rivals.entries()) {
      this.#rivalsToCome += 1;
      this.#after(rival.minutes, () => this.#rival(`rival ${index + 1}`, rival));
    }
    for (const { minutes, by } of jumps) {
      this.#after(minutes, async () => {
        this.#clockOffsetMs += by * 60_000;
        this.struck.add(by < 0 ? "clock back" : "clock forward");
      });
    }
  }

  /** One more process; resolves when it has ended, was killed, or stands still. */
  async drive(begin: Begin): Promise<string> {
    const { world } = this.#built;
    this.count += 1;
    const number = this.count;
    const by = `process ${number}`;
    const process = this.#start(by, this.#fates(number));
    const ended = this.#endOf(by, process, begin, number);
    const outcome = await Promise.race([ended, process.frozen.then(() => "frozen")]);
    if (outcome !== "frozen") return outcome;
    this.#remember(ended.then(() => undefined));
    await world.wait(silenceMs);
    this.#journal.abandon(by);
    return outcome;
  }

  /** Waits for those who drive beside. */
  async settle(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active);
  }

  /** And for those who are still to come. */
  async settleAll(): Promise<void> {
    while (this.#rivalsToCome > 0) await this.#built.world.wait(againMs);
    await this.settle();
  }

  #after(minutes: number, work: () => Promise<void>): void {
    this.#built.world.kernel.clock.after(minutes * 60_000, () => this.#remember(work()));
  }

  #remember(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.#active.delete(tracked));
    this.#active.add(tracked);
  }

  async #rival(by: string, { what, insists }: Scenario["rivals"][number]): Promise<void> {
    const { world, address } = this.#built;
    this.#rivalsToCome -= 1;
    for (let tries = 1; ; tries += 1) {
      const process = this.#start(by, () => "answered");
      const outcome = await this.#endOf(by, process, (ports) =>
        what === "resume" ? resumeUpgrade(ports, address) : rollBackUpgrade(ports, address),
      );
      if (!outcome.startsWith("lease-held")) {
        this.struck.add(`rival ${what}`);
        return;
      }
      this.struck.add("rival held off");
      if (!insists || tries === mostTries) return;
      await world.wait(againMs);
    }
  }

  async #endOf(by: string, process: VirtualProcess, begin: Begin, number?: number): Promise<string> {
    const { world } = this.#built;
    const outcome = await Promise.race([
      begin(this.#ports(process, by, number))
        .result()
        .then(({ phase }) => phase.kind, said),
      process.killed.then(() => "killed"),
      world.wait(longestProcessMs).then(() => "drives for ever"),
    ]);
    process.end();
    this.#journal.abandon(by);
    this.log.push(`${new Date(world.clock.now()).toISOString()} ${by}: ${outcome}`);
    if (outcome === "drives for ever") {
      this.violations.push({ checker: "rest", message: `${by} has been driving for nine days.` });
    }
    if (outcome.startsWith("bug: ")) this.violations.push({ checker: "bug", message: outcome.slice(5) });
    return outcome;
  }

  #start(by: string, fate: (call: Call) => CallFate): VirtualProcess {
    const watched = (call: Call): CallFate => {
      if (isWrite(call)) this.#watch.onWrite(by, call);
      return fate(call);
    };
    return startProcess(this.#built.world, watched, () => this.#clockOffsetMs);
  }

  #fates(process: number): (call: Call) => CallFate {
    let writes = 0;
    return (call) => {
      if (isWrite(call)) writes += 1;
      const decided = this.#scenario.calls.find(
        (one) =>
          one.process === process &&
          (one.of === "all" ? one.number === call.number : isWrite(call) && one.number === writes),
      );
      if (!decided) return "answered";
      this.struck.add(decided.fate);
      return decided.fate === "frozen" ? { frozenMs: (decided.minutes ?? 1) * 60_000 } : decided.fate;
    };
  }

  get #pollMs(): number {
    return this.#scenario.strategy === "maintenance" ? 5 * 60_000 : 10_000;
  }

  #ports(process: VirtualProcess, by: string, number?: number): UpgradePorts {
    const { sabotage = (target: DeploymentTarget) => target, sabotageJournal = (journal: Journal) => journal } =
      this.#options;
    const entries = this.#scenario.entries.filter((one) => one.process === number);
    const journal = withFates(this.#watch.follow(this.#journal), entries, ({ fate }) => {
      this.struck.add(`entry ${fate}`);
      if (fate === "killed-after") process.end();
    });
    return {
      clock: process.clock,
      journal: sabotageJournal(process.open(journal)),
      by,
      connect: async (address, fence) => sabotage(await process.connect(address, fence)),
      switcher: (reference, fence) => process.connectSwitcher(reference, fence),
      app: async (name) => describe(appNamed(this.#scenario, name), "2"),
      check: async (target, upgrade) => (await target.capability("preflight").check(upgrade)).findings,
      gates: { command: async () => ({ passed: true, evidence: "" }), metric: async () => this.#metric() },
      pollMs: this.#pollMs,
    };
  }

  #metric(): number {
    const minute = (this.#built.world.clock.now() - this.#startMs) / 60_000;
    const { from = 0, to = 0 } = this.#scenario.badMetric ?? {};
    return minute >= from && minute < to && !this.#isHealed ? 1 : 0;
  }
}

/** Asking for credentials, and what one may do, changes nothing. */
function isWrite({ method, url }: Call): boolean {
  return method !== "GET" && !/listClusterUserCredential|subjectaccessreviews/i.test(url) && !url.includes("dryRun=");
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
