import { foregroundFinalizer } from "../../world/kubernetes/delete.ts";
import type { GroupResource, KubeObject } from "../../world/objects.ts";
import { timestamp } from "../../world/store.ts";
import type { ControlPlane } from "./control-plane.ts";
import { getObject, pods } from "./kinds.ts";
import { deletePod } from "./pods.ts";

interface Located {
  readonly uid: string;
  readonly resource: GroupResource;
  readonly namespace: string | undefined;
  readonly name: string;
}

/**
 * Cascading deletion. In the background: what has owners goes once none of them is left. In the foreground: an owner
 * that waits with the `foregroundDeletion` finalizer goes once what blocks it has gone. Events are left out, as in
 * Kubernetes (pkg/controller/garbagecollector, DefaultIgnoredResources).
 */
export function startGarbageCollector(plane: ControlPlane): void {
  const { store } = plane;
  /** Everything that lives, by uid. */
  const living = new Map<string, Located>();
  /** Objects by the uid of each of their owners. */
  const dependents = new Map<string, Map<string, Located>>();
  const gone = plane.queue("garbage-collector", (ownerUid) => {
    for (const dependent of dependents.get(ownerUid)?.values() ?? []) collect(dependent);
    dependents.delete(ownerUid);
  });
  const waiting = plane.queue("foreground-deletion", deleteInForeground);

  function collect(located: Located): void {
    const object = find(plane, located);
    const owners = object?.metadata.ownerReferences ?? [];
    if (object && owners.length > 0 && owners.every(({ uid }) => !living.has(uid))) remove(plane, located, object);
  }

  function deleteInForeground(ownerUid: string): void {
    const located = living.get(ownerUid);
    const owner = located && find(plane, located);
    if (!located || !owner || !isWaiting(owner)) return;
    const below = [...(dependents.get(ownerUid)?.values() ?? [])];
    for (const dependent of below) deleteBelow(dependent);
    if (below.some((dependent) => blocks(find(plane, dependent), ownerUid))) return;
    release(plane, located, owner);
  }

  /** What owns something itself waits for that in its turn. */
  function deleteBelow(located: Located): void {
    const object = find(plane, located);
    if (!object || object.metadata.deletionTimestamp !== undefined) return;
    if ((dependents.get(located.uid)?.size ?? 0) === 0) return remove(plane, located, object);
    const { finalizers = [] } = object.metadata;
    mark(plane, located, [...finalizers, foregroundFinalizer]);
  }

  const unsubscribe = store.subscribe(({ type, resource, object, previous }) => {
    if (resource.resource === "events") return;
    const { uid = "", namespace, name, ownerReferences = [] } = object.metadata;
    if (type === "DELETED") {
      living.delete(uid);
      if (dependents.has(uid)) gone.add(uid);
      for (const owner of ownerReferences) {
        dependents.get(owner.uid)?.delete(uid);
        waiting.add(owner.uid);
      }
      return;
    }
    if (isWaiting(object)) waiting.add(uid);
    if (previous?.metadata.uid === uid && previous.metadata.ownerReferences === object.metadata.ownerReferences) return;
    const located = { uid, resource, namespace, name };
    living.set(uid, located);
    for (const owner of ownerReferences) {
      const known = dependents.get(owner.uid) ?? new Map<string, Located>();
      known.set(uid, located);
      dependents.set(owner.uid, known);
      // The owner went before its dependent came.
      if (!living.has(owner.uid)) gone.add(owner.uid);
    }
  });
  plane.onClose(unsubscribe);
}

function find({ store }: ControlPlane, { uid, resource, namespace, name }: Located): KubeObject | undefined {
  const object = store.get(resource, namespace, name);
  return object?.metadata.uid === uid ? object : undefined;
}

function isWaiting({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(foregroundFinalizer);
}

function blocks(dependent: KubeObject | undefined, ownerUid: string): boolean {
  const references = dependent?.metadata.ownerReferences ?? [];
  return references.some(({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true);
}

function remove(plane: ControlPlane, located: Located, object: KubeObject): void {
  const { resource, namespace, name } = located;
  const pod = resource.resource === "pods" ? getObject(plane.store, pods, namespace, name) : undefined;
  if (pod) deletePod(plane.store, pod, plane.world.clock.now());
  else if ((object.metadata.finalizers ?? []).length === 0) plane.store.delete(resource, namespace, name);
  else mark(plane, located, object.metadata.finalizers ?? []);
}

function mark({ store, world }: ControlPlane, { resource, namespace, name }: Located, finalizers: string[]): void {
  store.update(resource, namespace, name, (current) => {
    if (current.metadata.deletionTimestamp !== undefined) return current;
    const deletion = { deletionTimestamp: timestamp(world.clock.now()), deletionGracePeriodSeconds: 0 };
    return { ...current, metadata: { ...current.metadata, ...deletion, finalizers } };
  });
}

/** Nothing below is left: the finalizer goes, and with the last one the object. */
function release({ store }: ControlPlane, { resource, namespace, name }: Located, owner: KubeObject): void {
  const finalizers = (owner.metadata.finalizers ?? []).filter((one) => one !== foregroundFinalizer);
  // A pod with grace left is its kubelet's.
  const ends = finalizers.length === 0 && (owner.metadata.deletionGracePeriodSeconds ?? 0) === 0;
  if (ends) return void store.delete(resource, namespace, name);
  store.update(resource, namespace, name, (current) => ({ ...current, metadata: { ...current.metadata, finalizers } }));
}
