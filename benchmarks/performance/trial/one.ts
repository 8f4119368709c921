/** Trials of one topology in a Node of their own: `one.ts TOPOLOGY STRATEGY TRIALS`; prints what each cost. */
import { runTrial, topologyNames, trialStrategyNames } from "@fairway/lab";

export interface TrialCost {
  readonly seed: number;
  /** Of the first one also: making its world, and loading the clients. */
  readonly cpuMs: number;
  /** Of virtual time, from the first step to the end of the last. */
  readonly upgradeMinutes: number;
  readonly outcome: string;
}

export interface TopologyCost {
  readonly trials: readonly TrialCost[];
  readonly residentMb: number;
}

const [, , topologyName, strategyName, trials] = process.argv;
const topology = topologyNames.find((name) => name === topologyName);
const strategy = trialStrategyNames.find((name) => name === strategyName);
if (!topology || !strategy) throw new Error("one.ts TOPOLOGY STRATEGY TRIALS");

const costs: TrialCost[] = [];
for (let seed = 1; seed <= Number(trials); seed++) {
  const before = process.cpuUsage();
  const { durationMs, outcome } = await runTrial({ scenario: { topology, incident: "none" }, strategy, seed });
  const { user, system } = process.cpuUsage(before);
  costs.push({ seed, cpuMs: (user + system) / 1_000, upgradeMinutes: durationMs / 60_000, outcome });
}
const result: TopologyCost = { trials: costs, residentMb: Math.round(process.resourceUsage().maxRSS / 1_024) };
process.stdout.write(`${JSON.stringify(result)}\n`);
