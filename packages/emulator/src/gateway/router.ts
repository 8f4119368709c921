import type { Scheduler } from "@fairway/kernel";
import type { Address, BackendStats, PathRule, Route } from "../world/ports.ts";
import { BackendState } from "./backend.ts";
import { createIngress, type Ingress } from "./ingress-policy.ts";
import { followRules } from "./path-rules.ts";
import type { RequestHead } from "./request-head.ts";
import { WeightedSplit } from "./split.ts";
import { Endpoint } from "./upstream.ts";

export interface Dispatch {
  readonly backend: BackendState | 404 | 500 | 503;
  readonly target: string;
  readonly ingress: Ingress | undefined;
}

/** The hosts that are routed, their backends, and the replicas behind them. */
export class Router {
  readonly #clock: Scheduler;
  readonly #onHeld: (host: string, backend: string) => void;
  readonly #hosts = new Map<string, HostRoute>();
  readonly #endpoints = new Map<string, Endpoint>();

  constructor(clock: Scheduler, onHeld: (host: string, backend: string) => void) {
    this.#clock = clock;
    this.#onHeld = onHeld;
  }

  /** `host` as a client wrote it, looked up in the scope first. */
  find(host: string, scope: string | undefined): HostRoute | undefined {
    const name = nameOf(host);
    const scoped = scope === undefined ? undefined : this.#hosts.get(`${name}.${scope}`);
    const found = scoped?.isRouted ? scoped : this.#hosts.get(name);
    return found?.isRouted ? found : undefined;
  }

  /** Where a request goes: the backend whose turn it is or the status to refuse with, and the target to ask for there. */
  dispatch(head: Pick<RequestHead, "host" | "target">, scope: string | undefined): Dispatch {
    const found = this.find(head.host, scope);
    if (!found) return { backend: 404, target: head.target, ingress: undefined };
    if (found.rules.length === 0) return { backend: found.pick(), target: head.target, ingress: found.ingress };
    const next = followRules(found.rules, head.target);
    const route = next && this.find(next.host, undefined);
    if (!next || !route) return { backend: next ? 503 : 404, target: head.target, ingress: undefined };
    return { backend: route.pick(), target: next.target, ingress: route.ingress };
  }

  setRoute(host: string, route: Route): void {
    this.#routeOf(nameOf(host)).update(route, (address) => this.#endpoint(address));
    this.#retireUnused();
  }

  removeRoute(host: string): void {
    this.#hosts.get(nameOf(host))?.remove();
    this.#retireUnused();
  }

  stats(host: string, backend: string): BackendStats {
    return this.#hosts.get(nameOf(host))?.stats(backend) ?? { requests: 0, active: 0 };
  }

  close(): void {
    for (const host of this.#hosts.values()) host.remove();
    this.#retireUnused();
  }

  #routeOf(name: string): HostRoute {
    const known = this.#hosts.get(name);
    if (known) return known;
    const created = new HostRoute(
      (backend) => new BackendState(backend, this.#clock, () => this.#onHeld(name, backend)),
    );
    this.#hosts.set(name, created);
    return created;
  }

  #endpoint(address: Address): Endpoint {
    const key = `${address.host}:${address.port}`;
    const known = this.#endpoints.get(key);
    if (known) return known;
    const created = new Endpoint(address, () => this.#clock.now());
    this.#endpoints.set(key, created);
    return created;
  }

  #retireUnused(): void {
    for (const [key, endpoint] of this.#endpoints) {
      if (endpoint.references > 0) continue;
      endpoint.retire();
      this.#endpoints.delete(key);
    }
  }
}

/** What one host's traffic goes to. Counts and held requests stay when the route changes or is gone for a while. */
export class HostRoute {
  readonly #createBackend: (name: string) => BackendState;
  readonly #backends = new Map<string, BackendState>();
  #split: WeightedSplit<BackendState> | undefined;
  #weights = "";
  #isEmpty = true;
  rules: readonly PathRule[] = [];
  ingress: Ingress | undefined;

  constructor(createBackend: (name: string) => BackendState) {
    this.#createBackend = createBackend;
  }

  get isRouted(): boolean {
    return this.#split !== undefined;
  }

  /** The backend whose turn it is; or the status to refuse with. */
  pick(): BackendState | 500 | 503 {
    // All weights zero is 500 in the Gateway API (HTTPBackendRef); a route without backends has no one to serve it.
    return this.#split?.pick() ?? (this.#isEmpty ? 503 : 500);
  }

  /** While names and weights stay the same, the split goes on where it is, however often replicas come and go. */
  update(route: Route, endpointOf: (address: Address) => Endpoint): void {
    const before = this.#endpoints();
    const named = new Set(route.backends.map((backend) => backend.name));
    const shares = route.backends.map((backend) => ({ item: this.#backend(backend.name), weight: backend.weight }));
    const weights = JSON.stringify(route.backends.map(({ name, weight }) => [name, weight]));
    if (!this.#split || weights !== this.#weights) this.#split = new WeightedSplit(shares);
    this.#weights = weights;
    this.#isEmpty = route.backends.length === 0;
    this.rules = route.rules ?? [];
    this.ingress = route.policy && createIngress(route.policy);
    for (const backend of route.backends) {
      this.#backend(backend.name).update(backend, backend.endpoints.map(endpointOf));
    }
    for (const [name, backend] of this.#backends) if (!named.has(name)) backend.update({ whenEmpty: "reject" }, []);
    for (const endpoint of before) endpoint.references -= 1;
    for (const endpoint of this.#endpoints()) endpoint.references += 1;
  }

  /** Held requests are refused; those in flight finish. */
  remove(): void {
    if (!this.#split) return;
    this.update({ backends: [] }, (address) => {
      throw new Error(`no backends, no endpoint ${address.host}:${address.port}`);
    });
    this.#split = undefined;
  }

  stats(backend: string): BackendStats {
    const { requests = 0, active = 0 } = this.#backends.get(backend) ?? {};
    return { requests, active };
  }

  #endpoints(): Endpoint[] {
    return [...this.#backends.values()].flatMap((backend) => backend.endpoints());
  }

  #backend(name: string): BackendState {
    const known = this.#backends.get(name);
    if (known) return known;
    const created = this.#createBackend(name);
    this.#backends.set(name, created);
    return created;
  }
}

/** Lower case, without port and the root's dot. */
function nameOf(host: string): string {
  const colon = host.lastIndexOf(":");
  const name = colon > 0 && host.indexOf("]", colon) < 0 ? host.slice(0, colon) : host;
  return (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
}
