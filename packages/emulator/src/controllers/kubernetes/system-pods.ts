import type { ControlPlane } from "./control-plane.ts";
import { budgets, createObject, deployments, services } from "./kinds.ts";
import type { Deployment, PodDisruptionBudget, Service } from "./types.ts";

/** What AKS runs in every cluster and what stands in the way of a drain: two replicas each, one of which must stay. */
export function createSystemPods(plane: ControlPlane): void {
  createSystemDeployment(plane, {
    name: "coredns",
    labels: { "k8s-app": "kube-dns", version: "v20" },
    selector: { "k8s-app": "kube-dns" },
    image: "mcr.microsoft.com/oss/v2/kubernetes/coredns:v1.12.1-3",
    port: 53,
    requests: { cpu: "100m", memory: "70Mi" },
    budget: "coredns-pdb",
  });
  createSystemDeployment(plane, {
    name: "konnectivity-agent",
    labels: { app: "konnectivity-agent" },
    selector: { app: "konnectivity-agent" },
    image: "mcr.microsoft.com/oss/v2/kubernetes/apiserver-network-proxy/agent:v0.31.1-3",
    port: 8_093,
    requests: { cpu: "20m", memory: "20Mi" },
    budget: "konnectivity-agent",
  });
  createObject<Service>(plane.store, services, {
    metadata: { name: "kube-dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
    spec: {
      type: "ClusterIP",
      clusterIP: "10.0.0.10",
      selector: { "k8s-app": "kube-dns" },
      ports: [{ name: "dns", port: 53, protocol: "UDP", targetPort: 53 }],
    },
  });
}

interface SystemDeployment {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly selector: Record<string, string>;
  readonly image: string;
  readonly port: number;
  readonly requests: Record<string, string>;
  readonly budget: string;
}

function createSystemDeployment(plane: ControlPlane, system: SystemDeployment): void {
  const { name, labels, selector } = system;
  createObject<Deployment>(plane.store, deployments, {
    metadata: { name, namespace: "kube-system", labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: selector },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: "25%" } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      template: { metadata: { labels }, spec: podSpec(system) },
    },
  });
  createObject<PodDisruptionBudget>(plane.store, budgets, {
    metadata: { name: system.budget, namespace: "kube-system", labels },
    spec: { minAvailable: 1, selector: { matchLabels: selector } },
  });
}

function podSpec({ name, selector, image, port, requests }: SystemDeployment): Deployment["spec"]["template"]["spec"] {
  const spreads = {
    weight: 100,
    podAffinityTerm: { labelSelector: { matchLabels: selector }, topologyKey: "kubernetes.io/hostname" },
  };
  return {
    priorityClassName: "system-cluster-critical",
    priority: 2_000_000_000,
    terminationGracePeriodSeconds: 30,
    tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [spreads] } },
    containers: [{ name, image, ports: [{ containerPort: port }], resources: { requests } }],
  };
}
