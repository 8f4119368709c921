/** Seconds of the platform, divided by the time scale. Without them a fault stays until it is cleared. */
interface ForAWhile {
  readonly durationSeconds?: number;
}
interface InCluster extends ForAWhile {
  readonly cluster: string;
}
interface InPool extends InCluster {
  readonly pool: string;
}
/** Pods of a cluster by their image; without one, all. */
interface Containers extends InCluster {
  readonly image?: string;
}
interface OfBudget extends InCluster {
  readonly namespace: string;
  readonly selector?: Readonly<Record<string, string>>;
}
interface OfApp extends ForAWhile {
  readonly app: string;
}
interface InEnvironment extends ForAWhile {
  readonly environment: string;
}
/** Of Traffic Manager. */
interface OfProfile extends ForAWhile {
  readonly profile: string;
}
interface Interrupted extends InPool {
  readonly afterNodes?: number;
}

/** What each fault takes. Times of running apps are as they are; those of the platform are divided by the time scale. */
export interface FaultParameters {
  "slow-start": ForAWhile & {
    readonly image: string;
    readonly delayMs?: number;
    readonly env?: Readonly<Record<string, string>>;
  };
  "bad-release": ForAWhile & { readonly image: string; readonly env: Readonly<Record<string, string>> };
  "control-plane-unavailable": { readonly cluster: string; readonly durationSeconds: number };
  "node-lost": { readonly cluster: string; readonly node: string };
  "node-join-failed": InPool & { readonly count?: number };
  "pdb-blocks-drain": OfBudget;
  "pdb-precheck": OfBudget;
  "state-drift": Interrupted;
  "leftover-cordon": Interrupted;
  "quota-surge": ForAWhile & { readonly vcpus: number; readonly family?: string };
  "zonal-capacity": InPool & { readonly code?: string };
  "subnet-full": InCluster & { readonly code?: string };
  "cni-ip-starvation": Containers;
  "controlplane-stuck": InCluster & { readonly code?: string };
  "apiserver-gap": InCluster;
  "konnectivity-broken": InCluster;
  "webhook-deadlock": InCluster & { readonly webhook?: string };
  "removed-api": InCluster & { readonly api: string };
  "dns-broken": InCluster;
  "identity-lost": Containers;
  "volume-stuck": Containers;
  throttled: ForAWhile & { readonly provider?: string; readonly code?: string; readonly retryAfterSeconds?: number };
  "behaviour-change": ForAWhile & { readonly image: string; readonly afterMs: number };
  "env-wedge": InEnvironment & { readonly expiresAfterSeconds?: number };
  "app-stuck-progressing": OfApp;
  "node-update-gap": { readonly environment: string };
  "switch-errors": OfApp & { readonly errorSeconds?: number };
  "no-replica-from-zero": InEnvironment & { readonly image?: string };
  "scaler-churn": OfApp & { readonly periodSeconds?: number };
  "queue-trigger-delay": OfApp & { readonly delaySeconds?: number };
  "slow-scale-in": OfApp;
  "cold-start-tail": InEnvironment & { readonly image?: string };
  "revision-vanished": { readonly app: string; readonly revision: string };
  "traffic-array-stale": { readonly app: string; readonly revision: string };
  "dapr-platform-upgrade": InEnvironment;
  "maintenance-lock": ForAWhile & { readonly resource: string };
  "concurrent-deploy": { readonly app: string };
  "switch-refused": OfProfile;
  "switch-lag": OfProfile & { readonly lagSeconds: number };
  "endpoint-unreachable": OfProfile & { readonly endpoint: string };
}

export type FaultKind = keyof FaultParameters;

export type FaultField = { readonly required: boolean; readonly description: string } & (
  | { readonly type: "text"; readonly oneOf?: readonly string[] }
  | { readonly type: "texts by name" }
  | { readonly type: "integer"; readonly min: number; readonly max: number }
);

export interface FaultDefinition {
  readonly description: string;
  /** What has to happen while it is in force, so that anybody sees it. */
  readonly trigger: string;
  /** What clients see: codes, reasons, states. */
  readonly visible: readonly string[];
  /** Where the behaviour comes from. */
  readonly source: string;
  readonly fields: Readonly<Record<string, FaultField>>;
}
