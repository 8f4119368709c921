import { timestamp } from "../../world/store.ts";
import type { ControlPlane } from "./control-plane.ts";
import { deleteObject, type Kind, updateObject } from "./kinds.ts";
import type { Base } from "./meta-types.ts";

/** What DELETE of anything but a pod does: whoever has a finalizer on the object still gets to see it. */
export function deleteOrMark<T extends Base>({ store, world }: ControlPlane, of: Kind<T>, target: T): void {
  if ((target.metadata.finalizers ?? []).length === 0) return deleteObject(store, of, target);
  updateObject(store, of, target, (current) => {
    const { deletionTimestamp, generation } = current.metadata;
    if (deletionTimestamp !== undefined) return current;
    const deletion = { deletionTimestamp: timestamp(world.clock.now()), deletionGracePeriodSeconds: 0 };
    const next = generation === undefined ? {} : { generation: generation + 1 };
    return { ...current, metadata: { ...current.metadata, ...deletion, ...next } };
  });
}
