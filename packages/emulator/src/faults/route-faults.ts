import type { Scheduler } from "@fairway/kernel";
import type { Address, DataPlane, Route } from "../world/ports.ts";
import { type Faults, isSame } from "./faults.ts";

/** Which host names apps have. */
export interface AppHosts {
  /** Of one app. */
  app(name: string): readonly string[];
  /** Of the apps of an environment that have a Dapr sidecar. */
  dapr(environment: string): readonly string[];
}

/** Nobody listens there: who is sent to it gets 502. */
const nobody: Address = { host: "127.0.0.1", port: 1 };

const defaultErrorSeconds = 10;

/** A data plane whose routes lead astray as faults say. What the world asks for is kept, and comes back when they are over. */
export function withRouteFaults<Plane extends DataPlane>(
  plane: Plane,
  faults: Faults,
  clock: Scheduler,
  hosts: AppHosts,
): Plane {
  const wanted = new Map<string, Route>();
  const switching = new Map<string, number>();

  function publish(host: string): void {
    const route = wanted.get(host);
    if (!route || isHidden(host)) plane.removeRoute(host);
    else plane.setRoute(host, isAstray(host) ? astray(route) : route);
  }

  function isHidden(host: string): boolean {
    return faults.active("dns-broken").some(({ parameters }) => isServiceOf(host, parameters.cluster));
  }

  function isAstray(host: string): boolean {
    if ((switching.get(host) ?? 0) > clock.now()) return true;
    return faults
      .active("dapr-platform-upgrade")
      .some(({ parameters }) => hosts.dapr(parameters.environment).includes(host));
  }

  function setRoute(name: string, route: Route): void {
    const host = name.toLowerCase();
    const before = wanted.get(host);
    wanted.set(host, route);
    if (before && faults.active("switch-errors").length > 0 && weightsOf(before) !== weightsOf(route)) begin(host);
    publish(host);
  }

  /** Traffic of the host moves now. */
  function begin(host: string): void {
    const fault = faults.active("switch-errors").find(({ parameters }) => hosts.app(parameters.app).includes(host));
    if (!fault) return;
    const errorMs = (fault.parameters.errorSeconds ?? defaultErrorSeconds) * 1_000;
    switching.set(host, clock.now() + errorMs);
    clock.after(errorMs, () => publish(host));
  }

  faults.onChange(({ kind }) => {
    if (kind === "dns-broken" || kind === "dapr-platform-upgrade") for (const host of wanted.keys()) publish(host);
  });
  return {
    ...plane,
    setRoute,
    removeRoute(name: string) {
      wanted.delete(name.toLowerCase());
      plane.removeRoute(name);
    },
  };
}

/** Services of a cluster are hosts such as `shop.default.<cluster>`. */
function isServiceOf(host: string, cluster: string): boolean {
  const at = host.lastIndexOf(".");
  return at > 0 && isSame(host.slice(at + 1), cluster);
}

function weightsOf({ backends }: Route): string {
  return JSON.stringify(backends.filter(({ weight }) => weight > 0).map(({ name, weight }) => [name, weight]));
}

function astray(route: Route): Route {
  return { backends: route.backends.map((backend) => ({ ...backend, endpoints: [...backend.endpoints, nobody] })) };
}
