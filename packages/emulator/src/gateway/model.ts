import type { Scheduler } from "@fairway/kernel";
import type { Address, BackendStats, DataPlane, Route } from "../world/ports.ts";

/** A data plane without a network: keeps the routes that it is given, for the virtual lane and for tests. */
export interface ModelDataPlane extends DataPlane {
  route(host: string): Route | undefined;
  hosts(): string[];
  /** Pretends that so many requests were assigned and are in flight. */
  setStats(host: string, backend: string, stats: BackendStats): void;
  /** Pretends that a request waits for a backend without endpoint. */
  hold(host: string, backend: string): void;
  /** Calls `listener` when a route was set or removed. Returns the function that ends it. */
  onRoute(listener: (host: string, route: Route | undefined) => void): () => void;
}

export function createModelDataPlane(clock: Scheduler): ModelDataPlane {
  const routes = new Map<string, Route>();
  const stats = new Map<string, BackendStats>();
  const heldListeners = new Set<(host: string, backend: string) => void>();
  const routeListeners = new Set<(host: string, route: Route | undefined) => void>();
  const address: Address = { host: "10.224.0.100", port: 80 };
  const keyOf = (host: string, backend: string): string => `${host.toLowerCase()}/${backend}`;
  return {
    setRoute(host, route) {
      routes.set(host.toLowerCase(), route);
      for (const listener of routeListeners) listener(host.toLowerCase(), route);
    },
    removeRoute(host) {
      if (!routes.delete(host.toLowerCase())) return;
      for (const listener of routeListeners) listener(host.toLowerCase(), undefined);
    },
    stats: (host, backend) => stats.get(keyOf(host, backend)) ?? { requests: 0, active: 0 },
    onHeld(listener) {
      heldListeners.add(listener);
      return () => heldListeners.delete(listener);
    },
    address: () => address,
    route: (host) => routes.get(host.toLowerCase()),
    hosts: () => [...routes.keys()],
    setStats: (host, backend, value) => void stats.set(keyOf(host, backend), value),
    hold(host, backend) {
      clock.after(0, () => {
        for (const listener of heldListeners) listener(host, backend);
      });
    },
    onRoute(listener) {
      routeListeners.add(listener);
      return () => routeListeners.delete(listener);
    },
  };
}
