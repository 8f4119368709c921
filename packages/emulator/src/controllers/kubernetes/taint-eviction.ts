import { platformMs } from "../../world/world.ts";
import type { ControlPlane } from "./control-plane.ts";
import { fromKey, getObject, involved, keyOf, nodes, pods } from "./kinds.ts";
import { markDisrupted } from "./pod-disruption.ts";
import { podsOnNode } from "./pod-lookup.ts";
import type { Pod, Taint } from "./pod-types.ts";
import { deletePod, isTerminating } from "./pods.ts";
import { covers } from "./scheduling-fit.ts";
import type { KubeNode } from "./types.ts";

/** Deletes pods that do not tolerate a NoExecute taint of their node, or no longer. */
export function startTaintEviction(plane: ControlPlane): void {
  const { clock } = plane.world;
  /** Since when each node has carried a taint, to the millisecond. */
  const since = new Map<string, number>();
  /** Pods that go once their toleration ends. */
  const scheduled = new Set<string>();
  const queue = plane.queue("taint-eviction", (key) => {
    const { namespace, name } = fromKey(key);
    const pod = getObject(plane.store, pods, namespace, name);
    const node = getObject(plane.store, nodes, undefined, pod?.spec.nodeName ?? "");
    const wasScheduled = scheduled.delete(key);
    if (!pod || !node || isTerminating(pod)) return;
    const endMs = toleratedUntilMs(pod, node);
    if (endMs === undefined) {
      if (wasScheduled) record(pod, `Cancelling deletion of Pod ${key}`);
      return;
    }
    if (clock.now() >= endMs) return evict(pod, node);
    scheduled.add(key);
    queue.addAt(key, endMs);
  });
  plane.watch(pods, ({ type, object }) => {
    if (type !== "DELETED" && object.spec.nodeName !== undefined && since.size > 0) queue.add(keyOf(object));
  });
  plane.watch(nodes, ({ type, object }) => {
    const { name } = object.metadata;
    const taints = type === "DELETED" ? [] : noExecuteTaints(object).map((taint) => `${name}/${taint.key}`);
    for (const key of since.keys()) if (key.startsWith(`${name}/`) && !taints.includes(key)) since.delete(key);
    for (const key of taints) if (!since.has(key)) since.set(key, clock.now());
    if (taints.length === 0 && scheduled.size === 0) return;
    for (const pod of podsOnNode(plane.store, name)) queue.add(keyOf(pod));
  });

  function evict(pod: Pod, node: KubeNode): void {
    const key = keyOf(pod);
    plane.world.trace.add("pod.taint-evicted", { cluster: plane.clusterName, pod: key, node: node.metadata.name });
    record(pod, `Marking for deletion Pod ${key}`);
    markDisrupted(plane, pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint");
    deletePod(plane.store, pod, clock.now());
  }

  function record(pod: Pod, message: string): void {
    const event = { type: "Normal", reason: "TaintManagerEviction", message } as const;
    plane.recordEvent({ ...event, source: "taint-eviction-controller", involved: involved(pods, pod) });
  }

  /** Undefined: for ever. `tolerationSeconds` is platform time. */
  function toleratedUntilMs(pod: Pod, node: KubeNode): number | undefined {
    const ends = noExecuteTaints(node).map((taint) => {
      const addedMs = since.get(`${node.metadata.name}/${taint.key}`) ?? clock.now();
      const matching = (pod.spec.tolerations ?? []).filter((toleration) => covers(toleration, taint));
      if (matching.length === 0) return addedMs;
      const limits = matching.map(({ tolerationSeconds }) => tolerationSeconds).filter((one) => one !== undefined);
      return limits.length === 0 ? undefined : addedMs + platformMs(plane.world, Math.max(0, Math.min(...limits)));
    });
    const known = ends.filter((end) => end !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }
}

function noExecuteTaints({ spec }: KubeNode): Taint[] {
  return (spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
}
