import { definitionOf } from "../../world/kubernetes/custom/definition-of.ts";
import { foregroundFinalizer, orphanFinalizer } from "../../world/kubernetes/delete.ts";
import { builtInTypes } from "../../world/kubernetes/registry.ts";
import { apiVersionOf } from "../../world/kubernetes/resource-type.ts";
import type { GroupResource, KubeObject, OwnerReference } from "../../world/objects.ts";
import { changedBy, controllerManager } from "../../world/ownership.ts";
import { type StoreEvent, timestamp } from "../../world/store.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import { getObject, pods } from "./kinds.ts";
import { deletePod } from "./pods.ts";

interface Located {
  readonly uid: string;
  readonly resource: GroupResource;
  readonly namespace: string | undefined;
  readonly name: string;
}

/**
 * Cascading deletion. In the background: what has owners goes once none of them is left, and forgets those that are gone.
 * In the foreground: an owner that waits with the `foregroundDeletion` finalizer goes once what blocks it has gone. One
 * with `orphan` goes once nobody names it any more. Events are left out, as in Kubernetes
 * (pkg/controller/garbagecollector).
 */
export function startGarbageCollector(plane: ControlPlane): void {
  const collector = new GarbageCollector(plane);
  plane.onClose(plane.store.subscribe((event) => collector.see(event)));
}

class GarbageCollector {
  readonly #plane: ControlPlane;
  /** Everything that lives, by uid. */
  readonly #living = new Map<string, Located>();
  /** Objects by the uid of each of their owners. */
  readonly #dependents = new Map<string, Map<string, Located>>();
  readonly #suspects: WorkQueue;
  readonly #waiting: WorkQueue;
  readonly #orphaning: WorkQueue;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    this.#suspects = plane.queue("garbage-collector", (uid) => {
      const located = this.#living.get(uid);
      if (located) this.#collect(located);
    });
    this.#waiting = plane.queue("foreground-deletion", (uid) => this.#deleteInForeground(uid));
    this.#orphaning = plane.queue("orphaning", (uid) => this.#orphanDependents(uid));
  }

  see({ type, resource, object, previous }: StoreEvent): void {
    if (resource.resource === "events") return;
    const { uid = "", namespace, name, ownerReferences = [] } = object.metadata;
    if (type === "DELETED") return this.#forget(uid, ownerReferences);
    if (isWaiting(object, foregroundFinalizer)) this.#waiting.add(uid);
    if (isWaiting(object, orphanFinalizer)) this.#orphaning.add(uid);
    const before = previous?.metadata.uid === uid ? previous.metadata : undefined;
    if (before && before.ownerReferences === object.metadata.ownerReferences) return;
    const located = { uid, resource, namespace, name };
    this.#living.set(uid, located);
    for (const owner of before?.ownerReferences ?? []) {
      this.#waiting.add(owner.uid);
      if (!ownerReferences.some((one) => one.uid === owner.uid)) this.#leave(owner, uid);
    }
    for (const owner of ownerReferences) this.#join(owner, located, object);
  }

  #forget(uid: string, owners: readonly OwnerReference[]): void {
    this.#living.delete(uid);
    for (const dependent of this.#dependents.get(uid)?.keys() ?? []) this.#suspects.add(dependent);
    this.#dependents.delete(uid);
    for (const owner of owners) this.#leave(owner, uid);
  }

  #leave(owner: OwnerReference, uid: string): void {
    this.#dependents.get(owner.uid)?.delete(uid);
    this.#waiting.add(owner.uid);
  }

  #join(owner: OwnerReference, located: Located, object: KubeObject): void {
    const known = this.#dependents.get(owner.uid) ?? new Map<string, Located>();
    known.set(located.uid, located);
    this.#dependents.set(owner.uid, known);
    const found = this.#living.get(owner.uid);
    const elsewhere = found !== undefined && isElsewhere(found, located.namespace);
    if (elsewhere) warnOfPlace(this.#plane, object, owner);
    // The owner went before its dependent came, or is none.
    if (!found || elsewhere) this.#suspects.add(located.uid);
  }

  #collect(located: Located): void {
    const object = find(this.#plane, located);
    const owners = object?.metadata.ownerReferences ?? [];
    if (!object || owners.length === 0 || object.metadata.deletionTimestamp !== undefined) return;
    const solid = owners.filter((owner) => this.#stateOf(owner, located) === "solid");
    if (solid.length === owners.length) return;
    if (solid.length > 0) return keepOwners(this.#plane, located, solid);
    const isWaitedFor = owners.some((owner) => this.#stateOf(owner, located) === "waiting");
    if (isWaitedFor && this.#hasDependents(located)) {
      if (this.#hasWaitingDependent(located)) unblockOwners(this.#plane, located);
      return markForeground(this.#plane, located, find(this.#plane, located) ?? object);
    }
    remove(this.#plane, located, object);
  }

  /** An owner in another namespace is none. */
  #stateOf(reference: OwnerReference, { namespace }: Located): "solid" | "dangling" | "waiting" {
    const owner = this.#living.get(reference.uid);
    // Of a kind that nobody serves, nobody can say that it has gone.
    if (!owner && !isServed(this.#plane, reference)) return "solid";
    if (!owner || isElsewhere(owner, namespace)) return "dangling";
    const object = find(this.#plane, owner);
    return object && isWaiting(object, foregroundFinalizer) ? "waiting" : "solid";
  }

  /** What owns something itself waits for that in its turn. */
  #hasDependents({ uid }: Located): boolean {
    return (this.#dependents.get(uid)?.size ?? 0) > 0;
  }

  /** It waits for its owner, and the owner perhaps for it. */
  #hasWaitingDependent({ uid }: Located): boolean {
    return [...(this.#dependents.get(uid)?.values() ?? [])].some((dependent) => {
      const object = find(this.#plane, dependent);
      return object !== undefined && isWaiting(object, foregroundFinalizer);
    });
  }

  #deleteInForeground(ownerUid: string): void {
    const located = this.#living.get(ownerUid);
    const owner = located && find(this.#plane, located);
    if (!located || !owner || !isWaiting(owner, foregroundFinalizer)) return;
    const below = [...(this.#dependents.get(ownerUid)?.values() ?? [])];
    for (const dependent of below) this.#collect(dependent);
    if (below.some((dependent) => blocks(find(this.#plane, dependent), ownerUid))) return;
    release(this.#plane, located, owner, foregroundFinalizer);
  }

  #orphanDependents(ownerUid: string): void {
    const located = this.#living.get(ownerUid);
    const owner = located && find(this.#plane, located);
    if (!located || !owner || !isWaiting(owner, orphanFinalizer)) return;
    for (const dependent of this.#dependents.get(ownerUid)?.values() ?? []) {
      const owners = find(this.#plane, dependent)?.metadata.ownerReferences ?? [];
      const others = owners.filter(({ uid }) => uid !== ownerUid);
      keepOwners(this.#plane, dependent, others);
    }
    release(this.#plane, located, owner, orphanFinalizer);
  }
}

function isElsewhere(owner: Located, namespace: string | undefined): boolean {
  return owner.namespace !== undefined && owner.namespace !== namespace;
}

function warnOfPlace(plane: ControlPlane, { apiVersion, kind, metadata }: KubeObject, owner: OwnerReference): void {
  const { namespace = "", name, uid } = metadata;
  const title = `${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}`;
  plane.recordEvent({
    type: "Warning",
    reason: "OwnerRefInvalidNamespace",
    message: `ownerRef [${title}] does not exist in namespace ${JSON.stringify(namespace)}`,
    source: "garbage-collector-controller",
    involved: { apiVersion, kind, name, namespace, ...(uid === undefined ? {} : { uid }) },
  });
}

function keepOwners(
  { store }: ControlPlane,
  { uid, resource, namespace, name }: Located,
  kept: OwnerReference[],
): void {
  store.update(resource, namespace, name, (current) => {
    if (current.metadata.uid !== uid) return current;
    const { ownerReferences: _, ...metadata } = current.metadata;
    const left = { ...current, metadata: kept.length > 0 ? { ...metadata, ownerReferences: kept } : metadata };
    return changedBy(controllerManager, store.time, current, left);
  });
}

/** Nobody waits for it any more. */
function unblockOwners({ store }: ControlPlane, { resource, namespace, name }: Located): void {
  store.update(resource, namespace, name, (current) => {
    const ownerReferences = (current.metadata.ownerReferences ?? []).map((owner) =>
      owner.blockOwnerDeletion ? { ...owner, blockOwnerDeletion: false } : owner,
    );
    return { ...current, metadata: { ...current.metadata, ownerReferences } };
  });
}

function isServed({ store }: ControlPlane, { apiVersion, kind }: OwnerReference): boolean {
  if (builtInTypes.some((type) => type.kind === kind && apiVersionOf(type) === apiVersion)) return true;
  return definitionOf(store, apiVersion.split("/")[0] ?? "", kind) !== undefined;
}

function find({ store }: ControlPlane, { uid, resource, namespace, name }: Located): KubeObject | undefined {
  const object = store.get(resource, namespace, name);
  return object?.metadata.uid === uid ? object : undefined;
}

function isWaiting({ metadata }: KubeObject, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(finalizer);
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

function markForeground(plane: ControlPlane, located: Located, { metadata }: KubeObject): void {
  mark(plane, located, [...(metadata.finalizers ?? []), foregroundFinalizer]);
}

function mark({ store, world }: ControlPlane, { resource, namespace, name }: Located, finalizers: string[]): void {
  store.update(resource, namespace, name, (current) => {
    if (current.metadata.deletionTimestamp !== undefined) return current;
    const deletion = { deletionTimestamp: timestamp(world.clock.now()), deletionGracePeriodSeconds: 0 };
    return { ...current, metadata: { ...current.metadata, ...deletion, finalizers } };
  });
}

/** Nothing below is left to do: the finalizer goes, and with the last one the object. */
function release(
  { store }: ControlPlane,
  { resource, namespace, name }: Located,
  owner: KubeObject,
  finalizer: string,
): void {
  const finalizers = (owner.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  // A pod with grace left is its kubelet's.
  const ends = finalizers.length === 0 && (owner.metadata.deletionGracePeriodSeconds ?? 0) === 0;
  if (ends) return void store.delete(resource, namespace, name);
  store.update(resource, namespace, name, (current) => ({ ...current, metadata: { ...current.metadata, finalizers } }));
}
