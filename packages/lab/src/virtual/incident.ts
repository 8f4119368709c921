import type { Step } from "@fairway/sdk";
import type { Site } from "./site.ts";

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
