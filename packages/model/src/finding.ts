/**
 * What a pre-flight check can find. The code is stable, is what an ignore file names, and is the anchor of its section in
 * docs/findings.md.
 */
export const findingTitles = {
  FW001: "The version cannot be reached",
  FW002: "An object was written through an API that the version removes",
  FW003: "An API that the version removes is in use",
  FW004: "A disruption budget forbids every disruption",
  FW005: "A disruption budget allows no disruption now",
  FW006: "A disruption budget is used up by a pod that is not healthy",
  FW007: "Several disruption budgets cover the same pod",
  FW008: "A disruption budget covers no pod",
  FW009: "A workload has no disruption budget",
  FW010: "A disruption budget outside of the chosen pools blocks the upgrade",
  FW011: "A disruption budget of an installed component allows no disruption",
  FW012: "A workload has a single replica",
  FW013: "A workload waits before its replicas count",
  FW014: "A container has no readiness probe",
  FW015: "The grace period of a pod does not fit the drain",
  FW016: "All replicas of a workload are on one node",
  FW017: "Pods fit on one pool only",
  FW018: "Containers ask for no resources",
  FW019: "An autoscaler has no room left",
  FW020: "The vCPU quota has no room for the surge nodes",
  FW022: "The subnet has no addresses for the surge nodes",
  FW024: "A credential of the cluster expires",
  FW025: "A lock forbids changes",
  FW026: "Nodes leave through a route of your own",
  FW027: "An admission webhook fails closed and runs in the cluster",
  FW028: "The cluster has a shape that upgrades badly",
  FW029: "The retired ingress-nginx serves traffic",
  FW030: "An add-on is retired",
  FW031: "The operating system of a pool is retired",
  FW032: "A container uses the socket of Docker",
  FW033: "kube-proxy runs in IPVS mode",
  FW034: "A node is not ready, cordoned or under pressure",
  FW035: "A drain loses a pod or its data",
  FW036: "A service has a single endpoint",
  FW037: "The cluster is not in a state to upgrade",
  FW038: "Nobody has said when upgrades may happen",
  FW039: "A check of your own failed",
  FW040: "The upgrade takes longer than the maintenance window",
  FW041: "The drain gets stuck",
  FW042: "A queue consumer runs in several revisions",
  FW043: "An app can never start again",
  FW044: "An app is down while its only replica is replaced",
  FW045: "Session affinity does not survive several revisions",
  FW046: "A deployment from a template would reset traffic",
  FW047: "A revision without traffic consumes messages",
  FW048: "The Dapr sidecar stops before the app",
  FW049: "The environment has no maintenance window",
  FW050: "An app with Dapr actors scales to zero",
} as const;

export type FindingCode = keyof typeof findingTitles;

export function isFindingCode(text: string): text is FindingCode {
  return Object.hasOwn(findingTitles, text);
}

/** `required`: the upgrade fails or callers are not served. `recommended`: it may. The target version can decide which. */
export type FindingSeverity = "required" | "recommended";

/** One thing that a pre-flight check found, with what shows it and what mends it. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  /** Kind and name: `PodDisruptionBudget payments/api`, `node pool pool1`. */
  readonly subject: string;
  /** What was seen, with its numbers. */
  readonly evidence: string;
  /** A command or a piece of manifest that mends it. */
  readonly fix: string;
}
