import { type Estimate, oneAfterAnother, type UpgradePhase, type UpgradePlan, type UpgradeState } from "@fairway/sdk";
import { formatTable } from "../table.ts";

/** `from`: where the durations come from. */
export function formatPlan(plan: UpgradePlan, from = "the defaults of docs/calibration.md"): string {
  const total = oneAfterAnother(plan.steps.flatMap(({ estimate }) => estimate ?? []));
  const rows = plan.steps.map(({ id, title, estimate, noReturn }, index) => [
    String(index + 1),
    id,
    estimate === undefined ? "" : minutes(estimate),
    `${title}${noReturn === undefined ? "" : ` — no way back: ${noReturn}`}`,
  ]);
  return [
    `${plan.strategy}: ${plan.cluster} from ${plan.from.version} to ${plan.version}\n`,
    formatTable(["", "STEP", "MINUTES", ""], rows),
    `About ${Math.round(total.p50Minutes)} minutes, 95 of 100 times below ${Math.ceil(total.p95Minutes)}; from ${from}, when nothing gets stuck.\n`,
  ].join("");
}

export function formatState(state: UpgradeState): string {
  const { plan, done, undone, touched, notes } = state;
  const rows = plan.steps.map(({ id, title }) => [mark({ id }), id, notes[id] ?? title]);
  function mark({ id }: { readonly id: string }): string {
    if (undone.has(id)) return "undone";
    if (done.has(id)) return "done";
    return touched.has(id) ? "begun" : "";
  }
  return `${formatTable(["STATE", "STEP", ""], rows)}${plan.strategy} of ${plan.cluster} to ${plan.version}: ${phaseText(state.phase)}\n`;
}

/** For --json: sets as lists. */
export function stateAsJson({ plan, phase, done, undone, notes }: UpgradeState): unknown {
  return { plan, phase, done: [...done], undone: [...undone], notes };
}

function phaseText(phase: UpgradePhase): string {
  switch (phase.kind) {
    case "running":
      return "running, or left by a process that has ended: fairway upgrade resume";
    case "paused":
      return phase.gate === undefined
        ? `paused by ${phase.by}. Go on: fairway upgrade resume`
        : `waits for a person at ${phase.gate}. Let it go on: fairway upgrade resume`;
    case "failed":
      return `failed at ${phase.step}: ${phase.error.message}\nhint: ${phase.error.hint}`;
    case "aborted":
      return `aborted by ${phase.by}. Go on: fairway upgrade resume. Go back: fairway upgrade rollback`;
    case "rolling-back":
      return "rolling back, or left by a process that has ended: fairway upgrade resume";
    case "rolled-back":
      return "rolled back";
    case "finished":
      return "finished";
  }
}

function minutes({ p50Minutes, p95Minutes }: Estimate): string {
  return `${Math.round(p50Minutes)}–${Math.ceil(p95Minutes)}`;
}
