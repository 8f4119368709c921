/**
 * What the checks know of a cluster: read once, plain JSON, no values of environment variables and no secrets. An adapter
 * fills it in; a snapshot of it can be saved and looked at elsewhere.
 */
export interface ClusterFacts {
  /** When it was read, ISO 8601. */
  readonly takenAt: string;
  /** Region, as Azure writes it: `westeurope`. */
  readonly location: string;
  /** Of the control plane. */
  readonly version: string;
  /** Versions that can be reached in one step, oldest first. */
  readonly reachable: readonly string[];
  readonly provisioningState: string;
  readonly isStopped: boolean;
  readonly settings: ClusterSettings;
  readonly pools: readonly PoolFacts[];
  readonly nodes: readonly NodeFacts[];
  readonly pods: readonly PodFacts[];
  readonly workloads: readonly WorkloadFacts[];
  readonly budgets: readonly BudgetFacts[];
  readonly services: readonly ServiceFacts[];
  readonly autoscalers: readonly AutoscalerFacts[];
  readonly webhooks: readonly WebhookFacts[];
  readonly writes: readonly ObjectWrite[];
  /** Absent: the cluster does not say. */
  readonly deprecatedCalls?: readonly DeprecatedCall[];
}

export interface ClusterSettings {
  readonly tagCount: number;
  readonly usesServicePrincipal: boolean;
  readonly outboundType: string;
  readonly kubeProxyMode: string;
  /** Names of the add-ons that are on. */
  readonly addons: readonly string[];
  readonly autoUpgradeChannel: string;
  readonly maintenance: readonly MaintenanceWindow[];
  readonly locks: readonly LockFacts[];
  readonly quotas: readonly QuotaFacts[];
  /** Subnets that pools have nodes in, as far as they are the user's own. */
  readonly subnets?: readonly SubnetFacts[];
  /** When the client certificate of the cluster's own credentials ends, ISO 8601; absent without one. */
  readonly certificateExpiresAt?: string;
}

export interface MaintenanceWindow {
  readonly name: string;
  readonly durationHours: number;
}

export interface LockFacts {
  readonly name: string;
  readonly level: string;
  readonly scope: string;
}

export interface QuotaFacts {
  /** Family of machines, or `cores` for the region. */
  readonly name: string;
  readonly used: number;
  readonly limit: number;
}

export interface SubnetFacts {
  /** Resource id. */
  readonly id: string;
  /** Addresses, without those that Azure keeps for itself. */
  readonly used: number;
  readonly limit: number;
}

export interface PoolFacts {
  readonly name: string;
  readonly version: string;
  readonly provisioningState: string;
  readonly count: number;
  readonly vmSize: string;
  readonly isSystem: boolean;
  readonly isSpot: boolean;
  readonly usesAvailabilitySet: boolean;
  readonly osSku: string;
  readonly nodeImage: string;
  /** As Azure writes it: `33%` or `2`. */
  readonly maxSurge: string;
  readonly maxUnavailable: string;
  readonly drainTimeoutMinutes: number;
  readonly soakMinutes: number;
  /** `Schedule` stops the upgrade at the first node that cannot be drained; `Cordon` sets it aside. */
  readonly undrainable: "Schedule" | "Cordon";
  /** Resource id of the subnet of its nodes; absent where it is Azure's own. */
  readonly subnet?: string;
  /** What a node takes of it. Default 1. */
  readonly addressesPerNode?: number;
}

export interface NodeFacts {
  readonly name: string;
  readonly pool: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly isReady: boolean;
  readonly isSchedulable: boolean;
  /** `MemoryPressure`, `DiskPressure`, `PIDPressure`. */
  readonly pressures: readonly string[];
  readonly allocatable: Resources & { readonly pods: number };
}

export interface Resources {
  readonly cpuMillicores: number;
  readonly memoryMib: number;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** A label selector; one without any requirement selects everything. */
export interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly Requirement[];
}

export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

export interface Owner {
  readonly kind: string;
  readonly name: string;
}

export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  /** Absent until it is scheduled. */
  readonly node?: string;
  readonly phase: string;
  readonly isReady: boolean;
  readonly isTerminating: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** The workload at the top: a Deployment, not its ReplicaSet. Absent for a bare pod. */
  readonly owner?: Owner;
  /** Made by a kubelet from a file: no drain touches it. */
  readonly isMirror: boolean;
  readonly requests: Resources;
  readonly graceSeconds: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Required node affinity: one of the terms must hold. Empty: any node. */
  readonly nodeTerms: readonly (readonly Requirement[])[];
  readonly tolerations: readonly Toleration[];
  /** Required pod anti-affinity. */
  readonly apartFrom: readonly Apart[];
  /** Zones that its persistent volumes are in; empty: anywhere. */
  readonly zones: readonly string[];
  /** Names of its emptyDir volumes. */
  readonly scratchVolumes: readonly string[];
  readonly hostPaths: readonly string[];
  readonly isSafeToEvict: boolean;
  /** From the start of its containers to its being ready, as it was seen; absent when it has not been, or has restarted. */
  readonly startSeconds?: number;
  /** Required spread over domains. */
  readonly spread?: readonly Spread[];
  readonly containers: readonly ContainerFacts[];
}

export interface Apart {
  readonly topologyKey: string;
  readonly selector: Selector;
}

export interface Spread {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly selector: Selector;
}

export interface ContainerFacts {
  readonly name: string;
  readonly image: string;
  readonly hasReadiness: boolean;
  readonly hasRequests: boolean;
  readonly requests?: Resources;
  /** 0 where there is none. */
  readonly limits?: Resources;
  readonly probes?: Readonly<Partial<Record<"startup" | "liveness" | "readiness", ProbeFacts>>>;
}

/** When and how often, and not what is asked. */
export interface ProbeFacts {
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

export interface WorkloadFacts extends Owner {
  readonly namespace: string;
  readonly replicas: number;
  readonly minReadySeconds: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface BudgetFacts {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: it selects nothing. */
  readonly selector?: Selector;
  readonly minAvailable?: string;
  readonly maxUnavailable?: string;
  /** `AlwaysAllow` lets pods that are not ready go. */
  readonly unhealthyPolicy: string;
}

export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
}

export interface AutoscalerFacts {
  readonly namespace: string;
  readonly name: string;
  readonly target: Owner;
  readonly currentReplicas: number;
  readonly maxReplicas: number;
}

export interface WebhookFacts {
  readonly kind: "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration";
  readonly configuration: string;
  readonly name: string;
  readonly failurePolicy: string;
  readonly timeoutSeconds: number;
  /** The service that answers, when it is in the cluster. */
  readonly service?: { readonly namespace: string; readonly name: string };
  /** It is asked about pods or evictions, in namespaces beyond its own. */
  readonly coversPods: boolean;
}

/** That somebody wrote an object through this version of its API. */
export interface ObjectWrite {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly apiVersion: string;
  /** Who: the field manager, or the annotation of kubectl. */
  readonly by: string;
}

/** Somebody has called an API that is on its way out, since the API server started. */
export interface DeprecatedCall {
  /** `flowcontrol.apiserver.k8s.io/v1beta3`. */
  readonly apiVersion: string;
  /** In the plural, lower case: `flowschemas`. */
  readonly resource: string;
  /** `1.32`. */
  readonly removedIn: string;
}

/** What is about to be done. */
export interface PlannedUpgrade {
  readonly version: string;
  /** Names of the pools, in their order. */
  readonly pools: readonly string[];
}
