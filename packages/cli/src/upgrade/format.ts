import type { Estimate, UpgradePlan, UpgradeState } from "@fairway/sdk";
import { formatTable } from "../table.ts";
import type { PlanDuration, TimedPlan } from "./plan-duration.ts";

export function formatPlan({ plan, duration }: TimedPlan): string {
  const rows = plan.steps.map(({ id, title, estimate, noReturn }, index) => [
    String(index + 1),
    id,
    estimate === undefined ? "" : minutes(estimate),
    `${title}${noReturn === undefined ? "" : ` — no way back: ${noReturn}`}`,
  ]);
  return [
    `${plan.strategy}: ${plan.cluster} from ${plan.from.version} to ${plan.version}\n`,
    formatTable(["", "STEP", ...(duration ? ["MINUTES p50–p95"] : [""]), ""], rows),
    duration ? `${durationText(duration)}\n` : "",
  ].join("");
}

function durationText(duration: PlanDuration): string {
  const { p50Minutes, p95Minutes } = duration;
  const total = `About ${Math.round(p50Minutes)} minutes, 95 of 100 times at most ${Math.ceil(p95Minutes)}`;
  if (duration.source === "calibration") {
    return `${total}, if nothing gets stuck: an estimate from ${duration.from}, since ${duration.why}.`;
  }
  const { worlds, finished, failures } = duration;
  const where = failures.map(({ step, message, runs }) => `\n✗ in ${runs} at ${step}: ${message}`).join("");
  const gates = "without the time that gates wait";
  if (finished === worlds) return `${total}, ${gates}: from ${worlds} virtual worlds, it finishes in all of them.`;
  return `${total}, ${gates}: from the ${finished} of ${worlds} virtual worlds in which it finishes.${where}`;
}

export function formatState(state: UpgradeState): string {
  const { plan, done, undone, touched, notes } = state;
  const rows = plan.steps.map(({ id, title }) => [mark({ id }), id, notes[id] ?? title]);
  function mark({ id }: { readonly id: string }): string {
    if (undone.has(id)) return "undone";
    if (done.has(id)) return "done";
    return touched.has(id) ? "begun" : "";
  }
  return `${formatTable(["STATE", "STEP", ""], rows)}${plan.strategy} of ${plan.cluster} to ${plan.version}: ${phaseText(state)}\n`;
}

/** For --json: sets as lists. */
export function stateAsJson({ plan, phase, done, undone, notes }: UpgradeState): unknown {
  return { plan, phase, done: [...done], undone: [...undone], notes };
}

function phaseText({ phase, plan }: UpgradeState): string {
  switch (phase.kind) {
    case "running":
      return "running, or left by a process that has ended: fairway upgrade resume";
    case "paused":
      return phase.gate === undefined
        ? `paused by ${phase.by}. Go on: fairway upgrade resume`
        : `waits for a person at ${phase.gate}${whatFollows(plan, phase.gate)}. Let it go on: fairway upgrade resume. Or take it back: fairway upgrade rollback`;
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

/** What the person is asked about: the next step that is no gate. */
function whatFollows({ steps }: UpgradePlan, gate: string): string {
  const behind = steps.slice(steps.findIndex(({ id }) => id === gate) + 1);
  const next = behind.find(({ action }) => action.kind !== "gate");
  if (!next) return "";
  return `, before: ${next.title}${next.noReturn === undefined ? "" : ` (no way back: ${next.noReturn})`}`;
}

/** Nothing for what takes no time to speak of. */
function minutes({ p50Minutes, p95Minutes }: Estimate): string {
  if (p95Minutes < 0.5) return "";
  return `${Math.round(p50Minutes)}–${Math.ceil(p95Minutes)}`;
}
