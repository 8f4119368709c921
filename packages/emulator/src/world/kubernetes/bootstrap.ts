import type { Cluster } from "../cluster.ts";
import type { GroupResource, KubeObject } from "../objects.ts";
import { createClusterClasses } from "./cluster-classes.ts";
import { definitions } from "./custom/definition-of.ts";
import { shippedDefinitions } from "./custom/shipped-definitions.ts";
import type { ResourceType } from "./resource-type.ts";

/** What every AKS cluster has before anybody has created anything. */
export function createSystemObjects({ store }: Cluster, types: readonly ResourceType[]): void {
  for (const definition of shippedDefinitions(types)) store.create(definitions, definition);
  createClusterClasses(store);
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

/** A role for users takes what any role adds to it that has its label; each is part of the next larger one. */
function userRole(name: UserRole, rules: readonly unknown[], partOf?: UserRole): readonly KubeObject[] {
  const aggregate = (role: UserRole): Record<string, string> => ({ [`${rbac}/aggregate-to-${role}`]: "true" });
  const withLabels = (role: KubeObject, labels: Record<string, string>): KubeObject => ({
    ...role,
    metadata: { ...role.metadata, labels: { ...role.metadata.labels, ...labels } },
  });
  const gathered = {
    ...clusterRole(name, rules),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregate(name) }] },
  };
  return [
    partOf === undefined ? gathered : withLabels(gathered, aggregate(partOf)),
    withLabels(clusterRole(`system:aggregate-to-${name}`, rules), aggregate(name)),
  ];
}

type UserRole = "admin" | "edit" | "view";

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
  ...userRole("admin", [
    ...editRules,
    { apiGroups: [rbac], resources: ["rolebindings", "roles"], verbs: [...reads, ...writes] },
    { apiGroups: ["authorization.k8s.io"], resources: ["localsubjectaccessreviews"], verbs: ["create"] },
  ]),
  ...userRole("edit", editRules, "admin"),
  ...userRole(
    "view",
    [
      ...workloadRules(reads),
      { apiGroups: [""], resources: ["namespaces", "resourcequotas", "limitranges"], verbs: reads },
    ],
    "edit",
  ),
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
  clusterRole("system:service-account-issuer-discovery", [
    {
      nonResourceURLs: [
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/",
        "/openid/v1/jwks",
        "/openid/v1/jwks/",
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
  clusterRoleBinding("system:service-account-issuer-discovery", "system:service-account-issuer-discovery", [
    "system:serviceaccounts",
  ]),
  clusterRoleBinding("system:public-info-viewer", "system:public-info-viewer", [
    "system:authenticated",
    "system:unauthenticated",
  ]),
];

const systemObjects: readonly (readonly [GroupResource, readonly KubeObject[]])[] = [
  [{ group: rbac, resource: "clusterroles" }, clusterRoles],
  [{ group: rbac, resource: "clusterrolebindings" }, clusterRoleBindings],
];
