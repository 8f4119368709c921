import type { VirtualAzure } from "@fairway/emulator";
import type { TrafficModel } from "../traffic/model.ts";
import type { ReplicaState } from "../traffic/replicas.ts";

/** A service of the model, and the host of the embedded Azure that stands for it. */
export interface FedService {
  readonly service: string;
  readonly host: string;
}

type Routed = VirtualAzure["dataPlane"] extends { route(host: string): infer Found } ? Found : never;

export interface TrafficFeed {
  /** Whether nobody who is sent to the host gets there. */
  cut(host: string, isCut: boolean): void;
}

/**
 * Tells a traffic model what the data plane of an embedded Azure does with each request: who is routed to, with what
 * weight, and whether anybody answers there. It acts on changes only, and changes nothing.
 */
export function feedTraffic(
  azure: Pick<VirtualAzure, "dataPlane" | "stateAt" | "specAt" | "onState">,
  model: TrafficModel,
  services: readonly FedService[],
  now: () => number,
): TrafficFeed {
  const modelNow = (): TrafficModel => {
    model.advanceTo(now());
    return model;
  };
  const feeds = new Map(services.map((one) => [one.host, new HostFeed(azure, modelNow, one.service)]));
  const byAddress = new Map<string, HostFeed>();
  const follow = (feed: HostFeed, route: Routed): void => {
    for (const address of feed.follow(route)) byAddress.set(address, feed);
  };
  for (const [host, feed] of feeds) follow(feed, azure.dataPlane.route(host));
  azure.dataPlane.onRoute((host, route) => {
    const feed = feeds.get(host);
    if (feed) follow(feed, route);
  });
  azure.onState((address) => {
    const feed = byAddress.get(address);
    if (feed && feed.look(address) === undefined) byAddress.delete(address);
  });
  return {
    cut: (host, isCut) => feeds.get(host)?.cut(isCut),
  };
}

/** Whoever was routed to once is known by address, until it is gone and nobody is sent there any more. */
class HostFeed {
  readonly #azure: Pick<VirtualAzure, "stateAt" | "specAt">;
  /** Come to the present: it is asked for only when it has to be told something, since each step of it costs. */
  readonly #modelNow: () => TrafficModel;
  readonly #service: string;
  readonly #known = new Map<string, { readonly backend: string; isRouted: boolean; told: ReplicaState | undefined }>();
  /** By backend, as the model was told. */
  #weights: Readonly<Record<string, number>> = {};
  readonly #errorShares = new Map<string, number>();
  #isCut = false;

  constructor(azure: Pick<VirtualAzure, "stateAt" | "specAt">, modelNow: () => TrafficModel, service: string) {
    this.#azure = azure;
    this.#modelNow = modelNow;
    this.#service = service;
  }

  cut(isCut: boolean): void {
    this.#isCut = isCut;
    for (const address of this.#known.keys()) this.look(address);
  }

  /** Returns the addresses that are routed to. */
  follow(route: Routed): readonly string[] {
    const backends = route?.backends ?? [];
    const routed = new Map(
      backends.flatMap(({ name, endpoints }) => endpoints.map(({ host }): [string, string] => [host, name])),
    );
    this.#setWeights(backends);
    for (const [address, backend] of routed) {
      const known = this.#known.get(address) ?? { backend, isRouted: true, told: undefined };
      known.isRouted = true;
      this.#known.set(address, known);
    }
    for (const [address, known] of this.#known) {
      if (!routed.has(address)) known.isRouted = false;
      this.look(address);
    }
    for (const [address, backend] of routed) this.#setHealth(address, backend);
    return [...routed.keys()];
  }

  /** What has become of an address; undefined: nothing that matters any more. */
  look(address: string): ReplicaState | undefined {
    const known = this.#known.get(address);
    if (!known) return undefined;
    const kind = this.#isCut ? "gone" : this.#azure.stateAt(address).kind;
    const state = replicaState(kind, known.isRouted);
    if (state !== known.told) this.#modelNow().setReplica(this.#service, known.backend, address, state);
    known.told = state;
    if (state === undefined && !known.isRouted) this.#known.delete(address);
    return state;
  }

  #setWeights(backends: NonNullable<Routed>["backends"]): void {
    const weights = Object.fromEntries(backends.map(({ name, weight }) => [name, weight]));
    if (isSame(weights, this.#weights)) return;
    this.#weights = weights;
    this.#modelNow().setWeights(this.#service, weights);
  }

  /** Bad releases of the fault library tell their replicas so (`FAULT_ERROR_RATE`). */
  #setHealth(address: string, backend: string): void {
    const releaseErrorShare = Number(this.#azure.specAt(address)?.env["FAULT_ERROR_RATE"] ?? 0);
    if ((this.#errorShares.get(backend) ?? 0) === releaseErrorShare) return;
    this.#errorShares.set(backend, releaseErrorShare);
    this.#modelNow().setHealth(this.#service, backend, { releaseErrorShare });
  }
}

function isSame(weights: Readonly<Record<string, number>>, others: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(weights);
  return names.length === Object.keys(others).length && names.every((name) => weights[name] === others[name]);
}

function replicaState(kind: ReturnType<VirtualAzure["stateAt"]>["kind"], isRouted: boolean): ReplicaState | undefined {
  switch (kind) {
    case "listening":
      return isRouted ? "ready" : "unready";
    case "ending":
      return isRouted ? "ready" : "draining";
    case "starting":
    case "gone":
      return isRouted ? "lost" : undefined;
  }
}
