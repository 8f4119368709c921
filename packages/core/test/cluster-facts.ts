import type { BudgetFacts, ClusterFacts, NodeFacts, PodFacts, PoolFacts, WorkloadFacts } from "@fairway/core";

type Changes<T> = { -readonly [Name in keyof T]?: T[Name] };

/** A cluster that has nothing to find: two nodes more than it needs, two replicas, a budget, a window. */
export function soundCluster(changes: Changes<ClusterFacts> = {}): ClusterFacts {
  return {
    takenAt: "2026-11-25T10:00:00.000Z",
    location: "westeurope",
    version: "1.34.2",
    reachable: ["1.34.4", "1.35.0", "1.35.1"],
    provisioningState: "Succeeded",
    isStopped: false,
    settings: {
      tagCount: 2,
      usesServicePrincipal: false,
      outboundType: "loadBalancer",
      kubeProxyMode: "",
      addons: ["azureKeyvaultSecretsProvider"],
      autoUpgradeChannel: "none",
      maintenance: [{ name: "aksManagedAutoUpgradeSchedule", durationHours: 4 }],
      locks: [],
      quotas: [
        { name: "cores", used: 12, limit: 100 },
        { name: "standardDSv5Family", used: 12, limit: 100 },
      ],
      certificateExpiresAt: "2028-11-25T10:00:00.000Z",
    },
    pools: [pool("pool1")],
    nodes: [node("a"), node("b"), node("c")],
    pods: [pod("api-1", "a"), pod("api-2", "b")],
    workloads: [workload()],
    budgets: [budget()],
    services: [{ namespace: "shop", name: "api", selector: { app: "api" } }],
    autoscalers: [
      {
        namespace: "shop",
        name: "api",
        target: { kind: "Deployment", name: "api" },
        currentReplicas: 2,
        maxReplicas: 10,
      },
    ],
    webhooks: [],
    writes: [{ kind: "Deployment", namespace: "shop", name: "api", apiVersion: "apps/v1", by: "kubectl" }],
    ...changes,
  };
}

export function pool(name: string, changes: Changes<PoolFacts> = {}): PoolFacts {
  return {
    name,
    version: "1.34.2",
    provisioningState: "Succeeded",
    count: 3,
    vmSize: "Standard_D4s_v5",
    isSystem: true,
    isSpot: false,
    usesAvailabilitySet: false,
    osSku: "Ubuntu",
    nodeImage: "AKSUbuntu-2404gen2containerd-202610.12.0",
    maxSurge: "1",
    maxUnavailable: "0",
    drainTimeoutMinutes: 30,
    soakMinutes: 0,
    undrainable: "Schedule",
    ...changes,
  };
}

export function node(name: string, changes: Changes<NodeFacts> = {}): NodeFacts {
  return {
    name,
    pool: "pool1",
    version: "1.34.2",
    labels: { "kubernetes.io/hostname": name, "kubernetes.azure.com/agentpool": changes.pool ?? "pool1" },
    taints: [],
    isReady: true,
    isSchedulable: true,
    pressures: [],
    allocatable: { cpuMillicores: 3_800, memoryMib: 12_000, pods: 30 },
    ...changes,
  };
}

export function pod(name: string, on: string, changes: Changes<PodFacts> = {}): PodFacts {
  return {
    namespace: "shop",
    name,
    node: on,
    phase: "Running",
    isReady: true,
    isTerminating: false,
    labels: { app: "api" },
    owner: { kind: "Deployment", name: "api" },
    isMirror: false,
    requests: { cpuMillicores: 250, memoryMib: 256 },
    graceSeconds: 30,
    nodeSelector: {},
    nodeTerms: [],
    tolerations: [],
    apartFrom: [],
    zones: [],
    scratchVolumes: [],
    hostPaths: [],
    isSafeToEvict: true,
    containers: [{ name: "api", image: "registry.example/api:1", hasReadiness: true, hasRequests: true }],
    ...changes,
  };
}

export function workload(changes: Changes<WorkloadFacts> = {}): WorkloadFacts {
  return {
    kind: "Deployment",
    namespace: "shop",
    name: "api",
    replicas: 2,
    minReadySeconds: 0,
    labels: {},
    ...changes,
  };
}

export function budget(changes: Changes<BudgetFacts> = {}): BudgetFacts {
  return {
    namespace: "shop",
    name: "api",
    labels: {},
    selector: { matchLabels: { app: "api" }, matchExpressions: [] },
    ...("minAvailable" in changes ? {} : { maxUnavailable: "1" }),
    unhealthyPolicy: "IfHealthyBudget",
    ...changes,
  };
}
