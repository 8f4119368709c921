import { FairwayError } from "@fairway/model";
import { asFairwayError } from "../neutral-errors.ts";
import type { Operation } from "../operation.ts";
import type { OperationContext } from "../run-operation.ts";
import type { JournalEntry, JournalLease, NewEntry } from "./journal.ts";
import { clusterOf, type Step } from "./plan.ts";
import { switcherOf, type UpgradePorts } from "./ports.ts";
import { nextStep, stateOf, type UpgradeState } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { takeStep } from "./take-step.ts";
import { undoStep } from "./undo-step.ts";
import { Watch } from "./watch.ts";

/** Drives an upgrade along its journal: nothing is done that is not written down before, and after. */
export class Driver {
  readonly #ports: UpgradePorts;
  readonly #lease: JournalLease;
  readonly #operation: OperationContext;
  readonly #entries: JournalEntry[];
  #asked: "pause" | "abort" | undefined;

  constructor(ports: UpgradePorts, lease: JournalLease, operation: OperationContext, entries: readonly JournalEntry[]) {
    this.#ports = ports;
    this.#lease = lease;
    this.#operation = operation;
    this.#entries = [...entries];
  }

  get state(): UpgradeState {
    const state = stateOf(this.#entries);
    if (!state) throw new Error("There is no plan.");
    return state;
  }

  async write(entry: NewEntry): Promise<void> {
    const dated: JournalEntry = { at: new Date(this.#ports.clock.now()).toISOString(), ...entry };
    await this.#lease.append(dated);
    this.#entries.push(dated);
  }

  /** Takes step after step, to the end, a pause, an abort, or the first failure (which rejects). */
  async forward(): Promise<UpgradeState> {
    for (let step = nextStep(this.state); step; step = nextStep(this.state)) {
      if (await this.#stopIfAsked()) return this.state;
      if (step.action.kind === "gate" && step.action.gate.kind === "person") {
        await this.write({ type: "paused", by: this.#ports.by, gate: step.id });
        return this.state;
      }
      await this.write({ type: "begun", step: step.id });
      this.#say(step, "begins");
      const ended = await this.#run(step, takeStep).catch((error: unknown) => this.#restore(error));
      if (ended === "stopped") continue;
      await this.write({ type: "done", step: step.id, ...noted(ended.note) });
      this.#say(step, ended.note ?? "done");
    }
    await this.write({ type: "finished" });
    return this.state;
  }

  /** Undoes what was begun, the last first. What cannot be undone stays, with a word in the journal. */
  async back(): Promise<UpgradeState> {
    const { plan, touched } = this.state;
    for (const step of plan.steps.toReversed()) {
      if (!changes(step) || !touched.has(step.id) || this.state.undone.has(step.id)) continue;
      await this.write({ type: "undo-begun", step: step.id });
      const ended = await this.#run(step, undoStep);
      if (ended === "stopped") return this.state;
      await this.write({ type: "undone", step: step.id, ...noted(ended.note) });
      this.#say(step, ended.note ?? "undone");
    }
    await this.write({ type: "rolled-back" });
    return this.state;
  }

  /** What was found before the next step, and lets nobody go on: it is written down, so that `status` tells it. */
  async refused(error: unknown): Promise<never> {
    const step = nextStep(this.state);
    if (!step || !(error instanceof FairwayError) || error.code !== "conflict") throw error;
    throw await this.#failed(step, error);
  }

  /** What the plan promises when something has turned out to be bad; what only could not be looked at waits for a person. */
  async #restore(error: unknown): Promise<never> {
    const isVerdict = error instanceof FairwayError && verdicts.has(error.code);
    if (!isVerdict || this.state.plan.restores !== true) throw error;
    await this.write({ type: "rolling-back", by: this.#ports.by });
    const { phase } = await this.back();
    if (phase.kind !== "rolled-back") throw error;
    throw new FairwayError(error.code, `${error.message} Traffic is back where it was.`, {
      hint: "Correct the app and begin anew. What was done and undone: fairway upgrade status.",
      cause: error,
    });
  }

  /** Whether it is to stop here, which is then written. */
  async #stopIfAsked(): Promise<boolean> {
    this.#operation.signal.throwIfAborted();
    this.#asked ??= await this.#lease.takeRequest();
    if (this.#asked === undefined) return false;
    const { by } = this.#ports;
    await this.write(this.#asked === "pause" ? { type: "paused", by } : { type: "aborted", by });
    return true;
  }

  async #run(step: Step, work: typeof takeStep): Promise<"stopped" | { readonly note: string | undefined }> {
    const watch = new Watch(
      this.#ports,
      this.#lease,
      { onlyWaits: !changes(step) || step.action.kind === "canary" },
      this.#operation.signal,
    );
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return { note: await work(step, await this.#context(step, watch)) };
        } catch (thrown) {
          this.#operation.signal.throwIfAborted();
          if (watch.lost) throw watch.lost;
          if (watch.asked !== undefined) return "stopped";
          const error = asFairwayError(thrown);
          // What was done to a cluster went with it.
          if (work === undoStep && error.code === "target-not-found") return { note: `it stays: ${error.message}` };
          if (attempt > retries || !passing.has(error.code)) throw await this.#failed(step, error);
          this.#say(step, `once more after: ${error.message}`);
          await this.#ports.clock.sleep(attempt * retryPauseMs, watch.signal).catch(() => undefined);
        }
      }
    } finally {
      await watch.end();
      this.#asked ??= watch.asked ?? watch.later;
    }
  }

  async #failed(step: Step, error: FairwayError): Promise<FairwayError> {
    const { code, message, hint } = error;
    await this.write({ type: "failed", step: step.id, error: { code, message, hint } });
    return error;
  }

  async #context(step: Step, watch: Watch): Promise<StepContext> {
    const target = await this.#ports.connect(step.target);
    const { plan, begunAt } = this.state;
    const nowMs = this.#ports.clock.now();
    const begunAtMs = Date.parse(begunAt.get(step.id) ?? "") || nowMs;
    return {
      ports: this.#ports,
      target,
      get upgrades() {
        return target.capability("upgrades");
      },
      // Another machine has written that, or the clock was set back: nobody waits for what is still to come.
      begunAtMs: Math.min(begunAtMs, nowMs),
      switcher: () => switcherOf(this.#ports, plan),
      addressOf: (cluster) => plan.steps.find((one) => clusterOf(one.target) === cluster)?.target,
      signal: watch.signal,
      report: (message) => this.#say(step, message),
      follow: (start, how) => this.#follow(step, start, watch, how?.staysInAzure ?? false),
    };
  }

  async #follow<T>(step: Step, start: () => Operation<T>, watch: Watch, staysInAzure: boolean): Promise<T> {
    await watch.look();
    watch.signal.throwIfAborted();
    const operation = start();
    void this.#tell(step, operation);
    // What is cancelled is stopped in Azure; the end of this process only ends the waiting.
    watch.onStop(() => {
      if (watch.lost === undefined || !staysInAzure) operation.cancel();
    });
    return await operation.result({ signal: AbortSignal.any([this.#operation.signal, watch.losing]) });
  }

  async #tell(step: Step, operation: Operation<unknown>): Promise<void> {
    for await (const { message } of operation.events()) this.#say(step, message);
  }

  #say({ id }: Step, message: string): void {
    const { plan, done } = this.state;
    this.#operation.report(`${id}: ${message}`, done.size / plan.steps.length);
  }
}

/** Looking and waiting leave nothing to undo. */
function changes({ action }: Step): boolean {
  return !looking.has(action.kind);
}

const looking: ReadonlySet<string> = new Set(["check", "gate", "verify", "watch", "wait", "follow-maintenance"]);

const verdicts: ReadonlySet<string> = new Set(["upgrade-failed", "revision-failed", "provisioning-failed"]);

/** A step is idempotent, and so may be repeated when the network, and not the cluster, was the reason. */
const passing: ReadonlySet<string> = new Set(["unreachable", "throttled", "conflict", "operation-in-progress"]);
const retries = 5;
const retryPauseMs = 5_000;

function noted(note: string | undefined): { note?: string } {
  return note === undefined || note === "" ? {} : { note };
}
