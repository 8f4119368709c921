import { FairwayError } from "@fairway/model";
import type { Operation } from "../operation.ts";
import { type OperationContext, runOperation } from "../run-operation.ts";
import { Driver } from "./drive.ts";
import { fenced } from "./fence.ts";
import type { JournalEntry, JournalLease, JournalRequest } from "./journal.ts";
import { clusterOf, type UpgradePlan } from "./plan.ts";
import type { UpgradePorts } from "./ports.ts";
import { reconcile } from "./reconcile.ts";
import { isOver, stateOf, type UpgradeState } from "./state.ts";

/**
 * Begins an upgrade and drives it. Resolves when it is finished, or paused; rejects with what it failed at. Whatever happens
 * to this process, `resumeUpgrade` goes on from its journal. Rejects with `conflict` while another one is not over.
 */
export function runUpgrade(ports: UpgradePorts, plan: UpgradePlan): Operation<UpgradeState> {
  return driving(ports, plan.cluster, "upgrade", async (own, lease, operation, entries) => {
    const before = stateOf(entries);
    if (before && !isOver(before)) {
      refuseOther(ports, plan.cluster, before);
      throw notOver(ports, before);
    }
    const first: JournalEntry = { at: new Date(ports.clock.now()).toISOString(), type: "planned", plan, by: ports.by };
    await lease.begin(first);
    return await new Driver(own, lease, operation, [first]).forward();
  });
}

/** Goes on with what was paused, has failed, was aborted, or was left by a process that has ended; a rollback goes on as one. */
export function resumeUpgrade(ports: UpgradePorts, cluster: string): Operation<UpgradeState> {
  return driving(ports, cluster, "resume", async (own, lease, operation, entries) => {
    const { phase, isRollingBack } = unfinished(ports, cluster, entries);
    const driver = new Driver(own, lease, operation, entries);
    const isWaiting = phase.kind === "paused" && phase.gate !== undefined;
    await driver.write({ type: "resumed", by: ports.by });
    if (isRollingBack) return await driver.back();
    // Resuming is the word of the person that the gate waits for.
    if (isWaiting) await driver.write({ type: "done", step: phase.gate ?? "", note: `opened by ${ports.by}` });
    await reconcile(own, driver, operation).catch((error: unknown) => driver.refused(error));
    return await driver.forward();
  });
}

/** Undoes what was done, as far as AKS lets it: see `noReturn` in the plan. Works on a finished upgrade too. */
export function rollBackUpgrade(ports: UpgradePorts, cluster: string): Operation<UpgradeState> {
  return driving(ports, cluster, "rollback", async (own, lease, operation, entries) => {
    const state = ours(ports, cluster, entries);
    if (state.phase.kind === "rolled-back") throw nothingToDo(ports, "is rolled back already");
    const driver = new Driver(own, lease, operation, entries);
    if (!state.isRollingBack) await driver.write({ type: "rolling-back", by: ports.by });
    return await driver.back();
  });
}

/** Asks whoever drives the upgrade to pause after the step, or to abort at once; writes it down itself when nobody does. */
export async function stopUpgrade(ports: UpgradePorts, cluster: string, what: JournalRequest): Promise<UpgradeState> {
  unfinished(ports, cluster, await ports.journal.read());
  const lease = await leaseUnlessHeld(ports);
  if (!lease) {
    await ports.journal.request(what);
    return unfinished(ports, cluster, await ports.journal.read());
  }
  try {
    const entries = await ports.journal.read();
    const { plan, touched, done } = unfinished(ports, cluster, entries);
    const target = plan.steps.find(({ id }) => touched.has(id) && !done.has(id))?.target;
    if (what === "abort" && target !== undefined) await abortInAzure(fenced(ports, lease), target);
    const entry = { type: what === "pause" ? "paused" : "aborted", by: ports.by } as const;
    await lease.append({ at: new Date(ports.clock.now()).toISOString(), ...entry });
    return unfinished(ports, cluster, await ports.journal.read());
  } finally {
    await lease.release();
  }
}

/** Where the upgrade of the journal stands; undefined when there is none. */
export async function readUpgrade({ journal }: Pick<UpgradePorts, "journal">): Promise<UpgradeState | undefined> {
  return stateOf(await journal.read());
}

/** `ports`: those of the caller, which change nothing any more once the lease is lost. */
type Drive = (
  ports: UpgradePorts,
  lease: JournalLease,
  operation: OperationContext,
  entries: readonly JournalEntry[],
) => Promise<UpgradeState>;

function driving(ports: UpgradePorts, cluster: string, call: string, drive: Drive): Operation<UpgradeState> {
  const { clock, journal, by } = ports;
  return runOperation({ target: cluster, call, arguments: [journal.name], clock }, async (operation) => {
    const lease = await journal.acquire(by);
    try {
      // What was asked of somebody who is gone is not meant for us.
      await lease.takeRequest();
      return await drive(fenced(ports, lease), lease, operation, await journal.read());
    } finally {
      await lease.release();
    }
  });
}

async function leaseUnlessHeld({ journal, by }: UpgradePorts): Promise<JournalLease | undefined> {
  try {
    return await journal.acquire(by);
  } catch (error) {
    if (error instanceof FairwayError && error.code === "lease-held") return undefined;
    throw error;
  }
}

/** Nobody drives it, but what the last one began may still run in Azure. */
async function abortInAzure(ports: UpgradePorts, address: string): Promise<void> {
  const target = await ports.connect(address);
  if (!target.supports("upgrades")) return;
  try {
    await target.capability("upgrades").abort().result();
  } catch (error) {
    if (error instanceof FairwayError && error.code === "conflict") return;
    throw error;
  }
}

function ours({ journal }: UpgradePorts, cluster: string, entries: readonly JournalEntry[]): UpgradeState {
  const state = stateOf(entries);
  if (!state) {
    throw new FairwayError("conflict", `${journal.name} has no upgrade.`, {
      hint: "Begin one: fairway upgrade run --to VERSION. Another journal is named with --journal.",
    });
  }
  refuseOther({ journal }, cluster, state);
  return state;
}

function refuseOther({ journal }: Pick<UpgradePorts, "journal">, cluster: string, { plan }: UpgradeState): void {
  const own = clusterOf(cluster);
  if (plan.cluster.toLowerCase() === own.toLowerCase()) return;
  throw new FairwayError("journal-invalid", `${journal.name} is about ${plan.cluster}, not ${own}.`, {
    hint: "Name the target of the journal, or the journal of the target: --target, --journal.",
  });
}

function unfinished(ports: UpgradePorts, cluster: string, entries: readonly JournalEntry[]): UpgradeState {
  const state = ours(ports, cluster, entries);
  if (isOver(state)) throw nothingToDo(ports, `is ${state.phase.kind}`);
  return state;
}

function nothingToDo({ journal }: UpgradePorts, what: string): FairwayError {
  return new FairwayError("conflict", `The upgrade in ${journal.name} ${what}.`, {
    hint: "There is nothing to do. A new one begins with fairway upgrade run --to VERSION.",
  });
}

function notOver({ journal }: UpgradePorts, { phase, plan }: UpgradeState): FairwayError {
  return new FairwayError(
    "conflict",
    `The upgrade to ${plan.version} in ${journal.name} is not over: it is ${phase.kind}.`,
    {
      hint: "Go on with it (fairway upgrade resume), or take it back (fairway upgrade rollback).",
    },
  );
}
