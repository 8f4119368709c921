/** What the checks know of a Container Apps environment. No values of environment variables, no secrets. */
export interface EnvironmentFacts {
  readonly takenAt: string;
  /** Consumption-only environments take no maintenance window. */
  readonly isConsumptionOnly: boolean;
  /** Hours of each window that is set. */
  readonly windowHours: readonly number[];
  /** Apps that a Dapr state store with `actorStateStore` serves; `all` when it is scoped to nobody. */
  readonly actorApps: readonly string[] | "all";
  readonly apps: readonly AppFacts[];
}

export interface AppFacts {
  readonly name: string;
  readonly revisionMode: string;
  readonly hasIngress: boolean;
  readonly minReplicas: number;
  /** Type of each scale rule: `http`, `azure-servicebus`, `cpu`. */
  readonly rules: readonly string[];
  readonly isSticky: boolean;
  /** Labels or weights that were set while it ran. */
  readonly hasRuntimeTraffic: boolean;
  readonly dapr?: { readonly appId: string };
  /** What the app says it needs to end, in seconds. */
  readonly graceSeconds: number;
  readonly activeRevisions: readonly ActiveRevision[];
}

export interface ActiveRevision {
  readonly name: string;
  readonly weight: number;
}
