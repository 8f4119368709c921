import type { Json } from "./json.ts";

/** `properties.template` of a container app, checked and without nulls. What the world does not read is in `carried`. */
export interface Template {
  readonly containers: readonly ContainerTemplate[];
  readonly initContainers: readonly ContainerTemplate[];
  readonly scale: Scale;
  readonly terminationGraceSeconds: number | undefined;
  readonly revisionSuffix: string | undefined;
  /** `volumes`, `serviceBinds`: nothing here mounts or binds them. */
  readonly carried: Json;
}

export interface ContainerTemplate {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly env: readonly EnvironmentVariable[] | undefined;
  readonly cpuCores: number;
  readonly memoryGi: number;
  readonly probes: readonly Probe[] | undefined;
  /** `volumeMounts`. */
  readonly carried: Json;
}

export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secretRef: string };

export interface Probe {
  readonly type: "Startup" | "Liveness" | "Readiness";
  readonly httpGet?: { readonly path?: string; readonly port: number; readonly [carried: string]: unknown };
  readonly tcpSocket?: { readonly port: number };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
  readonly terminationGracePeriodSeconds?: number;
}

export interface Scale {
  /** Absent: 0, and shown as null. */
  readonly minReplicas: number | undefined;
  readonly maxReplicas: number;
  readonly pollingIntervalSeconds: number;
  readonly cooldownSeconds: number;
  readonly rules: readonly ScaleRule[] | undefined;
}

export interface ScaleRule {
  readonly name: string;
  readonly kind: "http" | "tcp" | "custom" | "azureQueue";
  /** The rule's own object as sent, without nulls. */
  readonly details: Json;
  /** Requests or connections per replica; undefined for rules whose metric does not come from the ingress. */
  readonly concurrency: number | undefined;
  /** What the rule asks instead: one of the two is there. */
  readonly trigger: Trigger | undefined;
}

/** A trigger of KEDA. */
export interface Trigger {
  readonly name: string;
  /** Lower case: `azure-servicebus`, `cron`. */
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** As sent, without nulls. */
  readonly details: Json;
}

/** A text that is equal for templates that would run the same: the suffix is not part of it. */
export function templateIdentity(template: Template): string {
  const { revisionSuffix: _suffix, ...rest } = template;
  return JSON.stringify(sorted(rest));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
