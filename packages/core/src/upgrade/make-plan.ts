import { FairwayError } from "@fairway/model";
import { controlPlaneEstimate, estimatePool, estimateUpgrade } from "../preflight/estimate.ts";
import type { ClusterFacts, PoolFacts } from "../preflight/facts.ts";
import { isBusy } from "../provisioning-state.ts";
import { byVersion, isAt, isVersion } from "../versions.ts";
import {
  type ClusterStrategy,
  clusterOf,
  type Gate,
  gateTitle,
  type PlannedFrom,
  type Step,
  type UpgradePlan,
} from "./plan.ts";

export interface PlanRequest {
  readonly strategy: ClusterStrategy;
  /** `1.35.1`, or `1.35` for its newest patch that can be reached. */
  readonly version: string;
  /** Only these pools, in this order. Default: all, system pools first. */
  readonly pools?: readonly string[];
  /** Pools that get a second one like them while they are upgraded, since their pods fit nowhere else. */
  readonly spares?: readonly string[];
  readonly gates?: readonly Gate[];
}

/** A target with what was read of it. */
export interface PlannedTarget {
  readonly address: string;
  readonly facts: ClusterFacts;
}

/**
 * The steps of an upgrade. Throws `upgrade-invalid` when the cluster cannot go there: a version that does not exist, skips
 * a minor or is lower, a cluster that is stopped or busy, a pool that is not there. `rehearsal` is the inactive cluster
 * that a guarded upgrade goes through first.
 */
export function makePlan(request: PlanRequest, active: PlannedTarget, rehearsal?: PlannedTarget): UpgradePlan {
  const version = reachableVersion(request.version, active);
  const { strategy } = request;
  const steps = (target: PlannedTarget, prefix: string) => new Steps({ ...request, version }, target, prefix).all();
  if (strategy === "guarded" && !rehearsal) {
    throw invalid(
      "A guarded upgrade needs the inactive cluster that it is rehearsed on.",
      "Name it: --rehearse-on aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE.",
      "rehearsal",
    );
  }
  if (rehearsal) reachableVersion(request.version, rehearsal);
  return {
    strategy,
    cluster: clusterOf(active.address),
    version,
    from: standing(active.facts),
    steps: [...(rehearsal ? steps(rehearsal, "rehearsal-") : []), ...steps(active, "")],
  };
}

class Steps {
  readonly #request: PlanRequest;
  readonly #target: PlannedTarget;
  readonly #prefix: string;
  readonly #steps: Step[] = [];

  constructor(request: PlanRequest, target: PlannedTarget, prefix: string) {
    this.#request = request;
    this.#target = target;
    this.#prefix = prefix;
  }

  all(): readonly Step[] {
    const { strategy, version } = this.#request;
    const pools = this.#pools();
    this.#add("check", `look for what stands against ${version}`, {
      kind: "check",
      version,
      pools: pools.map(({ name }) => name),
    });
    if (strategy === "in-place") this.#cluster(pools);
    else {
      this.#controlPlane();
      for (const pool of pools) {
        if (strategy === "pool-blue-green") this.#replacePool(pool);
        else this.#upgradePool(pool);
      }
    }
    return this.#steps;
  }

  #cluster(pools: readonly PoolFacts[]): void {
    const { version } = this.#request;
    const { facts } = this.#target;
    const names = pools.map(({ name }) => name);
    if (names.length < facts.pools.length) {
      throw invalid(
        "In place goes through all node pools at once.",
        "Leave --pool out, or take --strategy node-pool.",
        "pools",
      );
    }
    this.#before(noWayBack);
    const action = { kind: "cluster", version, from: standing(facts) } as const;
    const estimate = estimateUpgrade(facts, { version, pools: names });
    this.#add("cluster", `upgrade the control plane, then ${names.join(", ")}, to ${version}`, action, {
      noReturn: noWayBack,
      estimate,
    });
    this.#after("cluster");
  }

  #controlPlane(): void {
    const { version } = this.#request;
    if (isAt(this.#target.facts.version, version)) return;
    this.#before(noWayBack);
    const more = { noReturn: noWayBack, estimate: controlPlaneEstimate };
    this.#add("control-plane", `upgrade the control plane to ${version}`, { kind: "control-plane", version }, more);
    this.#after("control-plane");
  }

  #upgradePool(pool: PoolFacts): void {
    const { version, spares = [] } = this.#request;
    const { name } = pool;
    const spare = spares.includes(name) ? freeName(name, "s", this.#target.facts) : undefined;
    this.#before(undefined);
    if (spare !== undefined) {
      const action = { kind: "create-pool", pool: spare, like: name, version } as const;
      this.#add(spare, `make the spare pool ${spare} like ${name}, at ${version}`, action);
    }
    const action = { kind: "pool", pool: name, version, from: pool.version } as const;
    this.#add(
      name,
      `upgrade node pool ${name} from ${pool.version} to ${version}: ${extent(this.#target.facts, pool)}`,
      action,
      {
        estimate: estimatePool(pool),
      },
    );
    if (spare !== undefined) {
      this.#add(`${spare}-drain`, `drain ${spare}`, { kind: "drain-pool", pool: spare });
      this.#add(`${spare}-delete`, `delete ${spare}`, { kind: "delete-pool", pool: spare });
    }
    this.#after(name);
  }

  /** Green beside blue; blue is kept until the gates have opened. */
  #replacePool(blue: PoolFacts): void {
    const { version } = this.#request;
    const green = freeName(blue.name, blue.name.endsWith("g") ? "b" : "g", this.#target.facts);
    this.#before(undefined);
    const create = { kind: "create-pool", pool: green, like: blue.name, version } as const;
    this.#add(
      green,
      `make node pool ${green} like ${blue.name}, at ${version}: ${extent(this.#target.facts, blue)}`,
      create,
      {
        estimate: { p50Minutes: 4, p95Minutes: 8 },
      },
    );
    this.#add(
      `${blue.name}-drain`,
      `move the pods of ${blue.name} as their budgets allow`,
      { kind: "drain-pool", pool: blue.name },
      { estimate: { p50Minutes: blue.count, p95Minutes: 3 * blue.count } },
    );
    this.#after(`${blue.name}-drain`);
    const noReturn = `${blue.name} and its old nodes are gone`;
    this.#before(noReturn);
    this.#add(`${blue.name}-delete`, `delete ${blue.name}`, { kind: "delete-pool", pool: blue.name }, { noReturn });
  }

  /** What must hold before something is disturbed; a person is asked where nothing leads back. */
  #before(noReturn: string | undefined): void {
    const { gates = [] } = this.#request;
    for (const gate of gates) {
      if (gate.kind === "window" || (gate.kind === "person" && noReturn !== undefined)) this.#gate(gate);
    }
  }

  /** Nobody goes on from something that is broken. */
  #after(id: string): void {
    const { gates = [] } = this.#request;
    this.#add(`${id}-verify`, "look whether nodes are ready and apps are healthy", { kind: "verify" });
    for (const gate of gates) if (gate.kind === "command" || gate.kind === "metric") this.#gate(gate);
  }

  #gate(gate: Gate): void {
    this.#add(`gate-${this.#steps.length + 1}`, gateTitle(gate), { kind: "gate", gate });
  }

  #add(id: string, title: string, action: Step["action"], more: Pick<Step, "noReturn" | "estimate"> = {}): void {
    this.#steps.push({ id: `${this.#prefix}${id}`, title, target: this.#target.address, action, ...more });
  }

  /** System pools first: what everything needs is new before what needs it. */
  #pools(): readonly PoolFacts[] {
    const { facts } = this.#target;
    const { pools: wanted } = this.#request;
    const all = facts.pools.toSorted((a, b) => Number(b.isSystem) - Number(a.isSystem));
    // A rehearsal goes through the pools that its cluster has.
    if (!wanted || this.#prefix !== "") return all;
    return wanted.map((name) => {
      const found = all.find((pool) => pool.name === name);
      if (found) return found;
      throw invalid(
        `The cluster has no node pool ${name}.`,
        `Choose among ${all.map((pool) => pool.name).join(", ")}.`,
        "pools",
      );
    });
  }
}

/** `3 nodes, 14 pods move`. */
function extent({ nodes, pods }: ClusterFacts, { name, count }: PoolFacts): string {
  const own = new Set(nodes.filter(({ pool }) => pool === name).map((node) => node.name));
  const moving = pods.filter(
    ({ node, owner, isMirror }) => own.has(node ?? "") && !isMirror && owner?.kind !== "DaemonSet",
  );
  return `${count} nodes, ${moving.length} pods move`;
}

const noWayBack = "AKS takes no control plane back to an older version";

function standing({ version, pools }: ClusterFacts): PlannedFrom {
  return { version, pools: Object.fromEntries(pools.map((pool) => [pool.name, pool.version])) };
}

/** Node pools of Linux have 1 to 12 lower-case letters and digits (AKS docs, naming rules). */
function freeName(name: string, letter: string, { pools }: ClusterFacts): string {
  const taken = new Set(pools.map((pool) => pool.name));
  const base = `${name.slice(0, 10)}${letter}`;
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.has(`${base}${number}`)) return `${base}${number}`;
}

function reachableVersion(wanted: string, { address, facts }: PlannedTarget): string {
  const place = `The cluster ${clusterOf(address)}`;
  if (facts.isStopped) throw invalid(`${place} is stopped.`, "Start it first: az aks start.");
  if (isBusy(facts.provisioningState)) {
    throw new FairwayError("operation-in-progress", `${place} is ${facts.provisioningState}.`, {
      hint: "Wait for the end of the operation, or fairway upgrade abort. An upgrade of Fairway goes on with fairway upgrade resume.",
    });
  }
  const choice = `It is at ${facts.version} and can go to ${facts.reachable.join(", ") || "nothing newer"}: one minor version at a time, never back.`;
  if (!isVersion(wanted))
    throw invalid(
      `"${wanted}" is not a Kubernetes version.`,
      "Give it like 1.34.2, or 1.34 for its newest patch.",
      "version",
    );
  const found = facts.reachable
    .filter((one) => isAt(one, wanted))
    .toSorted(byVersion)
    .at(-1);
  if (found !== undefined) return found;
  // The control plane may be there already, and pools behind it.
  if (isAt(facts.version, wanted) && facts.pools.some((pool) => byVersion(pool.version, facts.version) < 0))
    return facts.version;
  throw invalid(`${place} cannot go to ${wanted}.`, choice, "version");
}

function invalid(message: string, hint: string, path?: string): FairwayError {
  return new FairwayError("upgrade-invalid", message, { hint, ...(path === undefined ? {} : { path }) });
}
