import type { KubeObject } from "../../world/objects.ts";
import type { ControlPlane } from "./control-plane.ts";
import { fromKey, getObject, pods } from "./kinds.ts";
import { deletePod } from "./pods.ts";

/** Deletes what has owners, once none of them is left (cascading deletion in the background). */
export function startGarbageCollector(plane: ControlPlane): void {
  const { store } = plane;
  /** Objects by the uid of each of their owners. */
  const dependents = new Map<string, Map<string, Dependent>>();
  const gone = plane.queue("garbage-collector", (ownerUid) => {
    for (const dependent of dependents.get(ownerUid)?.values() ?? []) collect(plane, dependent, isGone);
    dependents.delete(ownerUid);
  });
  /** Uids of everything that lives. */
  const living = new Set<string>();

  function isGone(uid: string): boolean {
    return !living.has(uid);
  }

  const unsubscribe = store.subscribe(({ type, resource, object }) => {
    const { uid = "", namespace = "", name, ownerReferences = [] } = object.metadata;
    const key = `${namespace}/${name}`;
    if (type === "DELETED") {
      living.delete(uid);
      if (dependents.has(uid)) gone.add(uid);
      for (const owner of ownerReferences) dependents.get(owner.uid)?.delete(uid);
      return;
    }
    living.add(uid);
    for (const owner of ownerReferences) {
      const known = dependents.get(owner.uid) ?? new Map<string, Dependent>();
      known.set(uid, { uid, group: resource.group, resource: resource.resource, key });
      dependents.set(owner.uid, known);
      // The owner went before its dependent came.
      if (isGone(owner.uid)) gone.add(owner.uid);
    }
  });
  plane.onClose(unsubscribe);
}

interface Dependent {
  readonly uid: string;
  readonly group: string;
  readonly resource: string;
  readonly key: string;
}

function collect(plane: ControlPlane, dependent: Dependent, isGone: (uid: string) => boolean): void {
  const { store, world } = plane;
  const { namespace, name } = fromKey(dependent.key);
  const object = store.get(dependent, namespace, name);
  if (!object || object.metadata.uid !== dependent.uid) return;
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0 || owners.some(({ uid }) => !isGone(uid))) return;
  const pod = dependent.resource === "pods" ? getObject(store, pods, namespace, name) : undefined;
  if (pod) deletePod(store, pod, world.clock.now());
  else if ((object.metadata.finalizers ?? []).length === 0) store.delete(dependent, namespace, name);
  else store.update(dependent, namespace, name, (current) => marked(current, world.clock.now()));
}

function marked(object: KubeObject, nowMs: number): KubeObject {
  if (object.metadata.deletionTimestamp) return object;
  const deletionTimestamp = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  return { ...object, metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 } };
}
