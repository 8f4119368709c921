import type { KubeObject } from "../objects.ts";
import type { ObjectStore } from "../store.ts";

/** The storage classes of AKS, Kubernetes' own priority classes, the range of services; those that are there already stay as they are. */
export function createClusterClasses(store: ObjectStore): void {
  for (const one of storageClasses) store.create({ group: "storage.k8s.io", resource: "storageclasses" }, one);
  store.create({ group: "networking.k8s.io", resource: "servicecidrs" }, serviceRange);
  for (const one of priorityClasses) store.create({ group: "scheduling.k8s.io", resource: "priorityclasses" }, one);
}

function storageClass(name: string, provisioner: "disk" | "file", sku: string, isDefault = false): KubeObject {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name,
      labels: { "addonmanager.kubernetes.io/mode": "EnsureExists", "kubernetes.io/cluster-service": "true" },
      ...(isDefault ? { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } : {}),
    },
    provisioner: `${provisioner}.csi.azure.com`,
    parameters: { skuname: sku },
    reclaimPolicy: "Delete",
    allowVolumeExpansion: true,
    volumeBindingMode: provisioner === "disk" ? "WaitForFirstConsumer" : "Immediate",
  };
}

/** AKS docs, storage options: the classes of a new cluster. */
const storageClasses: readonly KubeObject[] = [
  storageClass("azurefile", "file", "Standard_LRS"),
  storageClass("azurefile-csi", "file", "Standard_LRS"),
  storageClass("azurefile-csi-premium", "file", "Premium_LRS"),
  storageClass("azurefile-premium", "file", "Premium_LRS"),
  storageClass("default", "disk", "StandardSSD_LRS", true),
  storageClass("managed", "disk", "StandardSSD_LRS"),
  storageClass("managed-csi", "disk", "StandardSSD_LRS"),
  storageClass("managed-csi-premium", "disk", "Premium_LRS"),
  storageClass("managed-premium", "disk", "Premium_LRS"),
];

function priorityClass(name: string, value: number, description: string): KubeObject {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
    description,
    preemptionPolicy: "PreemptLowerPriority",
  };
}

/** Where AKS takes the addresses of services from, when nothing else is asked for (AKS docs). */
const serviceRange: KubeObject = {
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name: "kubernetes", finalizers: ["networking.k8s.io/service-cidr-finalizer"] },
  spec: { cidrs: ["10.0.0.0/16"] },
};

/** kubernetes: pkg/apis/scheduling/v1/helpers.go. */
const priorityClasses: readonly KubeObject[] = [
  priorityClass(
    "system-cluster-critical",
    2_000_000_000,
    "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  ),
  priorityClass(
    "system-node-critical",
    2_000_001_000,
    "Used for system critical pods that must not be moved from their current node.",
  ),
];
