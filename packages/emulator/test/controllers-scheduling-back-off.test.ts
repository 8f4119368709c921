import { expect, test } from "vitest";
import { nodes, updateObject } from "../src/controllers/kubernetes/kinds.ts";
import { createTestWorld, deploymentOf, nodeSpec, resources, type TestWorld } from "./controllers-world.ts";

/** One node, and a pod that asks for a label which the node does not have, just refused. */
function refusedWorld(kubernetesVersion = "1.32.7"): TestWorld {
  const t = createTestWorld({ nodes: 1, kubernetesVersion });
  t.apply(resources.deployments, deploymentOf("picky", { replicas: 1, podSpec: { nodeSelector: { disk: "fast" } } }));
  t.until("it is refused", () => t.events("FailedScheduling").length === 1, 10);
  return t;
}

function label(t: TestWorld, name: string, value: string): void {
  updateObject(t.cluster.store, nodes, t.node(nodeSpec(0).name), (node) => ({
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, [name]: value } },
  }));
}

/** Milliseconds until the pod has a node. */
function bindingMs(t: TestWorld): number {
  const startMs = t.kernel.clock.now();
  t.until("it is bound", () => t.pods()[0]?.spec.nodeName !== undefined, 60);
  return t.kernel.clock.now() - startMs;
}

test("a pod that fitted nowhere pauses for a second, whatever changes meanwhile", () => {
  const t = refusedWorld();
  label(t, "disk", "fast");
  expect(bindingMs(t)).toBe(1_000);
});

test("a scheduler from 1.33 on that has nothing else to do looks again at once", () => {
  const t = refusedWorld("1.33.2");
  t.run(0.1);
  label(t, "disk", "fast");
  expect(bindingMs(t)).toBe(0);
});

test("refused again it pauses for two", () => {
  const t = refusedWorld();
  label(t, "colour", "red");
  t.run(1);
  label(t, "disk", "fast");
  expect(bindingMs(t)).toBe(2_000);
});

test("without a change nothing is tried, and after a long time a change is answered at once", () => {
  const t = refusedWorld();
  t.run(60);
  label(t, "disk", "fast");
  expect(bindingMs(t)).toBe(0);
});

test("the pods of a workload are all told why they go nowhere", () => {
  const t = createTestWorld({ nodes: 1 });
  t.apply(resources.deployments, deploymentOf("picky", { replicas: 3, podSpec: { nodeSelector: { disk: "fast" } } }));
  t.until("all are refused", () => t.events("FailedScheduling").length === 3, 10);
  const messages = t
    .pods()
    .map(({ status }) => status?.conditions?.find(({ type }) => type === "PodScheduled")?.message);
  expect(new Set(messages)).toEqual(
    new Set([
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    ]),
  );
});

test("of thousands that wait for the same node only as many are refused as a scheduler has time for", () => {
  const t = createTestWorld({ nodes: 1 });
  t.apply(resources.deployments, deploymentOf("picky", { replicas: 600, podSpec: { nodeSelector: { disk: "fast" } } }));
  t.run(0.5);
  const atOnce = t.events("FailedScheduling").length;
  expect(atOnce).toBeGreaterThan(100);
  expect(atOnce).toBeLessThan(200);
  t.until("all are refused", () => t.events("FailedScheduling").length >= 600, 10);
});

test("a pod that finds its place gives no hope to one that waits for room", () => {
  const t = createTestWorld({ nodes: 1 });
  t.apply(resources.deployments, deploymentOf("huge", { replicas: 1, podSpec: hungry }));
  t.until("it is refused", () => t.events("FailedScheduling").length === 1, 10);
  t.run(5);
  t.apply(resources.deployments, deploymentOf("small", { replicas: 1 }));
  t.until("the other runs", () => t.pods().some(({ spec }) => spec.nodeName !== undefined), 30);
  t.run(20);
  expect(t.events("FailedScheduling")).toHaveLength(1);
});

const hungry = {
  containers: [{ name: "app", image: "app:1", resources: { requests: { cpu: "1000" } } }],
};
