import type { Cluster, Resumed } from "../world/cluster.ts";
import { withOwners } from "../world/kubernetes/apply/pending-owners.ts";
import { at, listAt, recordAt, textAt } from "../world/kubernetes/json.ts";
import { builtInTypes } from "../world/kubernetes/registry.ts";
import type { ResourceType } from "../world/kubernetes/resource-type.ts";
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
  return {
    version: store.version,
    tables: kept.map((resource) => ({ resource, objects: objectsIn(store, resource) })),
  };
}

/** With the managed fields that are still to be made of who has written them. */
function objectsIn(store: Cluster["store"], resource: GroupResource): readonly KubeObject[] {
  const type = builtInTypes.find((one) => isStoredAs(one, resource));
  const objects = store.list(resource);
  return type ? objects.map((object) => withOwners(type, object)) : objects;
}

function isStoredAs(type: ResourceType, { group, resource }: GroupResource): boolean {
  return type.stored === undefined && type.group === group && type.plural === resource;
}

function rank(resource: string): number {
  const index = first.indexOf(resource);
  return index < 0 ? first.length : index;
}

/**
 * Controllers see the whole at once. Containers go on where the runtime can, and are started again by their kubelets
 * otherwise, as after a reboot; pods of nodes that are not there any more are left out, and their controllers make others.
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
  const addresses = new Map(nodes.map((node) => [node.metadata.name, addressOf(node)]));
  store.restore(
    version,
    tables.map(({ resource, objects }) => ({
      resource,
      objects: isPods(resource)
        ? objects.filter((pod) => !isLost(pod)).map((pod) => moved(pod, places, addresses))
        : objects,
    })),
  );
}

function moved(
  pod: KubeObject,
  places: ReadonlyMap<string, string>,
  addresses: ReadonlyMap<string, string | undefined>,
): KubeObject {
  const before = textAt(pod, "spec", "nodeName") ?? "";
  const place = placeOf(pod, places);
  if (place === undefined || place === before) return pod;
  const hostIP = addresses.get(place);
  const host = hostIP === undefined ? {} : { hostIP, hostIPs: [{ ip: hostIP }] };
  return {
    ...pod,
    spec: { ...recordAt(pod, "spec"), nodeName: place },
    status: { ...recordAt(pod, "status"), ...host },
  };
}

/** Pods of a DaemonSet stay with their node. */
function placeOf(pod: KubeObject, places: ReadonlyMap<string, string>): string | undefined {
  const node = textAt(pod, "spec", "nodeName");
  const isOfDaemonSet = pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet") ?? false;
  return isOfDaemonSet ? node : (places.get(node ?? "") ?? node);
}

function addressOf(node: KubeObject): string | undefined {
  const internal = listAt(node, "status", "addresses").find((one) => textAt(one, "type") === "InternalIP");
  return textAt(internal, "address");
}

/** How machines go on that were nodes; undefined: it has to join again. */
export function resumedNodes(
  { tables }: SavedKubernetes,
  places: ReadonlyMap<string, string>,
): (machine: { readonly name: string; readonly version: string }) => Resumed | undefined {
  const pods = objectsOf(tables, "pods");
  const nodes = new Map(objectsOf(tables, "nodes").map((node) => [node.metadata.name, node]));
  const running = Map.groupBy(pods.filter(canGoOn), (pod) => placeOf(pod, places));
  const used = Map.groupBy(pods, (pod) => /^10\.244\.\d+/.exec(textAt(pod, "status", "podIP") ?? "")?.[0]);
  return ({ name, version }) => {
    const node = nodes.get(name);
    const [, third, last] = /^10\.224\.(\d+)\.(\d+)$/.exec((node && addressOf(node)) ?? "") ?? [];
    if (!node || last === undefined || !isReady(node)) return undefined;
    if (textAt(node, "status", "nodeInfo", "kubeletVersion") !== `v${version}`) return undefined;
    const index = Number(third) * nodesPerRange + Number(last) - firstAddress;
    const numbers = used.get(`10.244.${index % 256}`)?.map(lastPartOfAddress) ?? [];
    return {
      index,
      podCount: Math.max(0, ...numbers),
      pods: (running.get(name) ?? []).map(({ metadata }) => metadata.uid ?? ""),
    };
  };
}

function lastPartOfAddress(pod: KubeObject): number {
  return Number(textAt(pod, "status", "podIP")?.split(".")[3]) - firstAddress;
}

/** As machines count their addresses: see `hostIp`. */
const nodesPerRange = 250;
const firstAddress = 4;

function canGoOn(pod: KubeObject): boolean {
  const isWhole = listAt(pod, "status", "containerStatuses").every(
    (one) => at(one, "ready") === true && at(one, "started") === true && at(one, "state", "running") !== undefined,
  );
  const isPlain = listAt(pod, "spec", "initContainers").length === 0 && pod.metadata.deletionTimestamp === undefined;
  return isWhole && isPlain && textAt(pod, "status", "phase") === "Running";
}

function isReady(node: KubeObject): boolean {
  return listAt(node, "status", "conditions").some(
    (one) => textAt(one, "type") === "Ready" && textAt(one, "status") === "True",
  );
}

function objectsOf(tables: readonly SavedTable[], name: string): readonly KubeObject[] {
  return tables.find(({ resource }) => resource.group === "" && resource.resource === name)?.objects ?? [];
}

const nodeResource: GroupResource = { group: "", resource: "nodes" };

function isPods({ group, resource }: GroupResource): boolean {
  return group === "" && resource === "pods";
}
