import type { ControlPlane } from "./control-plane.ts";
import { createObject, priorityClasses, storageClasses } from "./kinds.ts";
import type { PriorityClass, StorageClass } from "./workload-types.ts";

/** The storage classes that AKS brings (AKS docs, "Concepts - Storage"), and Kubernetes' own priority classes. */
export function createClusterClasses(plane: ControlPlane): void {
  for (const { name, sku, isDefault } of diskClasses) {
    createStorageClass(plane, name, "disk.csi.azure.com", { skuname: sku }, isDefault);
  }
  for (const [name, sku] of fileClasses) createStorageClass(plane, name, "file.csi.azure.com", { skuName: sku }, false);
  for (const [name, value, description] of systemClasses) {
    createObject<PriorityClass>(plane.store, priorityClasses, {
      metadata: { name },
      value,
      preemptionPolicy: "PreemptLowerPriority",
      description,
    });
  }
}

const diskClasses = [
  { name: "default", sku: "StandardSSD_LRS", isDefault: true },
  { name: "managed", sku: "StandardSSD_LRS", isDefault: false },
  { name: "managed-csi", sku: "StandardSSD_LRS", isDefault: false },
  { name: "managed-csi-premium", sku: "Premium_LRS", isDefault: false },
  { name: "managed-premium", sku: "Premium_LRS", isDefault: false },
] as const;

const fileClasses = [
  ["azurefile", "Standard_LRS"],
  ["azurefile-csi", "Standard_LRS"],
  ["azurefile-csi-premium", "Premium_LRS"],
  ["azurefile-premium", "Premium_LRS"],
] as const;

/** Source: kubernetes/kubernetes pkg/apis/scheduling/v1/helpers.go. */
const systemClasses = [
  [
    "system-cluster-critical",
    2_000_000_000,
    "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  ],
  [
    "system-node-critical",
    2_000_001_000,
    "Used for system critical pods that must not be moved from their current node.",
  ],
] as const;

function createStorageClass(
  plane: ControlPlane,
  name: string,
  provisioner: string,
  parameters: Record<string, string>,
  isDefault: boolean,
): void {
  const bindingMode = provisioner.startsWith("disk") ? "WaitForFirstConsumer" : "Immediate";
  const labels = { "addonmanager.kubernetes.io/mode": "EnsureExists", "kubernetes.io/cluster-service": "true" };
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  createObject<StorageClass>(plane.store, storageClasses, {
    metadata: { name, labels, ...(isDefault ? { annotations } : {}) },
    provisioner,
    parameters,
    reclaimPolicy: "Delete",
    volumeBindingMode: bindingMode,
    allowVolumeExpansion: true,
  });
}
