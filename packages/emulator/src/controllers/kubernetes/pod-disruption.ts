import type { ControlPlane } from "./control-plane.ts";
import { pods, updateObject } from "./kinds.ts";
import { withPodConditions } from "./pod-conditions.ts";
import type { Pod } from "./pod-types.ts";
import type { Condition } from "./types.ts";

/** Says why a pod is about to go that did nothing wrong: Kubernetes' `DisruptionTarget` condition. */
export function markDisrupted(plane: ControlPlane, pod: Pod, reason: string, message: string): void {
  const condition: Condition = { type: "DisruptionTarget", status: "True", reason, message };
  updateObject(plane.store, pods, pod, (current) => ({
    ...current,
    status: {
      ...current.status,
      conditions: withPodConditions(current, [condition], plane.world.clock.now()),
    },
  }));
}
