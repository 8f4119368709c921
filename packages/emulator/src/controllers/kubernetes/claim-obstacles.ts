import type { ControlPlane } from "./control-plane.ts";
import { claims, fromKey, getObject, storageClasses } from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import { claimKeys, isBound } from "./volumes.ts";

/** Why a pod cannot go to any node because of its claims, as the scheduler words it; undefined when they are in order. */
export function claimObstacle(plane: ControlPlane, pod: Pod): string | undefined {
  for (const key of claimKeys(pod)) {
    const { namespace, name } = fromKey(key);
    const claim = getObject(plane.store, claims, namespace, name);
    if (!claim) return `persistentvolumeclaim "${name}" not found`;
    if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
    if (isBound(claim)) continue;
    const storageClass = getObject(plane.store, storageClasses, undefined, claim.spec.storageClassName ?? "");
    // A volume that waits for its first pod comes as soon as that is there.
    if (storageClass?.volumeBindingMode === "WaitForFirstConsumer")
      return "pod has unbound WaitForFirstConsumer claims";
    return "pod has unbound immediate PersistentVolumeClaims";
  }
  return undefined;
}
