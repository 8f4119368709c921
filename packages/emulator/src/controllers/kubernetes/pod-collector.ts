import { durationMs } from "../../world/world.ts";
import type { ControlPlane } from "./control-plane.ts";
import { deleteObject, getObject, nodes, pods } from "./kinds.ts";
import { podsOnNode } from "./pod-lookup.ts";

/** Pods of a node that is no longer there, or never was, go without grace. Source: pkg/controller/podgc gcOrphaned. */
export function startPodCollector(plane: ControlPlane): void {
  const random = plane.world.random.stream(`${plane.clusterName}/pod-collector`);
  const queue = plane.queue("pod-collector", (node) => {
    if (getObject(plane.store, nodes, undefined, node)) return;
    for (const pod of podsOnNode(plane.store, node)) deleteObject(plane.store, pods, pod);
  });
  const collectLater = (node: string): void =>
    queue.addAt(node, plane.world.clock.now() + durationMs(plane.world, "nodes.podCollection", random));
  plane.watch(nodes, ({ type, object }) => {
    if (type === "DELETED") collectLater(object.metadata.name);
  });
  plane.watch(pods, ({ type, object }) => {
    const { nodeName } = object.spec;
    if (type !== "ADDED" || nodeName === undefined) return;
    if (!getObject(plane.store, nodes, undefined, nodeName)) collectLater(nodeName);
  });
}
