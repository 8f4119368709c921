import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Topology, type TopologyName, topologyNames, topologyOf } from "@fairway/lab";
import { type Goal, goal } from "../harness/results-file.ts";
import { type Spread, spreadOf, spreadText } from "../harness/statistics.ts";
import type { TopologyCost } from "./one.ts";

export interface SizesRequest {
  readonly topologies: readonly string[];
  readonly strategy: string;
  /** Whatever takes longer is ended, and counts as missed. */
  readonly minutesMax: number;
}

interface Plan {
  /** The first one included. */
  readonly trials: number;
  readonly cpuMsMax: number;
}

const plans: Readonly<Record<TopologyName, Plan>> = {
  small: { trials: 21, cpuMsMax: 25 },
  company: { trials: 7, cpuMsMax: 250 },
  large: { trials: 3, cpuMsMax: 6_000 },
};

interface Measured {
  readonly name: TopologyName;
  readonly nodesAndPods: number;
  /** With the making of the world. */
  readonly firstMs: number;
  readonly warmMs: Spread;
  readonly upgradeMinutes: Spread;
  readonly cost: TopologyCost;
}

/** CPU time of warm trials by the size of the platform. */
export function measureSizes({ topologies, ...request }: SizesRequest): { goals: Goal[]; sizes: readonly Measured[] } {
  const names = topologies.map(topologyNamed);
  const sizes = names.flatMap((name) => measureTopology(name, request) ?? []);
  console.table(Object.fromEntries(sizes.map((one) => [one.name, rowOf(one)])));
  const goals = names.map((name) =>
    goalOf(
      name,
      sizes.find((one) => one.name === name),
    ),
  );
  return { goals: [...goals, ...growthGoals(sizes)], sizes };
}

function topologyNamed(name: string): TopologyName {
  const topology = topologyNames.find((one) => one === name);
  if (!topology) throw new Error(`There is no topology "${name}": ${topologyNames.join(", ")}.`);
  return topology;
}

function measureTopology(
  name: TopologyName,
  { strategy, minutesMax }: Omit<SizesRequest, "topologies">,
): Measured | undefined {
  const nodesAndPods = sizeOf(topologyOf(name));
  const { trials } = plans[name];
  console.log(`${name}: ${nodesAndPods} nodes and pods, ${trials} trials`);
  const program = join(import.meta.dirname, "one.ts");
  const args = ["--conditions=fairway-source", "--max-old-space-size=6000", program, name, strategy, String(trials)];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: minutesMax * 60_000,
  });
  if (error && "code" in error && error.code === "ETIMEDOUT") return undefined;
  if (status !== 0) throw error ?? new Error(`Trials of ${name} failed: ${stderr}`);
  const cost = JSON.parse(stdout) as TopologyCost;
  const [first, ...warm] = cost.trials;
  return {
    name,
    nodesAndPods,
    firstMs: first?.cpuMs ?? Number.NaN,
    warmMs: spreadOf(warm.map(({ cpuMs }) => cpuMs)),
    upgradeMinutes: spreadOf(warm.map(({ upgradeMinutes }) => upgradeMinutes)),
    cost,
  };
}

function sizeOf({ pools, apps }: Topology): number {
  const nodes = pools.reduce((sum, { count }) => sum + count, 0);
  return apps.reduce((sum, { replicas }) => sum + replicas, nodes);
}

function rowOf({ nodesAndPods, firstMs, warmMs, upgradeMinutes, cost }: Measured): Record<string, string> {
  return {
    "nodes + pods": String(nodesAndPods),
    "first, ms of CPU": firstMs.toFixed(0),
    "warm, ms of CPU": spreadText(warmMs),
    "for a node or pod, ms": (warmMs.median / nodesAndPods).toFixed(2),
    "upgrade, minutes": spreadText(upgradeMinutes),
    "resident, MB": String(cost.residentMb),
  };
}

function goalOf(name: TopologyName, measured: Measured | undefined): Goal {
  const most = plans[name].cpuMsMax;
  if (!measured)
    return goal(
      `${name}: not measured, its trials had not ended when the time was up; goal at most ${most} ms of CPU`,
      false,
    );
  const { median } = measured.warmMs;
  return goal(`${name}, one warm trial: ${median.toFixed(0)} ms of CPU, goal at most ${most}`, median <= most);
}

/** As in (nodes + pods) ^ exponent: 1 is in proportion. */
const exponentMax = 1.1;

function growthGoals(sizes: readonly Measured[]): Goal[] {
  return sizes.slice(1).flatMap((larger, index) => {
    const smaller = sizes[index];
    if (!smaller) return [];
    const exponent =
      Math.log(larger.warmMs.median / smaller.warmMs.median) / Math.log(larger.nodesAndPods / smaller.nodesAndPods);
    const text = `${smaller.name} to ${larger.name}: cost grows as (nodes + pods) ^ ${exponent.toFixed(2)}`;
    return [goal(`${text}, goal at most ${exponentMax}`, exponent <= exponentMax)];
  });
}
