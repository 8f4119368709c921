import { checkQuotas } from "../../world/kubernetes/admission/quota.ts";
import { builtInTypes } from "../../world/kubernetes/registry.ts";
import { StatusError } from "../../world/kubernetes/status-error.ts";
import type { KubeObject, ObjectMeta } from "../../world/objects.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Kind } from "./kinds.ts";

/** The sentence with which a quota refuses what a controller is about to create. */
export function quotaRefusal<T>(
  { store }: ControlPlane,
  { apiVersion, kind, resource }: Kind<T>,
  draft: { readonly metadata: ObjectMeta },
): string | undefined {
  const type = builtInTypes.find((one) => one.plural === resource.resource && one.group === resource.group);
  const object: KubeObject = { ...draft, apiVersion, kind };
  try {
    if (type) checkQuotas({ store }, type, object, undefined);
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}
