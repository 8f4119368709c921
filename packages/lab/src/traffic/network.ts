import type { Random } from "@fairway/kernel";
import { PoissonTable, tabledMeanMax } from "./count-tables.ts";
import { type Counts, type Failures, failureReasons } from "./counts.ts";
import { Service } from "./service.ts";
import type { RouteSpec, ServiceSpec } from "./spec.ts";

interface Node {
  readonly service: Service;
  /** Where those go that were served here, and what share of them; the rest is through. */
  next: { readonly node: Node; readonly share: number }[];
}

/** Services in the order in which requests pass them. */
export class Network {
  readonly #random: Random;
  readonly #byName: ReadonlyMap<string, Node>;
  /** Upstream first: what one lets through reaches the next within the step. */
  readonly #nodes: readonly Node[];
  readonly #retrying: readonly Service[];
  readonly #routes: readonly (readonly Node[])[];
  /** Failed because there was no route for them. */
  #nowhere = 0;
  #table = new PoissonTable(1);
  readonly #counts: Counts = { arrivals: 0, served: 0, late: 0, failed: 0 };

  constructor(services: readonly ServiceSpec[], routes: readonly RouteSpec[], random: Random) {
    this.#random = random.stream("arrivals");
    this.#byName = new Map(
      services.map((spec) => [
        spec.name,
        { service: new Service(spec, random.stream(`service ${spec.name}`)), next: [] },
      ]),
    );
    this.#routes = routes.map(({ hops }) => hops.map((name) => this.#node(name)));
    this.#nodes = inOrder([...this.#byName.values()], this.#routes);
    this.#retrying = this.#nodes.map(({ service }) => service).filter(({ canRetry }) => canRetry);
  }

  service(name: string): Service {
    return this.#node(name).service;
  }

  get isRetrying(): boolean {
    for (const service of this.#retrying) if (service.isRetrying) return true;
    return false;
  }

  get inFlight(): number {
    return this.#nodes.reduce((sum, { service }) => sum + service.inFlight, 0);
  }

  get retries(): number {
    return this.#nodes.reduce((sum, { service }) => sum + service.retriesSent, 0);
  }

  addFailures(failures: Failures): void {
    failures.noEndpoint += this.#nowhere;
    for (const { service } of this.#nodes) {
      for (const reason of failureReasons) failures[reason] += service.failures[reason];
    }
  }

  failedAt(): Record<string, number> {
    return Object.fromEntries(this.#nodes.map(({ service }) => [service.name, service.failed]));
  }

  /**
   * Routes that share a service mix there: what goes on from it is divided by the shares of the routes, not by where each
   * request came from.
   */
  follow(shares: readonly number[]): void {
    const weights = new Map<Node, Map<Node | undefined, number>>();
    for (const [index, hops] of this.#routes.entries()) {
      for (const [position, node] of hops.entries()) {
        const ways = weights.get(node) ?? new Map<Node | undefined, number>();
        weights.set(node, ways);
        const next = hops[position + 1];
        ways.set(next, (ways.get(next) ?? 0) + (shares[index] ?? 0));
      }
    }
    for (const [node, ways] of weights) {
      const sum = [...ways.values()].reduce((total, weight) => total + weight, 0);
      // Nobody comes any more; those who are still here go on as before.
      if (sum === 0) {
        if (node.next.length === 0) node.next = evenly([...ways.keys()]);
        continue;
      }
      node.next = [...ways].flatMap(([next, weight]) => (next ? [{ node: next, share: weight / sum }] : []));
    }
  }

  /** `mean` requests are expected, all routes together. The result is this network's own, until the next step. */
  step(mean: number, shares: readonly number[], fromMs: number, toMs: number): Counts {
    const counts = this.#counts;
    counts.arrivals = 0;
    counts.served = 0;
    counts.late = 0;
    counts.failed = 0;
    for (let index = 0; index < this.#routes.length; index++) {
      const entry = this.#routes[index]?.[0];
      if (!entry) continue;
      const arrivals = this.#drawArrivals(mean * (shares[index] ?? 0));
      entry.service.incoming += arrivals;
      counts.arrivals += arrivals;
    }
    this.#failNowhere(mean * (1 - shares.reduce((sum, share) => sum + share, 0)));
    for (const node of this.#nodes) {
      node.service.step(fromMs, toMs);
      counts.failed += node.service.failedNow;
      if (node.service.passed > 0) this.#passOn(node);
    }
    return counts;
  }

  /** Routes that have the same share come one after the other. */
  #drawArrivals(mean: number): number {
    if (this.#routes.length < routesForTable || mean > tabledMeanMax) return this.#random.poisson(mean);
    if (this.#table.mean !== mean) this.#table = new PoissonTable(mean);
    return this.#table.draw(this.#random);
  }

  #failNowhere(mean: number): void {
    // The shares sum to 1 but for rounding, or to less.
    const lost = mean < 1e-6 ? 0 : this.#random.poisson(mean);
    this.#nowhere += lost;
    this.#counts.arrivals += lost;
    this.#counts.failed += lost;
  }

  #passOn({ service, next }: Node): void {
    let left = service.passed;
    let late = service.passedLate;
    let shareLeft = 1;
    for (const { node, share } of next) {
      const some = share >= shareLeft - 1e-9 ? left : this.#random.binomial(left, share / shareLeft);
      const someLate = some === left ? late : Math.min(some, this.#random.binomial(late, some / Math.max(1, left)));
      node.service.incoming += some;
      node.service.incomingLate += someLate;
      left -= some;
      late -= someLate;
      shareLeft -= share;
    }
    this.#counts.served += left;
    this.#counts.late += Math.min(left, late);
  }

  #node(name: string): Node {
    const node = this.#byName.get(name);
    if (!node) throw new Error(`There is no service ${name}: ${[...this.#byName.keys()].join(", ")}.`);
    return node;
  }
}

/** From so many on a table pays. */
const routesForTable = 8;

function evenly(nodes: readonly (Node | undefined)[]): Node["next"] {
  return nodes.flatMap((node) => (node ? [{ node, share: 1 / nodes.length }] : []));
}

/** Every service after all that send to it. */
function inOrder(nodes: readonly Node[], routes: readonly (readonly Node[])[]): Node[] {
  const before = new Map<Node, Set<Node>>(nodes.map((node) => [node, new Set()]));
  for (const hops of routes) {
    for (const [index, node] of hops.entries()) {
      const sender = hops[index - 1];
      if (sender) before.get(node)?.add(sender);
    }
  }
  const ordered: Node[] = [];
  const left = new Set(nodes);
  while (left.size > 0) {
    const ready = [...left].filter((node) => [...(before.get(node) ?? [])].every((sender) => !left.has(sender)));
    if (ready.length === 0) {
      const names = [...left].map(({ service }) => service.name).join(", ");
      throw new Error(`Routes must not go in a circle: ${names}.`);
    }
    for (const node of ready) left.delete(node);
    ordered.push(...ready);
  }
  return ordered;
}
