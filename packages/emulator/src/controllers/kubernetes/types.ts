import type { AutoscalerBehavior, ScaleTarget } from "./autoscaler-types.ts";
import type { Base, Condition, LabelSelector } from "./meta-types.ts";
import type { PodTemplate, Taint } from "./pod-types.ts";

/** The parts of Kubernetes objects that controllers read or write. Everything else is carried untouched. */

export interface Namespace extends Base {
  spec?: { finalizers?: string[] };
  status?: { phase?: string };
}

export interface ConfigMap extends Base {
  data?: Record<string, string>;
}

export interface Secret extends Base {
  /** Base64. */
  data?: Record<string, string>;
}

// ---------------------------------------------------------------- workloads

export interface Deployment extends Base {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    strategy?: {
      type?: string;
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
    minReadySeconds?: number;
    progressDeadlineSeconds?: number;
    revisionHistoryLimit?: number;
    paused?: boolean;
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    unavailableReplicas?: number;
    terminatingReplicas?: number;
    collisionCount?: number;
    conditions?: Condition[];
  };
}

export interface ReplicaSet extends Base {
  spec: { replicas?: number; selector: LabelSelector; template: PodTemplate; minReadySeconds?: number };
  status?: {
    observedGeneration?: number;
    replicas: number;
    fullyLabeledReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    terminatingReplicas?: number;
    conditions?: Condition[];
  };
}

export interface PodDisruptionBudget extends Base {
  spec: {
    selector?: LabelSelector;
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    unhealthyPodEvictionPolicy?: string;
  };
  status?: BudgetStatus;
}

export interface BudgetStatus {
  observedGeneration?: number;
  disruptionsAllowed: number;
  currentHealthy: number;
  desiredHealthy: number;
  expectedPods: number;
  disruptedPods?: Record<string, string>;
  conditions?: Condition[];
}

export interface ScaledObject extends Base {
  spec: {
    scaleTargetRef: ScaleTarget;
    pollingInterval?: number;
    cooldownPeriod?: number;
    initialCooldownPeriod?: number;
    idleReplicaCount?: number;
    minReplicaCount?: number;
    maxReplicaCount?: number;
    advanced?: { horizontalPodAutoscalerConfig?: { name?: string; behavior?: AutoscalerBehavior } };
    triggers: ScaleTrigger[];
  };
  status?: {
    scaleTargetKind?: string;
    scaleTargetGVKR?: Record<string, string>;
    originalReplicaCount?: number;
    lastActiveTime?: string;
    hpaName?: string;
    externalMetricNames?: string[];
    conditions?: Condition[];
  };
}

export interface ScaleTrigger {
  type: string;
  name?: string;
  metricType?: string;
  metadata: Record<string, string>;
}

// ---------------------------------------------------------------- network

export interface Service extends Base {
  spec: {
    type?: string;
    clusterIP?: string;
    selector?: Record<string, string>;
    ports?: ServicePort[];
    publishNotReadyAddresses?: boolean;
  };
}

export interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
  protocol?: string;
  appProtocol?: string;
}

export interface EndpointPort {
  name?: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

export interface EndpointSlice extends Base {
  addressType: string;
  /** null in one without an endpoint. */
  endpoints: readonly SliceEndpoint[] | null;
  /** null while there is no endpoint. */
  ports: readonly EndpointPort[] | null;
}

export interface SliceEndpoint {
  addresses: string[];
  hostname?: string;
  conditions: { ready: boolean; serving?: boolean; terminating?: boolean };
  nodeName?: string;
  zone?: string;
  targetRef?: TargetReference;
}

export interface TargetReference {
  kind: string;
  namespace: string;
  name: string;
  uid: string;
}

export interface Endpoints extends Base {
  subsets?: { addresses?: EndpointAddress[]; notReadyAddresses?: EndpointAddress[]; ports?: EndpointPort[] }[];
}

export interface EndpointAddress {
  ip: string;
  hostname?: string;
  nodeName?: string;
  /** Absent in those that people write. */
  targetRef?: TargetReference;
}

export interface GatewayClass extends Base {
  spec?: { controllerName?: string };
  status?: { conditions?: Condition[] };
}

export interface Gateway extends Base {
  spec: {
    gatewayClassName?: string;
    listeners?: { name: string; hostname?: string; port: number; protocol: string }[];
  };
  status?: {
    addresses?: { type: string; value: string }[];
    conditions?: Condition[];
    listeners?: unknown[];
  };
}

export interface HttpRoute extends Base {
  spec: {
    hostnames?: string[];
    parentRefs?: ParentReference[];
    rules?: HttpRouteRule[];
  };
  status?: { parents: { parentRef: ParentReference; controllerName: string; conditions: Condition[] }[] };
}

export interface ParentReference {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
  port?: number;
}

export interface HttpRouteRule {
  matches?: {
    path?: { type?: string; value?: string };
    headers?: unknown[];
    queryParams?: unknown[];
    method?: string;
  }[];
  filters?: unknown[];
  backendRefs?: BackendReference[];
}

export interface BackendReference {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  port?: number;
  weight?: number;
}

// ---------------------------------------------------------------- nodes

export interface KubeNode extends Base {
  spec: { unschedulable?: boolean; taints?: Taint[]; providerID?: string; podCIDR?: string; podCIDRs?: string[] };
  status?: {
    capacity?: Record<string, string>;
    allocatable?: Record<string, string>;
    conditions?: Condition[];
    addresses?: { type: string; address: string }[];
    nodeInfo?: Record<string, unknown>;
    daemonEndpoints?: unknown;
  };
}

export interface Lease extends Base {
  spec: { holderIdentity?: string; leaseDurationSeconds?: number; renewTime?: string; acquireTime?: string };
}

export interface ClusterRole extends Base {
  aggregationRule?: { clusterRoleSelectors?: LabelSelector[] };
  rules?: unknown[] | null;
}
