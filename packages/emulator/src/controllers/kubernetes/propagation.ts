import type { Random, Timer } from "@fairway/kernel";
import type { Address, Backend, Route } from "../../world/ports.ts";
import { sameJson } from "../../world/same-json.ts";
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
   * Makes the hosts of something (`name`) so after a drawn delay, the same for all of them; those that it had before and no
   * longer has are taken away. Changes of one name arrive in order. Nothing happens when this is what it was last told to
   * be. `arrived` is called when the data plane has it.
   */
  tell(name: string, destination: Destination, arrived?: () => void): void;
}

export interface Destination extends RoutePlan {
  readonly hosts: readonly string[];
}

export const nowhere: Destination = { hosts: [], backends: [] };

interface Known {
  readonly random: Random;
  /** What was told last. */
  told: Destination;
  /** What the data plane has. */
  applied: Destination;
  lastDueMs: number;
}

/**
 * Between what the control plane knows and what the data plane does lies a delay (`endpoints.propagation`): a pod that
 * was killed or told to stop still gets requests for that long. The address of a pod is not part of it: a container
 * that comes back in its pod is found at once, as it would be under its pod IP.
 */
export function createPropagation(plane: ControlPlane, addresses: PodAddresses): Propagation {
  const byName = new Map<string, Known>();
  const underWay = new Set<Timer>();
  const { clock, dataPlane } = plane.world;

  function tell(name: string, destination: Destination, arrived?: () => void): void {
    const known = byName.get(name) ?? meet(name);
    if (sameJson(destination, known.told)) {
      if (arrived) later(known.lastDueMs, arrived);
      return;
    }
    known.told = destination;
    const delayMs = durationMs(plane.world, "endpoints.propagation", known.random);
    known.lastDueMs = Math.max(known.lastDueMs, clock.now() + delayMs);
    later(known.lastDueMs, () => {
      const before = known.applied;
      known.applied = destination;
      for (const host of before.hosts) if (!destination.hosts.includes(host)) dataPlane.removeRoute(host);
      apply(destination);
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

  function meet(name: string): Known {
    const random = plane.world.random.stream(`${plane.clusterName}/propagation/${name}`);
    const known = { random, told: nowhere, applied: nowhere, lastDueMs: clock.now() };
    byName.set(name, known);
    return known;
  }

  function apply(destination: Destination): void {
    const route = routeOf(destination, addresses);
    for (const host of destination.hosts) dataPlane.setRoute(host, route);
  }

  addresses.onMove((podUid) => {
    for (const { applied } of byName.values()) if (mentions(applied, podUid)) apply(applied);
  });
  plane.onClose(() => {
    for (const timer of underWay) timer.cancel();
    for (const { applied } of byName.values()) for (const host of applied.hosts) dataPlane.removeRoute(host);
    byName.clear();
  });
  return { tell };
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
