import {
  apiChange,
  badRelease,
  controlPlaneStuck,
  nodeWithoutIdentity,
  quotaExhausted,
  slowConfiguration,
} from "./incidents.ts";
import type { Site } from "./site.ts";

export const incidentNames = ["none", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"] as const;
export type IncidentName = (typeof incidentNames)[number];

/** What goes wrong while a strategy is under way, and what people do about it. */
export interface Incident {
  readonly title: string;
  /** Arranges it, before the first step. `plannedMs`: how long the strategy is planned to take. */
  begin(site: Site, plannedMs: number): void;
  /** What helps once somebody knows; absent: nothing has to be mended. */
  readonly remedy?: Remedy;
}

export interface Remedy {
  /** A team does it itself, or has to ask Azure's support. */
  readonly by: "people" | "support";
  readonly what: string;
  apply(site: Site): Promise<void>;
}

export const incidents: Readonly<Record<IncidentName, Incident>> = {
  none: { title: "nothing goes wrong", begin: () => {} },
  F1: slowConfiguration,
  F2: quotaExhausted,
  F3: nodeWithoutIdentity,
  F4: controlPlaneStuck,
  F5: apiChange,
  // What these do is done to a switcher: strategies without one do not meet them.
  F6: { title: "the switch itself fails or lags", begin: () => {} },
  F7: { title: "the route of one region fails", begin: () => {} },
  F8: badRelease,
};
