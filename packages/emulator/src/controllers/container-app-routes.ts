import type { TrafficEntry } from "../world/container-apps/read-ingress.ts";
import { resolveTraffic } from "../world/container-apps/traffic.ts";
import type { Backend, DataPlane, IngressPolicy, Route } from "../world/ports.ts";
import type { Revision } from "./container-app-revision.ts";

/** What is in force at the proxy: weight per revision, revision per label. */
export interface AppliedTraffic {
  readonly weights: ReadonlyMap<string, number>;
  readonly labels: ReadonlyMap<string, string>;
}

export const noTraffic: AppliedTraffic = { weights: new Map(), labels: new Map() };

export interface RoutedApp {
  readonly name: string;
  /** The environment's default domain, with `internal.` before it for internal ingress. */
  readonly domain: string;
  readonly environment: string;
  readonly revisions: readonly Revision[];
  readonly traffic: AppliedTraffic;
  readonly policy: IngressPolicy | undefined;
  /** Names of one's own, which lead where the app's name does. */
  readonly customDomains: readonly string[];
}

/** Every host of an app, in lower case, with its backends: the app itself, each label, each active revision, and the short name inside the environment. */
export function routesOf(app: RoutedApp): ReadonlyMap<string, Route> {
  const active = app.revisions.filter((revision) => revision.active);
  const named = (name: string): Revision | undefined => active.find((revision) => revision.name === name);
  const weighted = [...app.traffic.weights].flatMap(([name, weight]) => {
    const revision = named(name);
    return revision ? [backend(revision, weight)] : [];
  });
  const routes = new Map<string, Route>();
  // Inside the environment, by the short name, nobody is asked where they come from.
  const outside = (backends: readonly Backend[]): Route => ({
    backends,
    ...(app.policy ? { policy: app.policy } : {}),
  });
  if (weighted.length > 0) {
    routes.set(`${app.name}.${app.domain}`, outside(weighted));
    routes.set(`${app.name}.${app.environment}`, { backends: weighted });
    for (const domain of app.customDomains) routes.set(domain, outside(weighted));
  }
  for (const revision of active) routes.set(`${revision.name}.${app.domain}`, outside([backend(revision, 100)]));
  for (const [label, name] of app.traffic.labels) {
    const revision = named(name);
    if (revision) routes.set(`${app.name}---${label}.${app.domain}`, outside([backend(revision, 100)]));
  }
  return new Map([...routes].map(([host, route]) => [host.toLowerCase(), route]));
}

/** A revision at zero replicas keeps requests waiting while it wakes; one whose replicas fail answers errors. */
function backend(revision: Revision, weight: number): Backend {
  const asleep = revision.wanted === 0 || revision.coldStart;
  return { name: revision.name, weight, endpoints: revision.endpoints, whenEmpty: asleep ? "hold" : "reject" };
}

/** Keeps the data plane's routes of one app equal to what is asked for, and touches only what changed. */
export class RoutePublisher {
  readonly #dataPlane: DataPlane;
  readonly #published = new Map<string, string>();

  constructor(dataPlane: DataPlane) {
    this.#dataPlane = dataPlane;
  }

  get hosts(): readonly string[] {
    return [...this.#published.keys()];
  }

  publish(routes: ReadonlyMap<string, Route>): void {
    for (const host of this.hosts) {
      if (routes.has(host)) continue;
      this.#published.delete(host);
      this.#dataPlane.removeRoute(host);
    }
    for (const [host, route] of routes) {
      const text = JSON.stringify(route);
      if (this.#published.get(host) === text) continue;
      this.#published.set(host, text);
      this.#dataPlane.setRoute(host, route);
    }
  }
}

/** Weights as `entries` have them, labels as they are shown. */
export function appliedTraffic(
  shown: readonly TrafficEntry[],
  entries: readonly TrafficEntry[],
  revisions: readonly Revision[],
  latestReady: string | undefined,
): AppliedTraffic {
  const labels = shown.flatMap(({ label, latestRevision, revisionName }) => {
    const revision = latestRevision ? latestReady : revisionName;
    return label && revision ? [[label, revision] as const] : [];
  });
  return { weights: resolveTraffic(entries, revisions, latestReady), labels: new Map(labels) };
}
