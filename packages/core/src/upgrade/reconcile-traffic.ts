import type { TrafficWeights } from "@fairway/model";
import type { OperationContext } from "../run-operation.ts";
import { isSameSplit } from "../split.ts";
import type { Driver } from "./drive.ts";
import type { Step, StepAction } from "./plan.ts";
import { switcherOf, type UpgradePorts } from "./ports.ts";
import type { UpgradeState } from "./state.ts";
import { movedByHand } from "./traffic.ts";

/**
 * Traffic that somebody has put back by hand is moved again, and waited for again, before a cluster is touched. Rejects with
 * `conflict` when it was moved somewhere else.
 */
export async function reconcileTraffic(
  ports: UpgradePorts,
  driver: Driver,
  { report }: OperationContext,
): Promise<void> {
  const { last, next } = aroundNow(driver.state);
  if (!last) return;
  const switcher = await switcherOf(ports, driver.state.plan);
  const now = await switcher.weights();
  const { from, weights } = last.action;
  if (isSameSplit(now, weights)) return;
  const onward = next?.action.weights;
  if (onward && (isSameSplit(now, onward) || (await switcher.isBetween?.(weights, onward)) === true)) return;
  if (!isSameSplit(now, from)) throw movedByHand(switcher.address, now, from, weights);
  for (const step of [last, ...waitAfter(driver.state, last)]) {
    report(`${step.id}: somebody has moved the traffic back: it is taken again`);
    await driver.write({ type: "begun", step: step.id });
  }
}

type TrafficStep = Step & { readonly action: { readonly from: TrafficWeights; readonly weights: TrafficWeights } };

/** The last movement that is done, and the one after it, which may have been begun. */
function aroundNow({ plan, done }: UpgradeState): { readonly last?: TrafficStep; readonly next?: TrafficStep } {
  const moves = plan.steps.filter(isMove);
  const last = moves.findLast(({ id }) => done.has(id));
  const next = moves[last ? moves.indexOf(last) + 1 : 0];
  return { ...(last ? { last } : {}), ...(next ? { next } : {}) };
}

function isMove(step: Step): step is TrafficStep {
  const kinds: readonly StepAction["kind"][] = ["switch", "canary"];
  return kinds.includes(step.action.kind);
}

/** The wait for the last callers, which follows a movement. */
function waitAfter({ plan, done }: UpgradeState, { id }: Step): readonly Step[] {
  const after = plan.steps[plan.steps.findIndex((step) => step.id === id) + 1];
  return after?.action.kind === "wait" && done.has(after.id) ? [after] : [];
}
