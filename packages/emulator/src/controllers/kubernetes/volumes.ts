import { timestamp } from "../../world/store.ts";
import type { ControlPlane } from "./control-plane.ts";
import {
  claims,
  controllerOf,
  createObject,
  deleteObject,
  fromKey,
  getObject,
  indexedObjects,
  involved,
  keyOf,
  listObjects,
  pods,
  storageClasses,
  updateObject,
  volumes,
} from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import { isFinished } from "./pods.ts";
import { memoryBytes } from "./quantities.ts";
import { matchesSelector } from "./selectors.ts";
import { isOfTemplate } from "./stateful-pods.ts";
import { deletionObstacle, protect, unprotect } from "./volume-protection.ts";
import type { Claim, StorageClass, Volume } from "./workload-types.ts";

/** Assumed: a scheduler sees a pod with a new claim before a volume is bound to it. */
const lookLagMs = 20;

/**
 * Binds claims to volumes that are there or makes new ones at once, keeps what is in use from going, and takes volumes
 * away with their claims. Source: kubernetes/kubernetes pkg/controller/volume (persistentvolume, pvcprotection).
 */
export function startVolumeControllers(plane: ControlPlane): void {
  /** Until when nobody has looked for a volume yet, by uid of the claim. */
  const fresh = new Map<string, number>();
  const queue = plane.queue("volumes", (key) => {
    const { namespace, name } = fromKey(key);
    const claim = getObject(plane.store, claims, namespace, name);
    const lookMs = fresh.get(claim?.metadata.uid ?? "") ?? 0;
    if (!claim) return;
    if (plane.world.clock.now() < lookMs && !waitsForConsumer(plane, claim)) return queue.addAt(key, lookMs);
    fresh.delete(claim.metadata.uid ?? "");
    reconcileClaim(plane, key, claim);
  });
  const released = plane.queue("volume-release", (name) => reconcileVolume(plane, name));
  plane.watch(claims, ({ type, object }) => {
    if (type === "ADDED" && !hasVolumeAhead(plane, object))
      fresh.set(object.metadata.uid ?? "", plane.world.clock.now() + lookLagMs);
    if (type === "DELETED") fresh.delete(object.metadata.uid ?? "");
    queue.add(keyOf(object));
    if (type === "DELETED" && object.spec.volumeName !== undefined) released.add(object.spec.volumeName);
  });
  plane.watch(pods, ({ type, object, previous }) => {
    if (type === "MODIFIED" && previous && isFinished(previous) === isFinished(object)) return;
    for (const key of claimKeys(object)) queue.add(key);
  });
  plane.watch(volumes, ({ type, object }) => {
    if (type !== "DELETED") released.add(object.metadata.name);
    const { claimRef } = object.spec;
    if (claimRef?.name !== undefined) queue.add(`${claimRef.namespace ?? ""}/${claimRef.name}`);
    else for (const claim of listObjects(plane.store, claims)) if (!isBound(claim)) queue.add(keyOf(claim));
  });
}

/** A controller makes the pod of such a claim a moment later than the claim: by then it has its volume. */
function hasVolumeAhead(plane: ControlPlane, claim: Claim): boolean {
  const isMadeForPod = controllerOf(claim)?.kind === "Pod" || isOfTemplate(plane, claim);
  return isMadeForPod && findVolume(plane, claim) !== undefined;
}

const byClaim = { name: "claim", keysOf: (pod: Pod) => claimKeys(pod) };

/** Claims that a pod mounts, as `namespace/name`. */
export function claimKeys({ metadata, spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [`${metadata.namespace ?? ""}/${persistentVolumeClaim.claimName}`] : [],
  );
}

/** Nobody has a volume for it yet, and nobody will before a pod asks. */
export function isBound(claim: Claim): boolean {
  return claim.spec.volumeName !== undefined && claim.status?.phase === "Bound";
}

function waitsForConsumer(plane: ControlPlane, { spec }: Claim): boolean {
  const storageClass = getObject(plane.store, storageClasses, undefined, spec.storageClassName ?? "");
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer";
}

function reconcileClaim(plane: ControlPlane, key: string, claim: Claim): void {
  const all = indexedObjects(plane.store, pods, byClaim, key);
  const users = all.filter((pod) => !isFinished(pod));
  if (claim.metadata.deletionTimestamp === undefined) protect(plane, claims, claim, "kubernetes.io/pvc-protection");
  else {
    // A pod that has ended keeps what it had; one that never came to a node has nothing.
    if (all.every(({ spec }) => spec.nodeName === undefined))
      unprotect(plane, claims, claim, "kubernetes.io/pvc-protection");
    return;
  }
  if (isBound(claim)) return loseClaim(plane, claim);
  const volume = findVolume(plane, claim);
  if (volume) return bind(plane, claim, volume);
  if (claim.spec.volumeName !== undefined) return;
  const storageClass = getObject(plane.store, storageClasses, undefined, claim.spec.storageClassName ?? "");
  if (storageClass) provisionFor(plane, claim, storageClass, users.length > 0);
  else sayWhyNot(plane, claim);
}

/** What was bound to a volume that is no longer there has lost its data. */
function loseClaim(plane: ControlPlane, claim: Claim): void {
  if (getObject(plane.store, volumes, undefined, claim.spec.volumeName ?? "")) return;
  updateObject(plane.store, claims, claim, (current) => ({ ...current, status: { phase: "Lost" } }));
  const message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
  record(plane, claim, "Warning", "ClaimLost", message);
}

function provisionFor(plane: ControlPlane, claim: Claim, storageClass: StorageClass, isUsed: boolean): void {
  if (storageClass.volumeBindingMode === "WaitForFirstConsumer" && !isUsed) {
    return record(
      plane,
      claim,
      "Normal",
      "WaitForFirstConsumer",
      "waiting for first consumer to be created before binding",
    );
  }
  if (storageClass.provisioner === "kubernetes.io/no-provisioner") return;
  const { namespace = "", name } = claim.metadata;
  const title = `"${namespace}/${name}"`;
  record(plane, claim, "Normal", "Provisioning", `External provisioner is provisioning volume for claim ${title}`);
  const volume = createObject(plane.store, volumes, newVolume(claim, storageClass));
  if (!volume) return;
  record(plane, claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${volume.metadata.name}`);
  bind(plane, claim, volume);
}

function sayWhyNot(plane: ControlPlane, claim: Claim): void {
  const { storageClassName } = claim.spec;
  if (!storageClassName) {
    const message = "no persistent volumes available for this claim and no storage class is set";
    return record(plane, claim, "Normal", "FailedBinding", message);
  }
  const message = `storageclass.storage.k8s.io "${storageClassName}" not found`;
  record(plane, claim, "Warning", "ProvisioningFailed", message);
}

function newVolume(
  claim: Claim,
  { metadata, provisioner, reclaimPolicy }: StorageClass,
): Omit<Volume, "apiVersion" | "kind"> {
  const { namespace, name, resourceVersion, uid = "" } = claim.metadata;
  return {
    metadata: {
      name: `pvc-${uid}`,
      annotations: { "pv.kubernetes.io/provisioned-by": provisioner },
      finalizers: ["kubernetes.io/pv-protection", `external-provisioner.volume.kubernetes.io/finalizer`],
    },
    spec: {
      accessModes: claim.spec.accessModes ?? [],
      capacity: { storage: claim.spec.resources?.requests?.["storage"] ?? "0" },
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        uid,
      },
      csi: { driver: provisioner, volumeHandle: `pvc-${uid}` },
      persistentVolumeReclaimPolicy: reclaimPolicy ?? "Delete",
      storageClassName: metadata.name,
      volumeMode: claim.spec.volumeMode ?? "Filesystem",
    },
    status: { phase: "Bound" },
  };
}

/** One that names the claim or that the claim names; else the smallest free one that is large enough. */
function findVolume(plane: ControlPlane, claim: Claim): Volume | undefined {
  const { namespace, name, uid } = claim.metadata;
  const wanted = memoryBytes(claim.spec.resources?.requests?.["storage"]);
  const size = (volume: Volume): number => memoryBytes(volume.spec.capacity?.["storage"]);
  const all = listObjects(plane.store, volumes).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const own = all.find(({ spec: { claimRef } }) => {
    const isNamed = claimRef?.name === name && claimRef.namespace === namespace;
    return isNamed && (claimRef.uid === undefined || claimRef.uid === uid);
  });
  if (own) return own;
  const free = all.filter(({ spec }) => spec.claimRef === undefined);
  if (claim.spec.volumeName !== undefined) {
    return free.find((volume) => volume.metadata.name === claim.spec.volumeName);
  }
  const fitting = free.filter(
    (volume) =>
      (claim.spec.selector === undefined || matchesSelector(claim.spec.selector, volume.metadata.labels)) &&
      (volume.spec.volumeMode ?? "Filesystem") === (claim.spec.volumeMode ?? "Filesystem") &&
      (volume.spec.storageClassName ?? "") === (claim.spec.storageClassName ?? "") &&
      (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode)) &&
      size(volume) >= wanted,
  );
  return fitting.toSorted((a, b) => size(a) - size(b))[0];
}

function bind(plane: ControlPlane, claim: Claim, volume: Volume): void {
  const { namespace, name, resourceVersion, uid = "" } = claim.metadata;
  const byController = { "pv.kubernetes.io/bound-by-controller": "yes" };
  updateObject(plane.store, volumes, volume, (current) => {
    if (current.spec.claimRef?.uid === uid) return current;
    const claimRef = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      name,
      uid,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(namespace ? { namespace } : {}),
    };
    const annotations = { ...current.metadata.annotations, ...byController };
    const metadata = current.spec.claimRef ? current.metadata : { ...current.metadata, annotations };
    return { ...current, metadata, spec: { ...current.spec, claimRef } };
  });
  setPhase(plane, volume, "Bound");
  const annotations = {
    "pv.kubernetes.io/bind-completed": "yes",
    ...(claim.spec.volumeName === undefined ? byController : {}),
    ...(volume.metadata.annotations?.["pv.kubernetes.io/provisioned-by"]
      ? { "volume.kubernetes.io/storage-provisioner": volume.metadata.annotations["pv.kubernetes.io/provisioned-by"] }
      : {}),
  };
  updateObject(plane.store, claims, claim, (current) => ({
    ...current,
    metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } },
    spec: { ...current.spec, volumeName: volume.metadata.name },
    status: {
      phase: "Bound",
      accessModes: volume.spec.accessModes ?? [],
      capacity: volume.spec.capacity ?? {},
    },
  }));
}

/** Released when its claim has gone, and then deleted if its policy says so; Available while nobody has claimed it. */
function reconcileVolume(plane: ControlPlane, name: string): void {
  const volume = getObject(plane.store, volumes, undefined, name);
  if (!volume) return;
  const { claimRef, persistentVolumeReclaimPolicy } = volume.spec;
  const claim = claimRef?.name && getObject(plane.store, claims, claimRef.namespace, claimRef.name);
  const isHeld = claim && (claimRef.uid === undefined || claim.metadata.uid === claimRef.uid);
  if (volume.metadata.deletionTimestamp !== undefined && !isHeld) return removeVolume(plane, volume);
  if (volume.metadata.deletionTimestamp === undefined) protect(plane, volumes, volume, "kubernetes.io/pv-protection");
  if (isHeld) return;
  if (claimRef?.uid === undefined) return setPhase(plane, volume, "Available");
  if (persistentVolumeReclaimPolicy !== "Delete") return setPhase(plane, volume, "Released");
  const obstacle = deletionObstacle(volume);
  if (obstacle === undefined) return removeVolume(plane, volume);
  if (volume.status?.phase === "Failed") return;
  setPhase(plane, volume, "Failed", obstacle);
  const event = { type: "Warning", reason: "VolumeFailedDelete", message: obstacle } as const;
  plane.recordEvent({ ...event, source: "persistentvolume-controller", involved: involved(volumes, volume) });
}

function setPhase(plane: ControlPlane, volume: Volume, phase: string, message?: string): void {
  const lastPhaseTransitionTime = timestamp(plane.world.clock.now());
  updateObject(plane.store, volumes, volume, (current) =>
    current.status?.lastPhaseTransitionTime !== undefined && current.status.phase === phase
      ? current
      : {
          ...current,
          status: { ...current.status, phase, lastPhaseTransitionTime, ...(message === undefined ? {} : { message }) },
        },
  );
}

function removeVolume(plane: ControlPlane, volume: Volume): void {
  deleteObject(plane.store, volumes, volume);
}

/** Looked at again, also because some volume has changed, a claim has nothing new to say. */
const said = new WeakMap<Claim["spec"], string>();

function record(plane: ControlPlane, claim: Claim, type: "Normal" | "Warning", reason: string, message: string): void {
  if (said.get(claim.spec) === message) return;
  said.set(claim.spec, message);
  const source = "persistentvolume-controller";
  plane.recordEvent({ type, reason, message, source, involved: involved(claims, claim) });
}
