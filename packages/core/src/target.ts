import type { App, RevisionName, TrafficWeights } from "@fairway/model";
import type { Capabilities, CapabilityName } from "./capabilities.ts";
import type { Operation } from "./operation.ts";
import type { Plan } from "./plan.ts";

/**
 * A place where apps run: a namespace of an AKS cluster, or a Container Apps environment. This is what both can do;
 * everything else is a capability (`capability(name)`). Shared code never asks which of the two it has.
 */
export interface DeploymentTarget {
  /** The address it was connected with, in canonical form, e.g. `aks://sub/group/cluster/payments`. */
  readonly address: string;

  /** What `apply` would change. Writes nothing. */
  plan(app: App): Promise<Plan>;

  /**
   * Makes the app run as described. A changed template makes a new revision; the same description twice makes none
   * and returns the one that exists. A new revision gets no traffic beside an older one, and all of it when it is the
   * first. The operation ends when the revision is ready to serve (or at its scale's minimum of zero).
   */
  apply(app: App, options?: ApplyOptions): Operation<Revision>;

  /** Sets the traffic split of an app: integer percentages by revision name that sum to 100; all others get 0. */
  shift(app: string, weights: TrafficWeights): Operation<readonly Revision[]>;

  /** Changes how many replicas the revisions that carry traffic may have. Makes no new revision where the platform can avoid it. */
  scale(app: string, bounds: ScaleBounds): Operation<readonly Revision[]>;

  /** Newest first. Rejects with `app-not-found`. */
  revisions(app: string): Promise<readonly Revision[]>;

  /** Rejects with `app-not-found`. */
  status(app: string): Promise<AppStatus>;

  /** All apps that Fairway manages here. */
  apps(): Promise<readonly string[]>;

  /** How each of them is doing, by name: for fewer requests than app by app. */
  statuses(): Promise<readonly AppStatus[]>;

  logs(app: string, options?: LogOptions): AsyncIterable<LogLine>;

  /** Removes the app, its revisions and what belongs to them. Removing what is not there succeeds. */
  remove(app: string): Operation<void>;

  /** The capability, or a `NotSupportedError` that names it and the alternative. */
  capability<N extends CapabilityName>(name: N): Capabilities[N];
  supports(name: CapabilityName): boolean;

  close(): Promise<void>;
}

export interface ApplyOptions {
  /**
   * How many inactive revisions stay for a roll-back. Default 10. Named for a revision that exists already, AKS takes older
   * ones without traffic out of service at once, and not with the next new one.
   */
  readonly historyLimit?: number;
  /** How long the new revision may take to become ready. Default 10 minutes. */
  readonly readyTimeoutMs?: number;
}

export interface ScaleBounds {
  readonly min: number;
  readonly max: number;
}

export interface LogOptions {
  readonly revision?: string;
  /** Keep on reading until the signal aborts. Default false. */
  readonly follow?: boolean;
  /** Start with the newest so many lines of each replica. Default: all there are. */
  readonly tail?: number;
  readonly signal?: AbortSignal;
}

export interface LogLine {
  readonly revision: string;
  readonly replica: string;
  readonly text: string;
}

export interface Revision {
  readonly name: RevisionName;
  readonly app: string;
  readonly image: string;
  readonly createdAt: string;
  /** Percent of the app's traffic. */
  readonly weight: number;
  readonly replicas: { readonly ready: number; readonly total: number };
  /** Runtime labels that give the revision an address of its own. */
  readonly labels: readonly string[];
  readonly state: RevisionState;
}

export type RevisionState =
  | { readonly kind: "starting" }
  | { readonly kind: "ready" }
  /** Ready to serve, but the scale rules have taken it to zero replicas. */
  | { readonly kind: "idle" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "inactive" };

export interface AppStatus {
  readonly app: string;
  /** Where callers reach it; absent without ingress. */
  readonly url?: string;
  readonly revisions: readonly Revision[];
  /**
   * `down`: no revision that carries traffic can serve. `progressing`: one of them starts. `degraded`: callers are served,
   * but something is wrong, be it with a revision that has no traffic; `messages` tells.
   */
  readonly health: "healthy" | "progressing" | "degraded" | "down";
  /** One sentence for each thing that is wrong. */
  readonly messages: readonly string[];
}
