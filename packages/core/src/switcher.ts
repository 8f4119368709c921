import type { TrafficWeights } from "@fairway/model";
import type { Operation } from "./operation.ts";

/** Divides traffic among whole targets: clusters, regions. */
export interface Switcher {
  /** Such as `tm://SUBSCRIPTION/GROUP/PROFILE`. */
  readonly address: string;
  readonly traits: SwitcherTraits;
  /**
   * Percent by route, which sum to 100; a route without traffic is there with 0. A route is called as the cluster's address
   * that `SwitcherReference` has for it, and else by its own name.
   */
  weights(): Promise<TrafficWeights>;
  /**
   * Whole percentages that sum to 100; a route that is not named gets 0. Ends when callers follow, as far as anybody can
   * tell: after `convergenceMs`. May be repeated. Rejects with `traffic-invalid`, and with `revision-not-found` for a route
   * that is not there.
   */
  switchTo(weights: TrafficWeights): Operation<TrafficWeights>;
  /** Whether traffic stands where an interrupted movement between the two leaves it. Only where a movement is several changes. */
  isBetween?(from: TrafficWeights, to: TrafficWeights): Promise<boolean>;
  /** A route to a cluster of the reference, without traffic; nothing happens when it is there. */
  addRoute(cluster: string, host: string): Operation<void>;
  /** Takes away a route without traffic; nothing happens when it is gone. Rejects with `conflict` when it has some. */
  removeRoute(cluster: string): Operation<void>;
}

/** What a switcher is, since a percent is not the same everywhere. */
export interface SwitcherTraits {
  /** Who gets a share: requests, or those who ask for the address and then stay there. */
  readonly decidesPer: "request" | "dns-answer";
  /** Percent. */
  readonly smallestStep: number;
  /** After a change: until nearly all callers follow. */
  readonly convergenceMs: number;
  /** What keeps a caller where it was. */
  readonly affinity: "none" | "cookie" | "dns-cache";
}

/** A switcher as a plan writes it down. */
export interface SwitcherReference {
  readonly address: string;
  /** Which of its routes leads to which cluster: addresses of clusters by the switcher's own name of the route. */
  readonly routes: Readonly<Record<string, string>>;
}
