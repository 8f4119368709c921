import type { ClusterFacts } from "@fairway/sdk";
import { type ClusterDoor, pathOf } from "./cluster-door.ts";
import type { ModelledWorkload } from "./manifests.ts";

/**
 * Puts the pods onto the nodes that they have in the snapshot, with nothing but what the Kubernetes API offers: one node
 * after another is open, while every workload grows by as many replicas as it has there. What is on no node comes last.
 */
export async function placePods(
  door: ClusterDoor,
  workloads: readonly ModelledWorkload[],
  facts: ClusterFacts,
  modelNames: ReadonlyMap<string, string>,
  settle: () => Promise<void>,
): Promise<void> {
  const nodes = facts.nodes.filter(({ name }) => modelNames.has(name));
  const path = (node: string) => `/api/v1/nodes/${modelNames.get(node) ?? ""}`;
  const open = (node: string, isOpen: boolean) =>
    door.patch(path(node), { spec: { unschedulable: isOpen ? null : true } });
  for (const { name } of nodes) await open(name, false);
  const placed = new Map<ModelledWorkload, number>();
  const grow = async (workload: ModelledWorkload, by: number): Promise<void> => {
    if (by === 0 || workload.kind === "DaemonSet") return;
    if (workload.kind === "Pod") return await door.create(workload.manifest);
    const replicas = (placed.get(workload) ?? 0) + by;
    placed.set(workload, replicas);
    await door.patch(pathOf(workload.manifest), { spec: { replicas } });
  };
  for (const { name } of nodes) {
    await open(name, true);
    for (const one of workloads) await grow(one, one.pods.filter(({ node }) => node === name).length);
    await settle();
    await open(name, false);
  }
  for (const { name, isSchedulable } of nodes) if (isSchedulable) await open(name, true);
  for (const one of workloads) {
    const left =
      one.kind === "Pod"
        ? one.pods.filter(({ node }) => node === undefined).length
        : one.replicas - (placed.get(one) ?? 0);
    await grow(one, left);
  }
}
