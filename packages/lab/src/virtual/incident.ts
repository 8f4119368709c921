import type { Step } from "@fairway/sdk";
import {
  apiChange,
  badRelease,
  controlPlaneStuck,
  nodeWithoutIdentity,
  quotaExhausted,
  routeFails,
  slowConfiguration,
  switchFails,
} from "./incidents.ts";
import type { Site } from "./site.ts";

export const incidentNames = ["none", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"] as const;
export type IncidentName = (typeof incidentNames)[number];

/** What goes wrong while a strategy is under way, and what people do about it. */
export interface Incident {
  readonly title: string;
  /** Arranges it, before the first step. */
  begin(site: Site, plan: IncidentPlan): void;
  /** What helps once somebody knows; absent: nothing has to be mended. */
  readonly remedy?: Remedy;
}

/** What is going to be done, and how long that is planned to take. */
export interface IncidentPlan {
  readonly plannedMs: number;
  readonly steps: readonly Step[];
}

export interface Remedy {
  /** A team does it itself, or has to ask Azure's support. */
  readonly by: "people" | "support";
  readonly what: string;
  /** What the team can do before support has helped. */
  first?(site: Site): Promise<void>;
  apply(site: Site): Promise<void>;
}

export const incidents: Readonly<Record<IncidentName, Incident>> = {
  none: { title: "nothing goes wrong", begin: () => {} },
  F1: slowConfiguration,
  F2: quotaExhausted,
  F3: nodeWithoutIdentity,
  F4: controlPlaneStuck,
  F5: apiChange,
  F6: switchFails,
  F7: routeFails,
  F8: badRelease,
};
