import { durationMs } from "../../world/world.ts";
import type { ControlPlane } from "./control-plane.ts";
import { deleteObject, getObject, nodes, pods } from "./kinds.ts";
import { podsOnNode } from "./pod-lookup.ts";

/** Pods of a node that no longer exists go without grace. */
export function startPodCollector(plane: ControlPlane): void {
  const random = plane.world.random.stream(`${plane.clusterName}/pod-collector`);
  const queue = plane.queue("pod-collector", (node) => {
    if (getObject(plane.store, nodes, undefined, node)) return;
    for (const pod of podsOnNode(plane.store, node)) deleteObject(plane.store, pods, pod);
  });
  plane.watch(nodes, ({ type, object }) => {
    if (type !== "DELETED") return;
    queue.addAt(object.metadata.name, plane.world.clock.now() + durationMs(plane.world, "nodes.podCollection", random));
  });
}
