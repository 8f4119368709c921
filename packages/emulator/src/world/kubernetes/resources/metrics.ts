import type { Cluster, Sample } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import type { Usage } from "../../ports.ts";
import { timestamp } from "../../store.ts";
import { at, listAt, textAt } from "../json.ts";
import { column } from "../printing/cells.ts";
import { type Column, defineResource, type ResourceType } from "../resource-type.ts";
import { notFound, type StatusError } from "../status-error.ts";
import { parseQuantity, quantityText } from "../validation/quantities.ts";

const common = { group: "metrics.k8s.io", version: "v1beta1", verbs: ["get", "list"], singular: "" } as const;

/** What metrics-server serves: only what runs and has been measured. Source: metrics-server pkg/api. */
export const metricsResources: readonly ResourceType[] = [
  defineResource({
    ...common,
    kind: "NodeMetrics",
    plural: "nodes",
    namespaced: false,
    typeName: "V1beta1NodeMetrics",
    computed: { list: nodeMetrics, notFound: nodeNotFound },
    columns: usageColumns((object) => [at(object, "usage")]),
  }),
  defineResource({
    ...common,
    kind: "PodMetrics",
    plural: "pods",
    typeName: "V1beta1PodMetrics",
    computed: { list: podMetrics, notFound: podNotFound },
    columns: usageColumns((object) => listAt(object, "containers").map((container) => at(container, "usage"))),
  }),
];

function nodeMetrics(cluster: Cluster): readonly KubeObject[] {
  return cluster.store.list({ group: "", resource: "nodes" }).flatMap((node) => {
    const sample = cluster.resourceMetrics.node(node.metadata.name);
    return sample ? [{ ...head(cluster, "NodeMetrics", node, sample), usage: usageOf(sample) }] : [];
  });
}

function podMetrics(cluster: Cluster, namespace: string | undefined): readonly KubeObject[] {
  return cluster.store.list({ group: "", resource: "pods" }, namespace).flatMap((pod) => {
    if (textAt(pod, "status", "phase") !== "Running") return [];
    const sample = cluster.resourceMetrics.pod(pod.metadata.namespace ?? "", pod.metadata.name);
    if (!sample) return [];
    const containers = sample.containers.map((container) => ({ name: container.name, usage: usageOf(container) }));
    return [{ ...head(cluster, "PodMetrics", pod, sample), containers }];
  });
}

/** The node itself, or only what is known of it. */
function nodeNotFound({ store }: Cluster, _namespace: string | undefined, name: string): StatusError {
  return store.get({ group: "", resource: "nodes" }, undefined, name)
    ? notFound({ group: "metrics.k8s.io", plural: "nodemetrics", kind: "" }, name)
    : notFound({ group: "", plural: "node", kind: "" }, name);
}

function podNotFound({ store }: Cluster, namespace: string | undefined, name: string): StatusError {
  return store.get({ group: "", resource: "pods" }, namespace, name)
    ? notFound({ group: "metrics.k8s.io", plural: "podmetrics", kind: "" }, `${namespace ?? ""}/${name}`)
    : notFound({ group: "", plural: "pods", kind: "" }, name);
}

function head(cluster: Cluster, kind: string, { metadata }: KubeObject, { atMs, windowMs }: Sample) {
  const { name, namespace, labels } = metadata;
  return {
    kind,
    apiVersion: "metrics.k8s.io/v1beta1",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: timestamp(cluster.world.clock.now()),
      ...(labels ? { labels } : {}),
    },
    timestamp: timestamp(atMs),
    window: durationText(windowMs),
  };
}

function usageOf({ cpuMillicores, memoryBytes }: Usage): { cpu: string; memory: string } {
  return {
    cpu: quantityText(Math.floor(cpuMillicores * 1e6), 1_000, ["n", "u", "m", ""]),
    memory: quantityText(memoryBytes, 1_024, ["", "Ki", "Mi", "Gi", "Ti"]),
  };
}

/** As Go prints a time.Duration: `250ms`, `15s`, `1m0.5s`. */
function durationText(ms: number): string {
  if (ms < 1_000) return `${ms}ms`;
  const seconds = `${(ms % 60_000) / 1_000}s`;
  return ms < 60_000 ? seconds : `${Math.floor(ms / 60_000)}m${seconds}`;
}

function usageColumns(usages: (object: KubeObject) => readonly unknown[]): readonly Column[] {
  const sum = (object: KubeObject, resource: string): number =>
    usages(object).reduce<number>((total, usage) => total + (parseQuantity(at(usage, resource)) ?? 0), 0);
  return [
    column("cpu", (object) => usageOf({ cpuMillicores: sum(object, "cpu") * 1_000, memoryBytes: 0 }).cpu, ""),
    column("memory", (object) => usageOf({ cpuMillicores: 0, memoryBytes: sum(object, "memory") }).memory, ""),
    column("Window", (object) => textAt(object, "window") ?? "", ""),
  ];
}
