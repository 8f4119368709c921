import { conditionOf } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { fromKey, getObject, keyOf, pods, updateObject } from "./kinds.ts";
import type { Condition } from "./meta-types.ts";
import { withPodConditions } from "./pod-conditions.ts";
import type { Pod } from "./pod-types.ts";
import { isFinished, isTerminating } from "./pods.ts";

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

/** How long a pod is marked that then was not deleted. Source: pkg/controller/disruption, stalePodDisruptionTimeout. */
const staleAfterSeconds = 120;

/** Takes the mark from pods that somebody meant to disrupt and then left alone. */
export function startStaleDisruption(plane: ControlPlane): void {
  const queue = plane.queue("stale-disruption", (key) => {
    const { namespace, name } = fromKey(key);
    const pod = getObject(plane.store, pods, namespace, name);
    const mark = pod && !isTerminating(pod) && !isFinished(pod) ? markOf(pod) : undefined;
    if (!pod || mark === undefined) return;
    const dueMs = Date.parse(mark.lastTransitionTime ?? "") + staleAfterSeconds * 1_000;
    if (plane.world.clock.now() < dueMs) return queue.addAt(key, dueMs);
    updateObject(plane.store, pods, pod, (current) => ({
      ...current,
      status: {
        ...current.status,
        conditions: withPodConditions(current, [{ type: mark.type, status: "False" }], plane.world.clock.now()),
      },
    }));
  });
  plane.watch(pods, ({ type, object }) => {
    if (type !== "DELETED" && markOf(object)) queue.add(keyOf(object));
  });
}

function markOf(pod: Pod): Condition | undefined {
  const condition = conditionOf(pod.status?.conditions, "DisruptionTarget");
  return condition?.status === "True" ? condition : undefined;
}
