import { invalidParameter, type RequestBody } from "./request-body.ts";

/** `properties.autoScalerProfile` as AKS fills it in (AKS docs, cluster autoscaler profile). Every value is a text. */
const defaults = {
  "balance-similar-node-groups": "false",
  "daemonset-eviction-for-empty-nodes": false,
  "daemonset-eviction-for-occupied-nodes": true,
  expander: "random",
  "ignore-daemonsets-utilization": false,
  "max-empty-bulk-delete": "10",
  "max-graceful-termination-sec": "600",
  "max-node-provision-time": "15m",
  "max-total-unready-percentage": "45",
  "new-pod-scale-up-delay": "0s",
  "ok-total-unready-count": "3",
  "scale-down-delay-after-add": "10m",
  "scale-down-delay-after-delete": "10s",
  "scale-down-delay-after-failure": "3m",
  "scale-down-unneeded-time": "10m",
  "scale-down-unready-time": "20m",
  "scale-down-utilization-threshold": "0.5",
  "scan-interval": "10s",
  "skip-nodes-with-local-storage": "false",
  "skip-nodes-with-system-pods": "true",
} as const;

const expanders = ["random", "least-waste", "most-pods", "priority"] as const;

export type Expander = (typeof expanders)[number];

/** What the autoscaler works with. Durations are those of real Azure. */
export interface AutoscalerSettings {
  readonly scanIntervalSeconds: number;
  readonly afterAddSeconds: number;
  readonly afterDeleteSeconds: number;
  readonly afterFailureSeconds: number;
  readonly unneededSeconds: number;
  readonly unreadySeconds: number;
  readonly newPodDelaySeconds: number;
  readonly gracefulTerminationSeconds: number;
  readonly utilizationThreshold: number;
  readonly emptyBulkDelete: number;
  readonly expander: Expander;
  readonly skipsSystemPods: boolean;
  readonly skipsLocalStorage: boolean;
}

/** The profile that a client sent, defaults filled in. Throws `ArmError` on values that the autoscaler would not take. */
export function autoscalerProfile(body: RequestBody): Record<string, unknown> {
  const durations = Object.entries(defaults).filter(([, value]) => /^\d+[ms]$/.test(String(value)));
  for (const [name] of durations) {
    if (!/^\d+[smh]$/.test(body.text(name) ?? "1m")) {
      throw invalidParameter(body.pathOf(name), "must be a duration like '10m' or '30s'");
    }
  }
  const threshold = Number(body.text("scale-down-utilization-threshold") ?? "0.5");
  if (!(threshold >= 0 && threshold <= 1)) {
    throw invalidParameter(body.pathOf("scale-down-utilization-threshold"), "must be a number from 0 to 1");
  }
  body.oneOf("expander", expanders);
  return { ...defaults, ...body.sent() };
}

export function autoscalerSettings(properties: Readonly<Record<string, unknown>>): AutoscalerSettings {
  const profile = { ...defaults, ...(properties["autoScalerProfile"] as Partial<Record<string, unknown>> | undefined) };
  const seconds = (name: keyof typeof defaults): number => secondsOf(String(profile[name]));
  return {
    scanIntervalSeconds: seconds("scan-interval"),
    afterAddSeconds: seconds("scale-down-delay-after-add"),
    afterDeleteSeconds: seconds("scale-down-delay-after-delete"),
    afterFailureSeconds: seconds("scale-down-delay-after-failure"),
    unneededSeconds: seconds("scale-down-unneeded-time"),
    unreadySeconds: seconds("scale-down-unready-time"),
    newPodDelaySeconds: seconds("new-pod-scale-up-delay"),
    gracefulTerminationSeconds: Number(profile["max-graceful-termination-sec"]),
    utilizationThreshold: Number(profile["scale-down-utilization-threshold"]),
    emptyBulkDelete: Number(profile["max-empty-bulk-delete"]),
    expander: expanders.find((known) => known === String(profile.expander).toLowerCase()) ?? "random",
    skipsSystemPods: String(profile["skip-nodes-with-system-pods"]) === "true",
    skipsLocalStorage: String(profile["skip-nodes-with-local-storage"]) === "true",
  };
}

/** What a cluster shows that has such pools and that nobody gave a profile. */
export const defaultAutoscalerProfile: Readonly<Record<string, unknown>> = defaults;

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

function secondsOf(text: string): number {
  const match = /^(\d+)([smh])$/.exec(text);
  return match ? Number(match[1]) * (unitSeconds[match[2] ?? ""] ?? 1) : 0;
}
