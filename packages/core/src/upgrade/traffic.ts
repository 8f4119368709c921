import { checkSplit, FairwayError, type TrafficWeights, unreachable } from "@fairway/model";
import { poll } from "../clock.ts";
import { isSameSplit, splitText } from "../split.ts";
import { holds } from "./gates.ts";
import type { MetricCondition, StepAction, TrafficAction } from "./plan.ts";
import { defaultPollMs, type StepContext } from "./step-context.ts";
import { complaintsOf, verify } from "./verify.ts";

type ActionOf<Kind extends TrafficAction["kind"]> = Extract<TrafficAction, { kind: Kind }>;

export function isTrafficAction(action: StepAction): action is TrafficAction {
  return action.kind === "switch" || action.kind === "wait" || action.kind === "canary";
}

/** Takes one step of the traffic between clusters. Each may be repeated. */
export async function takeTrafficStep(action: TrafficAction, context: StepContext): Promise<string | undefined> {
  switch (action.kind) {
    case "switch":
      return await switchTraffic(action, context);
    case "wait":
      return await wait(action, context);
    case "canary":
      return await canary(action, context);
    default:
      return unreachable(action);
  }
}

export async function undoTrafficStep(action: TrafficAction, context: StepContext): Promise<string | undefined> {
  return action.kind === "wait" ? undefined : await switchBack(action, context);
}

/** Moves traffic, unless it is there. Rejects with `conflict` when somebody else moves it too. */
async function switchTraffic(action: ActionOf<"switch">, context: StepContext): Promise<string> {
  await move(action, context);
  return splitText(action.weights);
}

/** Gives traffic back as it was. A cluster that is gone gets none. */
async function switchBack({ from }: ActionOf<"switch" | "canary">, context: StepContext): Promise<string> {
  const switcher = await context.switcher();
  const now = await switcher.weights();
  try {
    await receiversAreWell(now, from, context);
  } catch (error) {
    if (!(error instanceof FairwayError && error.code === "target-not-found")) throw error;
    return `traffic stays (${splitText(now)}): ${error.message}`;
  }
  await context.follow(() => switcher.switchTo(from));
  return splitText(from);
}

/** Lets a little traffic in and looks; sends it away again, and rejects, when something is not well. */
async function canary(action: ActionOf<"canary">, context: StepContext): Promise<string> {
  const { ports, signal } = context;
  const isLet = await move(action, context);
  const startMs = isLet ? ports.clock.now() : context.begunAtMs;
  try {
    await watch(action, context, startMs);
  } catch (error) {
    signal.throwIfAborted();
    context.report(`It is not well: traffic goes back to ${splitText(action.from)}`);
    const switcher = await context.switcher();
    await context.follow(() => switcher.switchTo(action.from));
    throw error;
  }
  return `well for ${action.minutes} minutes with ${splitText(action.weights)}`;
}

async function wait({ minutes, until }: ActionOf<"wait">, context: StepContext): Promise<string | undefined> {
  const { ports, signal, begunAtMs } = context;
  const leftMs = begunAtMs + minutes * 60_000 - ports.clock.now();
  if (leftMs > 0) {
    context.report(`Until ${new Date(ports.clock.now() + leftMs).toISOString()}`);
    await ports.clock.sleep(leftMs, signal);
  }
  return until === undefined ? undefined : await untilHolds(until, context);
}

/** Whether it had to be moved. */
async function move(
  { from, weights }: Pick<ActionOf<"switch">, "from" | "weights">,
  context: StepContext,
): Promise<boolean> {
  const switcher = await context.switcher();
  const now = await switcher.weights();
  const isThere = isSameSplit(now, weights);
  if (!isThere) {
    const isOurs = isSameSplit(now, from) || (await switcher.isBetween?.(from, weights));
    if (isOurs !== true) throw movedByHand(switcher.address, now, from, weights);
    await receiversAreWell(now, weights, context);
  }
  await context.follow(() => switcher.switchTo(weights));
  return !isThere;
}

export function movedByHand(
  switcher: string,
  now: TrafficWeights,
  from: TrafficWeights,
  weights: TrafficWeights,
): FairwayError {
  const text = `${switcher} gives ${splitText(now)}, which is neither ${splitText(from)} nor ${splitText(weights)}: somebody has moved traffic.`;
  return new FairwayError("conflict", text, {
    hint: `Set it to ${splitText(from)} and resume, or go back: fairway upgrade rollback.`,
  });
}

/** Nobody sends traffic to what cannot take it. */
async function receiversAreWell(now: TrafficWeights, next: TrafficWeights, context: StepContext): Promise<void> {
  for (const [address, weight] of Object.entries(checkSplit(next))) {
    // What is no cluster of the plan is not ours to look at.
    if (weight <= (now[address] ?? 0) || !context.addressOf(address)) continue;
    const target = await context.ports.connect(context.addressOf(address) ?? address);
    await verify({ ...context, target, upgrades: target.capability("upgrades") });
  }
}

/** How often a canary is looked at, at most. */
const lookMs = 10_000;
/** How long something may be not well: pods that are replaced are not ready for a moment. */
const graceMs = 60_000;

async function watch(action: ActionOf<"canary">, context: StepContext, startMs: number): Promise<void> {
  const { ports, signal } = context;
  const endMs = startMs + action.minutes * 60_000;
  for (let illSinceMs: number | undefined; ; ) {
    const { complaints } = await complaintsOf(context);
    for (const metric of action.metrics) await check(metric, context);
    illSinceMs = complaints.length === 0 ? undefined : (illSinceMs ?? ports.clock.now());
    if (illSinceMs !== undefined && ports.clock.now() - illSinceMs >= graceMs) throw notWell(complaints.join("; "));
    if (illSinceMs === undefined && ports.clock.now() >= endMs) return;
    await ports.clock.sleep(Math.max(lookMs, ports.pollMs ?? defaultPollMs), signal);
  }
}

async function check(metric: MetricCondition, { ports, signal }: StepContext): Promise<void> {
  const value = await ports.gates.metric(metric.query, signal);
  if (!holds(metric, value))
    throw notWell(`${metric.query} is ${value}, and must be ${metric.comparison} ${metric.bound}`);
}

function notWell(what: string): FairwayError {
  return new FairwayError("upgrade-failed", `The canary is not well: ${what}.`, {
    hint: "Its traffic is away again. Mend what is named and resume, or go back: fairway upgrade rollback.",
  });
}

/** How long callers may hang on to a cluster that nobody sends them to any more. */
const quietPatienceMs = 60 * 60_000;

async function untilHolds(metric: MetricCondition, { ports, signal }: StepContext): Promise<string> {
  let last = Number.NaN;
  return await poll(
    ports.clock,
    async () => {
      last = await ports.gates.metric(metric.query, signal);
      return holds(metric, last) ? `${metric.query} is ${last}` : undefined;
    },
    {
      everyMs: Math.max(lookMs, ports.pollMs ?? defaultPollMs),
      timeoutMs: quietPatienceMs,
      signal,
      onTimeout: () =>
        new FairwayError("upgrade-failed", `After an hour ${metric.query} is still ${last}.`, {
          hint: "Somebody still calls. Find out who, then resume, or go back: fairway upgrade rollback.",
        }),
    },
  );
}
