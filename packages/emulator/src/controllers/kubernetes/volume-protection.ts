import { textAt } from "../../world/kubernetes/json.ts";
import type { ControlPlane } from "./control-plane.ts";
import { deleteObject, type Kind, updateObject } from "./kinds.ts";
import type { Base } from "./meta-types.ts";
import type { Volume } from "./workload-types.ts";

/** What may be in use does not go before somebody has looked. Source: kubernetes/kubernetes pkg/controller/volume. */
export function protect<T extends Base>(plane: ControlPlane, of: Kind<T>, target: T, finalizer: string): void {
  if (target.metadata.finalizers?.includes(finalizer)) return;
  updateObject(plane.store, of, target, (current) => {
    const { finalizers = [], ...metadata } = current.metadata;
    return { ...current, metadata: { ...metadata, finalizers: [...finalizers, finalizer] } };
  });
}

/** The last finalizer of a deleted object takes the object with it. */
export function unprotect<T extends Base>(plane: ControlPlane, of: Kind<T>, target: T, finalizer: string): void {
  const left = (target.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  if (left.length === 0) return deleteObject(plane.store, of, target);
  updateObject(plane.store, of, target, (current) => ({
    ...current,
    metadata: { ...current.metadata, finalizers: left },
  }));
}

/** A directory of a node is taken away only below /tmp. Source: kubernetes/kubernetes pkg/volume/hostpath. */
export function deletionObstacle({ spec }: Volume): string | undefined {
  const path = textAt(spec, "hostPath", "path");
  if (path === undefined || path.startsWith("/tmp/")) return undefined;
  return `host_path deleter only supports /tmp/.+ but received provided ${path}`;
}
