import type { Cluster } from "../../cluster.ts";
import type { GroupResource, KubeObject } from "../../objects.ts";
import { at, numberAt, textAt } from "../json.ts";
import type { Registry } from "../registry.ts";
import { priorityOf } from "./priorities.ts";

export const apiServices: GroupResource = { group: "apiregistration.k8s.io", resource: "apiservices" };

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** Versions of groups that somebody else in the cluster is to serve, but cannot be asked. */
export function unavailableVersions({ store }: Cluster, registry: Registry): readonly GroupVersion[] {
  return store
    .list(apiServices)
    .filter((service) => at(service, "spec", "service") !== undefined)
    .map((service) => ({
      group: textAt(service, "spec", "group") ?? "",
      version: textAt(service, "spec", "version") ?? "",
    }))
    .filter(({ group, version }) => registry.ofGroupVersion(group, version).length === 0);
}

/** The one that stands for a version that this API server serves itself. */
export function localService({ group, version }: GroupVersion): KubeObject {
  const { builtIn, ...priorities } = priorityOf(group, version);
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `${version}.${group}`, labels: { [managedLabel]: builtIn ? "onstart" : "true" } },
    spec: { ...(group === "" ? {} : { group }), version, ...priorities },
  };
}

export const managedLabel = "kube-aggregator.kubernetes.io/automanaged";

/** metrics-server's, as AKS has it. */
export const metricsService: KubeObject = {
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: {
    name: "v1beta1.metrics.k8s.io",
    labels: { "addonmanager.kubernetes.io/mode": "Reconcile", "kubernetes.io/cluster-service": "true" },
  },
  spec: {
    group: "metrics.k8s.io",
    version: "v1beta1",
    groupPriorityMinimum: 100,
    versionPriority: 100,
    insecureSkipTLSVerify: true,
    service: { name: "metrics-server", namespace: "kube-system", port: 443 },
  },
};

/** By falling priority of the group; equal ones by name. */
export function inOrder(groups: readonly string[]): readonly string[] {
  const rank = (group: string): number =>
    group === apiServices.group ? Number.POSITIVE_INFINITY : priorityOf(group, "").groupPriorityMinimum;
  return groups.toSorted((a, b) => rank(b) - rank(a) || (a < b ? -1 : 1));
}

/** The port that a service is reached at. */
export function portOf(service: KubeObject): number {
  return numberAt(service, "spec", "service", "port") ?? 443;
}
