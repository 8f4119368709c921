/**
 * Where a group stands in discovery, highest first, and its versions within it. Source: kubernetes
 * pkg/controlplane/apiserver/aggregator.go; groups of custom resources: pkg/controller/crdregistration.
 */
const builtIn: Readonly<
  Record<string, { readonly group: number; readonly versions: Readonly<Record<string, number>> }>
> = {
  "": { group: 18_000, versions: { v1: 1 } },
  apps: { group: 17_800, versions: { v1: 15 } },
  "events.k8s.io": { group: 17_750, versions: { v1: 15 } },
  "authentication.k8s.io": { group: 17_700, versions: { v1: 15 } },
  "authorization.k8s.io": { group: 17_600, versions: { v1: 15 } },
  autoscaling: { group: 17_500, versions: { v2: 30, v1: 15 } },
  batch: { group: 17_400, versions: { v1: 15 } },
  "certificates.k8s.io": { group: 17_300, versions: { v1: 15 } },
  "networking.k8s.io": { group: 17_200, versions: { v1: 15 } },
  policy: { group: 17_100, versions: { v1: 15 } },
  "rbac.authorization.k8s.io": { group: 17_000, versions: { v1: 15 } },
  "storage.k8s.io": { group: 16_800, versions: { v1: 15 } },
  "apiextensions.k8s.io": { group: 16_700, versions: { v1: 15 } },
  "admissionregistration.k8s.io": { group: 16_700, versions: { v1: 15 } },
  "scheduling.k8s.io": { group: 16_600, versions: { v1: 15 } },
  "coordination.k8s.io": { group: 16_500, versions: { v1: 15 } },
  "node.k8s.io": { group: 16_300, versions: { v1: 15 } },
  "discovery.k8s.io": { group: 16_200, versions: { v1: 15 } },
  "resource.k8s.io": { group: 16_200, versions: { v1: 21 } },
  "flowcontrol.apiserver.k8s.io": { group: 16_100, versions: { v1: 21 } },
};

export interface Priority {
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
  /** False: comes and goes with custom resource definitions. */
  readonly builtIn: boolean;
}

export function priorityOf(group: string, version: string): Priority {
  const known = builtIn[group];
  if (!known) return { groupPriorityMinimum: 1_000, versionPriority: 100, builtIn: false };
  return { groupPriorityMinimum: known.group, versionPriority: known.versions[version] ?? 1, builtIn: true };
}
