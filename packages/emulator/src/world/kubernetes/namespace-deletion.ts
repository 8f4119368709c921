import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../objects.ts";
import { timestamp } from "../store.ts";
import { listAt, numberAt, recordAt, textAt } from "./json.ts";
import type { Registry } from "./registry.ts";
import { type ResourceType, storedResource } from "./resource-type.ts";

const namespaces = { group: "", resource: "namespaces" };

/** Deletes what is in it, says what is left, and lets go of it once nothing is. */
export function finishNamespace(cluster: Cluster, registry: Registry, name: string): void {
  const { store, world } = cluster;
  const left = emptyNamespace(cluster, registry, name);
  const conditions = deletionConditions(left);
  const now = timestamp(world.clock.now());
  const written = store.update(namespaces, undefined, name, (current) => {
    const status = recordAt(current, "status");
    const merged = withTransitions(listAt(status, "conditions"), conditions, now);
    const kept = listAt(current, "spec", "finalizers").filter((one) => one !== "kubernetes");
    const { finalizers: _, ...rest } = recordAt(current, "spec");
    const spec = left.length > 0 ? current["spec"] : kept.length > 0 ? { ...rest, finalizers: kept } : rest;
    return { ...current, spec, status: { ...status, phase: "Terminating", conditions: merged } };
  });
  const held = [...listAt(written, "spec", "finalizers"), ...(written?.metadata.finalizers ?? [])];
  if (written && left.length === 0 && held.length === 0) store.delete(namespaces, undefined, name);
}

interface Left {
  readonly type: ResourceType;
  readonly objects: readonly KubeObject[];
}

/** Source: kubernetes/kubernetes pkg/controller/namespace/deletion/status_condition_utils.go. */
function deletionConditions(left: readonly Left[]): readonly Condition[] {
  const remaining = left.map(
    ({ type: { plural, group }, objects }) => `${plural}.${group} has ${objects.length} resource instances`,
  );
  const finalizers = new Map<string, number>();
  for (const name of left.flatMap(({ objects }) => objects.flatMap(({ metadata }) => metadata.finalizers ?? []))) {
    finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
  }
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).toSorted();
  const fine = (type: string, reason: string, message: string): Condition => ({
    type,
    status: "False",
    reason,
    message,
  });
  const open = (type: string, reason: string, message: string): Condition => ({
    type,
    status: "True",
    reason,
    message,
  });
  return [
    fine("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    fine(
      "NamespaceDeletionGroupVersionParsingFailure",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    fine(
      "NamespaceDeletionContentFailure",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ),
    remaining.length === 0
      ? fine("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed")
      : open(
          "NamespaceContentRemaining",
          "SomeResourcesRemain",
          `Some resources are remaining: ${remaining.toSorted().join(", ")}`,
        ),
    held.length === 0
      ? fine("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished")
      : open(
          "NamespaceFinalizersRemaining",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${held.join(", ")}`,
        ),
  ];
}

interface Condition {
  readonly type: string;
  readonly status: "False" | "True";
  readonly reason: string;
  readonly message: string;
}

function withTransitions(before: readonly unknown[], next: readonly Condition[], now: string): readonly unknown[] {
  return next.map((condition) => {
    const known = before.find((one) => textAt(one, "type") === condition.type);
    const same = textAt(known, "status") === condition.status;
    return { ...condition, lastTransitionTime: (same && textAt(known, "lastTransitionTime")) || now };
  });
}

/** Deletes what is in it: owners before what they own. Returns what is left. */
function emptyNamespace(cluster: Cluster, registry: Registry, name: string): readonly Left[] {
  const types = registry.types.filter(({ namespaced }) => namespaced);
  const inOrder = types.toSorted((a, b) => deletionRank(a) - deletionRank(b));
  for (const type of inOrder) {
    for (const object of cluster.store.list(storedResource(type), name)) deleteContent(cluster, type, object);
  }
  const left = inOrder.map((type) => ({ type, objects: cluster.store.list(storedResource(type), name) }));
  const places = new Set<string>();
  return left.filter(({ type, objects }) => {
    const { group, resource } = storedResource(type);
    const isNew = !places.has(`${group}/${resource}`);
    places.add(`${group}/${resource}`);
    return objects.length > 0 && isNew;
  });
}

function deletionRank({ kind }: ResourceType): number {
  return kind === "ReplicaSet" ? 1 : kind === "Pod" ? 2 : 0;
}

function deleteContent({ store, world }: Cluster, type: ResourceType, object: KubeObject): void {
  const { namespace, name, finalizers = [], deletionTimestamp } = object.metadata;
  const resource = storedResource(type);
  const graceSeconds = runsOnNode(type, object) ? (numberAt(object, "spec", "terminationGracePeriodSeconds") ?? 30) : 0;
  if (graceSeconds === 0 && finalizers.length === 0) {
    store.delete(resource, namespace, name);
  } else if (deletionTimestamp === undefined) {
    const at = timestamp(world.clock.now() + graceSeconds * 1_000);
    store.update(resource, namespace, name, (current) => ({
      ...current,
      metadata: { ...current.metadata, deletionTimestamp: at, deletionGracePeriodSeconds: graceSeconds },
    }));
  }
}

function runsOnNode({ kind }: ResourceType, object: KubeObject): boolean {
  return kind === "Pod" && textAt(object, "spec", "nodeName") !== undefined;
}
