import { FairwayError, unreachable } from "@fairway/model";
import type { WeeklyHours } from "../capabilities.ts";
import { openHours } from "./hours.ts";
import { type Gate, gateTitle, hoursText, type MetricCondition } from "./plan.ts";
import type { StepContext } from "./step-context.ts";

/** Resolves when the gate is open, with what was seen. A person's gate opens by being resumed: see the driver. */
export async function openGate(gate: Gate, context: StepContext): Promise<string> {
  const { ports, target, signal } = context;
  switch (gate.kind) {
    case "person":
      return "";
    case "window":
      await waitForWindow(gate, context);
      return `open at ${new Date(ports.clock.now()).toISOString()}`;
    case "weekly":
      await waitForHours(gate.hours, context);
      return `open at ${new Date(ports.clock.now()).toISOString()}`;
    case "command": {
      const { passed, evidence } = await ports.gates.command(gate.command, target.address, signal);
      if (!passed) throw shut(gate, evidence);
      return evidence;
    }
    case "metric": {
      const value = await ports.gates.metric(gate.query, signal);
      if (!holds(gate, value)) throw shut(gate, `it is ${value}`);
      return String(value);
    }
    default:
      return unreachable(gate);
  }
}

export function holds({ comparison, bound }: MetricCondition, value: number): boolean {
  return comparison === "<" ? value < bound : value > bound;
}

function shut(gate: Gate, evidence: string): FairwayError {
  return new FairwayError("upgrade-failed", `The gate is shut: ${gateTitle(gate)}: ${evidence}.`, {
    hint: "Nothing more was touched. Resume when it would open, or go back: fairway upgrade rollback.",
  });
}

async function waitForWindow(gate: Gate & { kind: "window" }, context: StepContext): Promise<void> {
  await waitUntilOpen((nowMs) => untilWindowMs(gate, nowMs), `${gate.from} UTC`, context);
}

async function waitForHours(hours: WeeklyHours, context: StepContext): Promise<void> {
  await waitUntilOpen((nowMs) => openHours(hours, nowMs).untilMs, hoursText(hours), context);
}

/** Looks again at least so often, since a machine may sleep. */
const lookMs = 60_000;

async function waitUntilOpen(
  untilMs: (nowMs: number) => number,
  what: string,
  { ports, signal, report }: StepContext,
): Promise<void> {
  for (let isTold = false; ; isTold = true) {
    const waitMs = untilMs(ports.clock.now());
    if (waitMs === 0) return;
    if (!isTold) report(`Waiting for ${what}`);
    await ports.clock.sleep(Math.min(waitMs, lookMs), signal);
  }
}

const dayMs = 86_400_000;

/** How long until the hours of the day that the gate allows; 0 within them. Over midnight when `to` is before `from`. */
export function untilWindowMs({ from, to }: { readonly from: string; readonly to: string }, nowMs: number): number {
  const [start, end, now] = [timeOfDayMs(from), timeOfDayMs(to), nowMs % dayMs];
  const isInside = start <= end ? now >= start && now < end : now >= start || now < end;
  return isInside ? 0 : (start - now + dayMs) % dayMs;
}

function timeOfDayMs(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return (hours * 60 + minutes) * 60_000;
}
