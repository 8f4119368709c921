import type { Cluster } from "../world/cluster.ts";
import { textAt } from "../world/kubernetes/json.ts";
import type { GroupResource, KubeObject } from "../world/objects.ts";
import type { SavedTable } from "../world/store.ts";

export interface SavedKubernetes {
  readonly version: number;
  readonly tables: readonly SavedTable[];
}

/** True for a moment only: who works writes them anew. */
const transient: ReadonlySet<string> = new Set(["events", "leases"]);

/** Others stand on them. */
const first: readonly string[] = ["namespaces", "customresourcedefinitions", "nodes"];

/** Every object as it is, with its uid and its version. */
export function saveKubernetes({ store }: Cluster, { withNodes }: { withNodes: boolean }): SavedKubernetes {
  const kept = store
    .resources()
    .filter(({ resource }) => !transient.has(resource) && (withNodes || resource !== "nodes"))
    .toSorted((a, b) => rank(a.resource) - rank(b.resource));
  return { version: store.version, tables: kept.map((resource) => ({ resource, objects: store.list(resource) })) };
}

function rank(resource: string): number {
  const index = first.indexOf(resource);
  return index < 0 ? first.length : index;
}

/**
 * Controllers see the whole at once. Containers that ran are started again by their kubelets, as after a reboot; pods of
 * nodes that are not there any more are left out, and their controllers make others.
 */
export function restoreKubernetes(
  { store }: Cluster,
  { version, tables }: SavedKubernetes,
  places: ReadonlyMap<string, string>,
): void {
  const nodes = tables.find(({ resource }) => resource.resource === "nodes")?.objects ?? store.list(nodeResource);
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  const isLost = (pod: KubeObject): boolean => {
    const node = textAt(pod, "spec", "nodeName");
    return node !== undefined && !names.has(node);
  };
  store.restore(
    version,
    tables.map(({ resource, objects }) => ({
      resource,
      objects: isPods(resource) ? objects.filter((pod) => !isLost(pod)).map((pod) => moved(pod, places)) : objects,
    })),
  );
}

/** Pods of a DaemonSet stay with their node. */
function moved(pod: KubeObject, places: ReadonlyMap<string, string>): KubeObject {
  const place = places.get(textAt(pod, "spec", "nodeName") ?? "");
  const isOfDaemonSet = pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet") ?? false;
  if (place === undefined || isOfDaemonSet) return pod;
  // It has a place, and so a spec.
  return { ...pod, spec: { ...(pod["spec"] as object), nodeName: place } };
}

const nodeResource: GroupResource = { group: "", resource: "nodes" };

function isPods({ group, resource }: GroupResource): boolean {
  return group === "" && resource === "pods";
}
