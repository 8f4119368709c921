import type { Cluster } from "../cluster.ts";
import type { GroupResource, KubeObject } from "../objects.ts";
import { definitions } from "./custom/definition-lifecycle.ts";
import { shippedDefinitions } from "./custom/shipped-definitions.ts";
import type { ResourceType } from "./resource-type.ts";

/** What every AKS cluster has before anybody has created anything. */
export function createSystemObjects({ store }: Cluster, types: readonly ResourceType[]): void {
  for (const definition of shippedDefinitions(types)) store.create(definitions, definition);
  for (const [resource, objects] of systemObjects) {
    for (const object of objects) store.create(resource, object);
  }
}

const rbac = "rbac.authorization.k8s.io";
const bootstrapping = {
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
};

function clusterRole(name: string, rules: readonly unknown[]): KubeObject {
  return { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name, ...bootstrapping }, rules };
}

function clusterRoleBinding(name: string, role: string, groups: readonly string[]): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name, ...bootstrapping },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
    subjects: groups.map((group) => ({ apiGroup: rbac, kind: "Group", name: group })),
  };
}

const reads = ["get", "list", "watch"];
const writes = ["create", "delete", "deletecollection", "patch", "update"];
const inCore = [
  "configmaps",
  "endpoints",
  "events",
  "persistentvolumeclaims",
  "pods",
  "pods/log",
  "pods/status",
  "replicationcontrollers",
  "serviceaccounts",
  "services",
];
const inGroups: readonly (readonly [group: string, resources: readonly string[]])[] = [
  [
    "apps",
    [
      "daemonsets",
      "deployments",
      "deployments/scale",
      "replicasets",
      "replicasets/scale",
      "statefulsets",
      "statefulsets/scale",
    ],
  ],
  ["autoscaling", ["horizontalpodautoscalers"]],
  ["batch", ["cronjobs", "jobs"]],
  ["networking.k8s.io", ["ingresses", "networkpolicies"]],
  ["policy", ["poddisruptionbudgets"]],
  ["discovery.k8s.io", ["endpointslices"]],
];

function workloadRules(verbs: readonly string[]): readonly unknown[] {
  return [
    { apiGroups: [""], resources: inCore, verbs },
    ...inGroups.map(([group, resources]) => ({ apiGroups: [group], resources, verbs })),
  ];
}

const editRules = [
  ...workloadRules([...reads, ...writes]),
  { apiGroups: [""], resources: ["secrets"], verbs: [...reads, ...writes] },
  { apiGroups: [""], resources: ["pods/eviction", "serviceaccounts/token"], verbs: ["create"] },
  { apiGroups: [""], resources: ["namespaces", "resourcequotas", "limitranges"], verbs: reads },
];

/** The user-facing roles of kubernetes: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go. */
const clusterRoles: readonly KubeObject[] = [
  clusterRole("cluster-admin", [
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    { nonResourceURLs: ["*"], verbs: ["*"] },
  ]),
  clusterRole("admin", [
    ...editRules,
    { apiGroups: [rbac], resources: ["rolebindings", "roles"], verbs: [...reads, ...writes] },
    { apiGroups: ["authorization.k8s.io"], resources: ["localsubjectaccessreviews"], verbs: ["create"] },
  ]),
  clusterRole("edit", editRules),
  clusterRole("view", [
    ...workloadRules(reads),
    { apiGroups: [""], resources: ["namespaces", "resourcequotas", "limitranges"], verbs: reads },
  ]),
  clusterRole("system:basic-user", [
    {
      apiGroups: ["authorization.k8s.io"],
      resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
      verbs: ["create"],
    },
    { apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"], verbs: ["create"] },
  ]),
  clusterRole("system:discovery", [
    {
      nonResourceURLs: [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
      ],
      verbs: ["get"],
    },
  ]),
  clusterRole("system:public-info-viewer", [
    { nonResourceURLs: ["/healthz", "/livez", "/readyz", "/version", "/version/"], verbs: ["get"] },
  ]),
];

const clusterRoleBindings: readonly KubeObject[] = [
  clusterRoleBinding("cluster-admin", "cluster-admin", ["system:masters"]),
  clusterRoleBinding("system:basic-user", "system:basic-user", ["system:authenticated"]),
  clusterRoleBinding("system:discovery", "system:discovery", ["system:authenticated"]),
  clusterRoleBinding("system:public-info-viewer", "system:public-info-viewer", [
    "system:authenticated",
    "system:unauthenticated",
  ]),
];

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

const systemObjects: readonly (readonly [GroupResource, readonly KubeObject[]])[] = [
  [{ group: rbac, resource: "clusterroles" }, clusterRoles],
  [{ group: rbac, resource: "clusterrolebindings" }, clusterRoleBindings],
  [{ group: "storage.k8s.io", resource: "storageclasses" }, storageClasses],
  [{ group: "scheduling.k8s.io", resource: "priorityclasses" }, priorityClasses],
];
