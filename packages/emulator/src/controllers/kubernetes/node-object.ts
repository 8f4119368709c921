import { createHash } from "node:crypto";
import type { NodeSpec } from "../../world/cluster.ts";
import { timestamp } from "../../world/store.ts";
import { hostIp, type Machine, podCidr } from "./machines.ts";
import type { Condition } from "./meta-types.ts";
import type { Taint } from "./pod-types.ts";
import type { KubeNode } from "./types.ts";

export const notReadyTaint = "node.kubernetes.io/not-ready";
export const unreachableTaint = "node.kubernetes.io/unreachable";

/** A Node as AKS makes it (azure-facts 1.9), not Ready: its kubelet has not joined. */
export function newNode(machine: Machine, place: { clusterName: string; location: string; nowMs: number }): KubeNode {
  const { spec } = machine;
  const taints: Taint[] = [
    ...spec.taints.map(({ key, value, effect }) => (value === undefined ? { key, effect } : { key, value, effect })),
    { key: notReadyTaint, effect: "NoSchedule" },
  ];
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: spec.name,
      labels: nodeLabels(spec, place),
      annotations: { "node.alpha.kubernetes.io/ttl": "0" },
    },
    spec: {
      podCIDR: podCidr(machine),
      podCIDRs: [podCidr(machine)],
      taints,
    },
    status: {
      ...nodeStatus(machine),
      conditions: nodeConditions("joining", undefined, place.nowMs),
    },
  };
}

/** Everything of the status that the machine decides, without conditions. */
export function nodeStatus(machine: Machine): Omit<NonNullable<KubeNode["status"]>, "conditions"> {
  const { spec } = machine;
  return {
    capacity: resources(spec.cpuMillicores, spec.memoryMiB * 1_024, spec.maxPods),
    allocatable: allocatable(spec),
    addresses: [
      { type: "InternalIP", address: hostIp(machine) },
      { type: "Hostname", address: spec.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    nodeInfo: {
      architecture: "amd64",
      bootID: uuidOf(`boot/${spec.name}/${spec.nodeImage}`),
      containerRuntimeVersion: "containerd://2.0.0",
      kernelVersion: "5.15.0-1091-azure",
      kubeProxyVersion: "",
      kubeletVersion: `v${spec.kubeletVersion}`,
      machineID: uuidOf(`machine/${spec.name}`).replaceAll("-", ""),
      operatingSystem: osOf(spec),
      osImage: osImage(spec.nodeImage),
      systemUUID: uuidOf(`system/${spec.name}`),
    },
  };
}

/** The same for the same machine. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

export function nodeConditions(
  state: "joining" | "joined" | "unknown",
  previous: readonly Condition[] | undefined,
  nowMs: number,
): Condition[] {
  const heartbeat = timestamp(nowMs);
  const conditions = state === "unknown" ? unknownConditions : state === "joined" ? readyConditions : joiningConditions;
  return conditions.map((condition) => {
    const before = previous?.find(({ type }) => type === condition.type);
    const lastTransitionTime = (before?.status === condition.status && before.lastTransitionTime) || heartbeat;
    const lastHeartbeatTime = state === "unknown" ? (before?.lastHeartbeatTime ?? heartbeat) : heartbeat;
    return { ...condition, lastHeartbeatTime, lastTransitionTime };
  });
}

const pressures = [
  ["MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ["DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
] as const;

const healthy: readonly Condition[] = pressures.map(([type, reason, message]) => ({
  type,
  status: "False",
  reason,
  message,
}));

const readyConditions: readonly Condition[] = [
  ...healthy,
  { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
];

const joiningConditions: readonly Condition[] = [
  ...healthy,
  {
    type: "Ready",
    status: "False",
    reason: "KubeletNotReady",
    message: "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady",
  },
];

const unknownConditions: readonly Condition[] = [...pressures.map(([type]) => type), "Ready"].map((type) => ({
  type,
  status: "Unknown",
  reason: "NodeStatusUnknown",
  message: "Kubelet stopped posting node status.",
}));

function nodeLabels(spec: NodeSpec, place: { clusterName: string; location: string }): Record<string, string> {
  return {
    agentpool: spec.pool,
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/instance-type": spec.vmSize,
    "beta.kubernetes.io/os": osOf(spec),
    "kubernetes.azure.com/agentpool": spec.pool,
    "kubernetes.azure.com/cluster": place.clusterName,
    "kubernetes.azure.com/mode": spec.mode.toLowerCase(),
    "kubernetes.azure.com/node-image-version": spec.nodeImage,
    "kubernetes.azure.com/role": "agent",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": spec.name,
    "kubernetes.io/os": osOf(spec),
    "kubernetes.io/role": "agent",
    "node.kubernetes.io/instance-type": spec.vmSize,
    "topology.kubernetes.io/region": place.location,
    "topology.kubernetes.io/zone": spec.zone,
    ...spec.labels,
  };
}

/** What AKS keeps for itself, in millicores by cores. Source: AKS documentation, node resource reservations. */
const reservedMillicores: readonly (readonly [cores: number, millicores: number])[] = [
  [64, 740],
  [32, 420],
  [16, 260],
  [8, 180],
  [4, 140],
  [2, 100],
  [1, 60],
];

/**
 * CPU less the table; memory less 20 MB per pod plus 50 MB (at most a quarter) and less the eviction threshold of
 * 100 MiB. Source: AKS documentation, node resource reservations from 1.29.
 */
function allocatable(spec: NodeSpec): Record<string, string> {
  const reserved = reservedMillicores.find(([cores]) => spec.cpuMillicores >= cores * 1_000)?.[1] ?? 0;
  const memoryKiB = spec.memoryMiB * 1_024;
  const kubeReservedKiB = Math.min(((20 * spec.maxPods + 50) * 1_000_000) / 1_024, memoryKiB / 4);
  return resources(spec.cpuMillicores - reserved, Math.floor(memoryKiB - kubeReservedKiB - 100 * 1_024), spec.maxPods);
}

function resources(cpu: number, memoryKiB: number, maxPods: number): Record<string, string> {
  return {
    cpu: cpu % 1_000 === 0 ? String(cpu / 1_000) : `${cpu}m`,
    "ephemeral-storage": "129886128Ki",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    memory: `${memoryKiB}Ki`,
    pods: String(maxPods),
  };
}

function osOf({ nodeImage }: NodeSpec): "linux" | "windows" {
  return isWindowsImage(nodeImage) ? "windows" : "linux";
}

function isWindowsImage(nodeImage: string): boolean {
  return nodeImage.startsWith("AKSWindows");
}

function osImage(nodeImage: string): string {
  if (isWindowsImage(nodeImage)) return "Windows Server 2022 Datacenter";
  return nodeImage.toLowerCase().includes("azurelinux") ? "Microsoft Azure Linux 3.0" : "Ubuntu 24.04.1 LTS";
}
