import type { Random, Timer } from "@fairway/kernel";
import type { Address, Backend, Route } from "../../world/ports.ts";
import { durationMs } from "../../world/world.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { PodAddresses } from "./pod-addresses.ts";

/** What a host should be, in terms of pods. */
export interface RoutePlan {
  readonly backends: readonly BackendPlan[];
}

export interface BackendPlan {
  readonly name: string;
  readonly weight: number;
  readonly members: readonly { readonly podUid: string; readonly port: number }[];
  /** Answer while it has no endpoint. Default 503. */
  readonly rejectStatus?: number;
}

export interface Propagation {
  /**
   * Makes a host so after a drawn delay, undefined: takes it away. Changes of one host arrive in order. Nothing happens
   * when this is what it was last told to be. `arrived` is called when the data plane has it.
   */
  tell(host: string, plan: RoutePlan | undefined, arrived?: () => void): void;
}

interface HostState {
  readonly random: Random;
  /** What was told last. */
  told: string;
  /** What the data plane has. */
  applied: RoutePlan | undefined;
  lastDueMs: number;
}

/**
 * Between what the control plane knows and what the data plane does lies a delay (`endpoints.propagation`): a pod that
 * was killed or told to stop still gets requests for that long. The address of a pod is not part of it: a container
 * that comes back in its pod is found at once, as it would be under its pod IP.
 */
export function createPropagation(plane: ControlPlane, addresses: PodAddresses): Propagation {
  const hosts = new Map<string, HostState>();
  const underWay = new Set<Timer>();
  const { clock, dataPlane } = plane.world;

  function tell(host: string, plan: RoutePlan | undefined, arrived?: () => void): void {
    const state = stateOf(host);
    const told = plan ? `[${plan.backends.map(textOf).join()}]` : "";
    if (told === state.told) {
      if (arrived) later(state.lastDueMs, arrived);
      return;
    }
    state.told = told;
    state.lastDueMs = Math.max(
      state.lastDueMs,
      clock.now() + durationMs(plane.world, "endpoints.propagation", state.random),
    );
    later(state.lastDueMs, () => {
      state.applied = plan;
      apply(host, plan);
      arrived?.();
    });
  }

  function later(timeMs: number, run: () => void): void {
    const timer = clock.at(timeMs, () => {
      underWay.delete(timer);
      run();
    });
    underWay.add(timer);
  }

  function stateOf(host: string): HostState {
    const known = hosts.get(host);
    if (known) return known;
    const random = plane.world.random.stream(`${plane.clusterName}/propagation/${host}`);
    const state = { random, told: "", applied: undefined, lastDueMs: clock.now() };
    hosts.set(host, state);
    return state;
  }

  function apply(host: string, plan: RoutePlan | undefined): void {
    if (plan) dataPlane.setRoute(host, routeOf(plan, addresses));
    else dataPlane.removeRoute(host);
  }

  addresses.onMove((podUid) => {
    for (const [host, { applied }] of hosts) if (applied && mentions(applied, podUid)) apply(host, applied);
  });
  plane.onClose(() => {
    for (const timer of underWay) timer.cancel();
    for (const [host, { applied }] of hosts) if (applied) dataPlane.removeRoute(host);
    hosts.clear();
  });
  return { tell };
}

/** Services are told to many hosts at once, by the same object. */
const texts = new WeakMap<BackendPlan, string>();

function textOf(backend: BackendPlan): string {
  const text = texts.get(backend) ?? JSON.stringify(backend);
  texts.set(backend, text);
  return text;
}

function mentions({ backends }: RoutePlan, podUid: string): boolean {
  return backends.some(({ members }) => members.some((member) => member.podUid === podUid));
}

function routeOf({ backends }: RoutePlan, addresses: PodAddresses): Route {
  return { backends: backends.map((backend) => backendOf(backend, addresses)) };
}

function backendOf({ name, weight, members, rejectStatus }: BackendPlan, addresses: PodAddresses): Backend {
  let endpoints: readonly Address[] | undefined;
  return {
    name,
    weight,
    // Looked up when first asked for: most routes are replaced before a request comes.
    get endpoints() {
      endpoints ??= members.map(({ podUid, port }) => addresses.find(podUid, port)).filter((one) => one !== undefined);
      return endpoints;
    },
    whenEmpty: "reject",
    ...(rejectStatus === undefined ? {} : { rejectStatus }),
  };
}
