import { conditionOf } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { involved, nodes } from "./kinds.ts";
import type { Machine } from "./machines.ts";
import type { KubeNode } from "./types.ts";

const atStart = ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID"];

/** What kubelets and the node controller say of nodes. Source: kubernetes pkg/kubelet/kubelet_node_status.go, nodelifecycle. */
export function startNodeEvents(plane: ControlPlane, machineOf: (node: string) => Machine | undefined): void {
  plane.watch(nodes, ({ type, object, previous }) => {
    if (type === "DELETED") return;
    if (machineOf(object.metadata.name)) tellOfKubelet(plane, object, previous);
    tellOfController(plane, object, previous);
  });
}

function tellOfController(plane: ControlPlane, node: KubeNode, previous: KubeNode | undefined): void {
  const { name } = node.metadata;
  const tell = (reason: string, message: string): void =>
    plane.recordEvent({ type: "Normal", reason, message, source: "node-controller", involved: involved(nodes, node) });
  if (!previous) tell("RegisteredNode", `Node ${name} event: Registered Node ${name} in Controller`);
  if (isReady(previous) && !isReady(node)) tell("NodeNotReady", `Node ${name} status is now: NodeNotReady`);
}

function tellOfKubelet(plane: ControlPlane, node: KubeNode, previous: KubeNode | undefined): void {
  const { name } = node.metadata;
  const tell = (reason: string, message = `Node ${name} status is now: ${reason}`): void =>
    plane.recordEvent({
      type: "Normal",
      reason,
      message,
      source: "kubelet",
      // A kubelet does not know the uid of its node.
      involved: { ...involved(nodes, node), uid: name },
    });
  if (!previous) {
    tell("Starting", "Starting kubelet.");
    for (const reason of atStart) tell(reason);
    tell("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods");
  }
  if (isReady(node) && !isReady(previous)) tell("NodeReady");
  const unschedulable = node.spec.unschedulable === true;
  if (previous && unschedulable !== (previous.spec.unschedulable === true)) {
    tell(unschedulable ? "NodeNotSchedulable" : "NodeSchedulable");
  }
}

function isReady(node: KubeNode | undefined): boolean {
  return conditionOf(node?.status?.conditions, "Ready")?.status === "True";
}
