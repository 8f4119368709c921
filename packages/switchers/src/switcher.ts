import {
  type Clock,
  isSameSplit,
  type OperationContext,
  runOperation,
  type Switcher,
  type SwitcherTraits,
  splitText,
} from "@fairway/core";
import { checkSplit, distribute, FairwayError, type TrafficWeights } from "@fairway/model";
import { fromAzure } from "./azure-errors.ts";
import type { SwitcherOptions } from "./options.ts";

/** What a service that divides traffic can do, by its own names. Whatever it throws becomes a `FairwayError`. */
export interface Divider<State> {
  /** Begins messages: `Traffic Manager profile shop in resource group lab`. */
  readonly subject: string;
  /** What it calls a route: endpoint, origin, backend. */
  readonly noun: string;
  /** Rejects with `target-invalid` when it does not divide by weights. */
  read(): Promise<State>;
  routes(state: State): readonly WeightedRoute[];
  traits(state: State): SwitcherTraits;
  /** How long a new route is on its way, before which nothing else is. Default: nobody waits for one without traffic. */
  readonly addingMs?: number;
  /** Each route is written for itself. */
  readonly movesInSteps?: true;
  /** Throws `conflict` when one that is to get traffic cannot take it, as far as the service tells. */
  check?(state: State, percent: Percent): void;
  /** At no moment without one that takes traffic. Resolves with how long callers take to follow, in milliseconds. */
  write(state: State, percent: Percent, running: OperationContext): Promise<number>;
  add(state: State, name: string, host: string): Promise<void>;
  remove(state: State, name: string): Promise<void>;
}

export interface WeightedRoute {
  readonly name: string;
  /** In the service's own measure; 0: nobody is sent there. */
  readonly weight: number;
}

/** By the service's own name of the route. */
export type Percent = Readonly<Record<string, number>>;

/** What every switcher does alike. Rejects with `target-not-found` and `target-invalid`. */
export async function createSwitcher<State>(
  { address, clock, routes }: Pick<SwitcherOptions, "address" | "clock" | "routes">,
  divider: Divider<State>,
): Promise<Switcher> {
  const own = new Names(routes, divider);
  const request = <T>(send: () => Promise<T>): Promise<T> => asFairway(divider.subject, send);
  const read = (): Promise<State> => request(() => divider.read());
  const traits = divider.traits(await read());
  function operation<T>(call: string, args: readonly unknown[], work: (running: OperationContext) => Promise<T>) {
    return runOperation({ target: address, call, arguments: args, clock }, work);
  }
  return {
    address,
    traits,
    weights: async () => own.weightsOf(await read()),
    switchTo: (wanted) =>
      operation("switchTo", [wanted], async (running) => {
        const state = await read();
        const split = checkSplit(wanted, Object.keys(own.weightsOf(state)));
        const percent = own.percentOf(state, split);
        divider.check?.(state, percent);
        let waitMs = divider.traits(state).convergenceMs;
        if (!isSameSplit(own.weightsOf(state), split)) {
          running.report(`Writing the weights: ${splitText(split)}`);
          waitMs = await request(() => divider.write(state, percent, running));
        }
        await untilFollowed(clock, waitMs, traits, running);
        divider.check?.(await read(), percent);
        return split;
      }),
    ...(divider.movesInSteps
      ? {
          async isBetween(from, to) {
            const state = await read();
            return isBetween(divider.routes(state), own.percentOf(state, from), own.percentOf(state, to));
          },
        }
      : {}),
    addRoute: (cluster, host) =>
      operation("addRoute", [cluster, host], async (running) => {
        const state = await read();
        if (!own.routeOf(state, cluster)) await request(() => divider.add(state, own.nameFor(cluster), host));
        if (divider.addingMs !== undefined) await untilFollowed(clock, divider.addingMs, traits, running);
      }),
    removeRoute: (cluster) =>
      operation("removeRoute", [cluster], async () => {
        const state = await read();
        const route = own.routeOf(state, cluster);
        if (!route) return;
        if (route.weight > 0) throw hasTraffic(divider, route.name);
        await request(() => divider.remove(state, route.name));
      }),
  };
}

/** Each route has what it is to have, or, among those that are left, what it had. */
function isBetween(routes: readonly WeightedRoute[], from: Percent, to: Percent): boolean {
  const left = routes.filter(({ name, weight }) => weight !== (to[name] ?? 0));
  const now = left.reduce((sum, { weight }) => sum + weight, 0);
  const before = left.reduce((sum, { name }) => sum + (from[name] ?? 0), 0);
  const share = (weight: number, all: number): number => (all === 0 ? 0 : (100 * weight) / all);
  return left.every(({ name, weight }) => Math.abs(share(weight, now) - share(from[name] ?? 0, before)) < 2);
}

/** Which route leads to which cluster. */
class Names<State> {
  readonly #routes: Readonly<Record<string, string>>;
  readonly #divider: Divider<State>;

  constructor(routes: Readonly<Record<string, string>>, divider: Divider<State>) {
    this.#routes = routes;
    this.#divider = divider;
  }

  weightsOf(state: State): TrafficWeights {
    const shares = this.#divider.routes(state).map(({ name, weight }) => [this.#routes[name] ?? name, weight]);
    return distribute(100, Object.fromEntries(shares) as Record<string, number>);
  }

  percentOf(state: State, split: TrafficWeights): Percent {
    const all = this.#divider.routes(state).map(({ name }) => [name, split[this.#routes[name] ?? name] ?? 0]);
    return Object.fromEntries(all) as Record<string, number>;
  }

  routeOf(state: State, cluster: string): WeightedRoute | undefined {
    return this.#divider.routes(state).find(({ name }) => (this.#routes[name] ?? name) === cluster);
  }

  nameFor(cluster: string): string {
    const [named] = Object.entries(this.#routes).find(([, target]) => target === cluster) ?? [];
    return named ?? cluster.split("/").at(-1) ?? "";
  }
}

async function untilFollowed(
  clock: Clock,
  waitMs: number,
  { decidesPer }: SwitcherTraits,
  running: OperationContext,
): Promise<void> {
  const who = decidesPer === "request" ? "it is so everywhere" : "name servers and resolvers follow";
  running.report(`Waiting ${waitMs / 1_000} s until ${who}`);
  await clock.sleep(waitMs, running.signal);
}

async function asFairway<T>(subject: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw fromAzure(error, subject);
  }
}

function hasTraffic({ subject, noun }: Pick<Divider<unknown>, "subject" | "noun">, name: string): FairwayError {
  return new FairwayError("conflict", `${subject}: the ${noun} ${name} has traffic.`, {
    hint: "Move its traffic away first.",
  });
}
