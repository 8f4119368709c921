import type { ProbeManifest } from "../../world/probes.ts";
import type { Base, Condition, LabelRequirement, LabelSelector } from "./meta-types.ts";

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; name?: string };
  spec: PodSpec;
}

export interface PodSpec {
  containers: ContainerManifest[];
  initContainers?: ContainerManifest[];
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  restartPolicy?: "Always" | "OnFailure" | "Never";
  terminationGracePeriodSeconds?: number;
  tolerations?: Toleration[];
  affinity?: Affinity;
  topologySpreadConstraints?: SpreadConstraint[];
  enableServiceLinks?: boolean;
  volumes?: { name: string; persistentVolumeClaim?: { claimName: string }; [source: string]: unknown }[];
  hostname?: string;
  activeDeadlineSeconds?: number;
  priorityClassName?: string;
  preemptionPolicy?: string;
  priority?: number;
  schedulerName?: string;
  readinessGates?: { conditionType: string }[];
  /** While there is one, no scheduler looks at the pod. */
  schedulingGates?: { name: string }[];
  resources?: ContainerManifest["resources"];
  serviceAccountName?: string;
  [field: string]: unknown;
}

export interface ContainerManifest {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  imagePullPolicy?: string;
  env?: EnvironmentVariable[];
  envFrom?: EnvironmentSource[];
  ports?: { name?: string; containerPort: number; protocol?: string; hostPort?: number; hostIP?: string }[];
  resources?: { requests?: Record<string, string | number>; limits?: Record<string, string | number> };
  startupProbe?: ProbeManifest;
  livenessProbe?: ProbeManifest;
  readinessProbe?: ProbeManifest;
  lifecycle?: { preStop?: { sleep?: { seconds: number }; exec?: { command?: string[] } } };
  restartPolicy?: "Always";
  terminationMessagePolicy?: string;
}

export interface EnvironmentVariable {
  name: string;
  value?: string;
  valueFrom?: {
    configMapKeyRef?: KeyReference;
    secretKeyRef?: KeyReference;
    fieldRef?: { fieldPath: string };
    resourceFieldRef?: { resource: string; containerName?: string };
  };
}

export interface KeyReference {
  name?: string;
  key: string;
  optional?: boolean;
}

export interface EnvironmentSource {
  prefix?: string;
  configMapRef?: { name?: string; optional?: boolean };
  secretRef?: { name?: string; optional?: boolean };
}

export interface Taint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface Affinity {
  nodeAffinity?: {
    requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] };
    preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; preference: NodeSelectorTerm }[];
  };
  podAffinity?: PodAffinityRules;
  podAntiAffinity?: PodAffinityRules;
}

export interface PodAffinityRules {
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; podAffinityTerm: PodAffinityTerm }[];
}

export interface NodeSelectorTerm {
  matchExpressions?: LabelRequirement[];
  matchFields?: LabelRequirement[];
}

export interface PodAffinityTerm {
  labelSelector?: LabelSelector;
  topologyKey: string;
  namespaces?: string[];
  /** An empty one means every namespace. */
  namespaceSelector?: LabelSelector;
}

export interface SpreadConstraint {
  maxSkew: number;
  topologyKey: string;
  whenUnsatisfiable: string;
  labelSelector?: LabelSelector;
  /** Labels that have to be the pod's own. */
  /** With fewer domains than this, the emptiest one counts as empty. */
  minDomains?: number;
  nodeAffinityPolicy?: string;
  nodeTaintsPolicy?: string;
}

export interface Pod extends Base {
  spec: PodSpec;
  status?: PodStatus;
}

export interface PodStatus {
  observedGeneration?: number;
  phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
  conditions?: Condition[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
  podIP?: string;
  podIPs?: { ip: string }[];
  hostIP?: string;
  hostIPs?: { ip: string }[];
  startTime?: string;
  nominatedNodeName?: string;
  qosClass?: string;
  reason?: string;
  message?: string;
}

export interface ContainerStatus {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  state: ContainerStateStatus;
  lastState: ContainerStateStatus;
}

export interface ContainerStateStatus {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: {
    exitCode: number;
    reason: string;
    message?: string;
    startedAt: string;
    finishedAt: string;
    containerID?: string;
  };
}
