import {
  defaultDurations,
  estimateDrain,
  estimatePool,
  estimateUpgrade,
  type UpgradeDurations,
} from "../preflight/estimate.ts";
import type { ClusterFacts, PoolFacts } from "../preflight/facts.ts";
import { isAt } from "../versions.ts";
import type { PlannedFrom } from "./plan.ts";
import { invalid } from "./plan-version.ts";
import type { PlannedTarget, StepList } from "./step-list.ts";

export interface ClusterRequest {
  readonly version: string;
  /** How its node pools get there. */
  readonly way: "at-once" | "pool-by-pool" | "blue-green";
  /** Only these pools, in this order. */
  readonly pools?: readonly string[] | undefined;
  readonly spares?: readonly string[] | undefined;
  readonly durations?: UpgradeDurations | undefined;
}

/** Takes one cluster to a version. */
export function addClusterSteps(steps: StepList, request: ClusterRequest, { facts }: PlannedTarget): void {
  new ClusterSteps(steps, request, facts).add();
}

/** Looks before anything is touched. */
export function addCheck(steps: StepList, { version, pools }: ClusterRequest, { facts }: PlannedTarget): void {
  const names = poolsToTake(facts, pools).map(({ name }) => name);
  steps.add("check", `look for what stands against ${version}`, { kind: "check", version, pools: names });
}

export function standing({ version, pools }: ClusterFacts): PlannedFrom {
  return { version, pools: Object.fromEntries(pools.map((pool) => [pool.name, pool.version])) };
}

class ClusterSteps {
  readonly #steps: StepList;
  readonly #request: ClusterRequest;
  readonly #facts: ClusterFacts;
  readonly #durations: UpgradeDurations;

  constructor(steps: StepList, request: ClusterRequest, facts: ClusterFacts) {
    this.#steps = steps;
    this.#request = request;
    this.#facts = facts;
    this.#durations = request.durations ?? defaultDurations;
  }

  add(): void {
    const pools = poolsToTake(this.#facts, this.#request.pools);
    if (this.#request.way === "at-once") return this.#cluster(pools);
    this.#controlPlane();
    for (const pool of pools) {
      if (this.#request.way === "blue-green") this.#replacePool(pool);
      else this.#upgradePool(pool);
    }
  }

  #cluster(pools: readonly PoolFacts[]): void {
    const { version } = this.#request;
    const names = pools.map(({ name }) => name);
    if (names.length < this.#facts.pools.length) {
      throw invalid(
        "In place goes through all node pools at once.",
        "Leave --pool out, or take --strategy node-pool.",
        "pools",
      );
    }
    this.#steps.before(noWayBack);
    const action = { kind: "cluster", version, from: standing(this.#facts) } as const;
    const estimate = estimateUpgrade(this.#facts, { version, pools: names }, this.#durations);
    this.#steps.add("cluster", `upgrade the control plane, then ${names.join(", ")}, to ${version}`, action, {
      noReturn: noWayBack,
      estimate,
    });
    this.#steps.after("cluster");
  }

  #controlPlane(): void {
    const { version } = this.#request;
    if (isAt(this.#facts.version, version)) return;
    this.#steps.before(noWayBack);
    const more = { noReturn: noWayBack, estimate: this.#durations.controlPlane };
    const action = { kind: "control-plane", version } as const;
    this.#steps.add("control-plane", `upgrade the control plane to ${version}`, action, more);
    this.#steps.after("control-plane");
  }

  #upgradePool(pool: PoolFacts): void {
    const { version, spares = [] } = this.#request;
    const { name } = pool;
    const spare = spares.includes(name) ? freeName(name, "s", this.#facts) : undefined;
    this.#steps.before(undefined);
    if (spare !== undefined) {
      const action = { kind: "create-pool", pool: spare, like: name, version } as const;
      this.#steps.add(spare, `make the spare pool ${spare} like ${name}, at ${version}`, action);
    }
    const action = { kind: "pool", pool: name, version, from: pool.version } as const;
    this.#steps.add(
      name,
      `upgrade node pool ${name} from ${pool.version} to ${version}: ${extent(this.#facts, pool)}`,
      action,
      { estimate: estimatePool(pool, this.#durations) },
    );
    if (spare !== undefined) {
      this.#steps.add(`${spare}-drain`, `drain ${spare}`, { kind: "drain-pool", pool: spare });
      this.#steps.add(`${spare}-delete`, `delete ${spare}`, { kind: "delete-pool", pool: spare });
    }
    this.#steps.after(name);
  }

  /** Green beside blue; blue is kept until the gates have opened. */
  #replacePool(blue: PoolFacts): void {
    const { version } = this.#request;
    const green = freeName(blue.name, blue.name.endsWith("g") ? "b" : "g", this.#facts);
    this.#steps.before(undefined);
    this.#steps.add(
      green,
      `make node pool ${green} like ${blue.name}, at ${version}: ${extent(this.#facts, blue)}`,
      { kind: "create-pool", pool: green, like: blue.name, version },
      { estimate: this.#durations.createPool },
    );
    this.#steps.add(
      `${blue.name}-drain`,
      `move the pods of ${blue.name} as their budgets allow`,
      { kind: "drain-pool", pool: blue.name },
      { estimate: estimateDrain(blue, this.#durations) },
    );
    this.#steps.after(`${blue.name}-drain`);
    const noReturn = `${blue.name} and its old nodes are gone`;
    this.#steps.before(noReturn);
    this.#steps.add(
      `${blue.name}-delete`,
      `delete ${blue.name}`,
      { kind: "delete-pool", pool: blue.name },
      { noReturn },
    );
  }
}

/** System pools first: what everything needs is new before what needs it. */
function poolsToTake(facts: ClusterFacts, wanted: readonly string[] | undefined): readonly PoolFacts[] {
  const all = facts.pools.toSorted((a, b) => Number(b.isSystem) - Number(a.isSystem));
  if (!wanted) return all;
  return wanted.map((name) => {
    const found = all.find((pool) => pool.name === name);
    if (found) return found;
    const choice = `Choose among ${all.map((pool) => pool.name).join(", ")}.`;
    throw invalid(`The cluster has no node pool ${name}.`, choice, "pools");
  });
}

/** `3 nodes, 14 pods move: 6 of payment-api, 4 of web and 4 of 2 others`. */
function extent({ nodes, pods }: ClusterFacts, { name, count }: PoolFacts): string {
  const own = new Set(nodes.filter(({ pool }) => pool === name).map((node) => node.name));
  const moving = pods.filter(
    ({ node, owner, isMirror }) => own.has(node ?? "") && !isMirror && owner?.kind !== "DaemonSet",
  );
  return `${count} nodes, ${moving.length} pods move${moving.length === 0 ? "" : `: ${byWorkload(moving)}`}`;
}

/** More names would hide the rest of the plan. */
const mostNamed = 6;

function byWorkload(moving: ClusterFacts["pods"]): string {
  const counts = new Map<string, number>();
  for (const { owner, name } of moving) counts.set(owner?.name ?? name, (counts.get(owner?.name ?? name) ?? 0) + 1);
  const sorted = [...counts].toSorted(([one, many], [other, more]) => more - many || one.localeCompare(other));
  const named = sorted.slice(0, mostNamed).map(([name, count]) => `${count} of ${name}`);
  const others = sorted.slice(mostNamed);
  if (others.length === 0) return named.join(", ");
  const left = others.reduce((sum, [, count]) => sum + count, 0);
  return `${named.join(", ")} and ${left} of ${others.length} others`;
}

const noWayBack = "AKS takes no control plane back to an older version";

/** Node pools of Linux have 1 to 12 lower-case letters and digits (AKS docs, naming rules). */
function freeName(name: string, letter: string, { pools }: ClusterFacts): string {
  const taken = new Set(pools.map((pool) => pool.name));
  const base = `${name.slice(0, 10)}${letter}`;
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.has(`${base}${number}`)) return `${base}${number}`;
}
