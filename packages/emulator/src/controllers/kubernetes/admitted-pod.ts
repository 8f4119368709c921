import { admitControllerPod } from "../../world/kubernetes/admission/controller-pods.ts";
import { StatusError } from "../../world/kubernetes/status-error.ts";
import type { KubeObject } from "../../world/objects.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Pod } from "./pod-types.ts";

/** A controller's new pod as quotas, limit ranges and webhooks let it through, or the sentence with which they refuse it. */
export function admittedPod(plane: ControlPlane, pod: Pod): Pod | string {
  try {
    // The same JSON, seen by the API's side and by the controllers'.
    const order = pod as unknown as KubeObject;
    return admitControllerPod(plane, order, (drafted) => plane.podReviews.review(order, drafted)) as unknown as Pod;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}
