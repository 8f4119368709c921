import type { KubeObject } from "../../objects.ts";
import type { ObjectStore } from "../../store.ts";
import { textAt } from "../json.ts";

const copied = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** A pod on a node carries the zone and region of the node. Source: plugin/pkg/admission/podtopologylabels. */
export function withTopologyLabels<T extends Pick<KubeObject, "metadata">>(pod: T, store: ObjectStore): T {
  const node = store.get({ group: "", resource: "nodes" }, undefined, textAt(pod, "spec", "nodeName") ?? "");
  const labels = copied.flatMap((name) => {
    const value = node?.metadata.labels?.[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  if (labels.length === 0) return pod;
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...Object.fromEntries(labels) } },
  };
}
