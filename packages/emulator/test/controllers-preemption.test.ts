import { describe, expect, test } from "vitest";
import type { KubeObject } from "../src/world/objects.ts";
import { budgetOf, createTestWorld, deploymentOf, nodeSpec, resources, type TestWorld } from "./controllers-world.ts";

const priorityClasses = { group: "scheduling.k8s.io", resource: "priorityclasses" };

function priorityClass(name: string, value: number, more: object = {}): KubeObject {
  return { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value, ...more };
}

/** A deployment whose pods take so many millicores each. */
function taking(name: string, replicas: number, cpu: string, className?: string): KubeObject {
  return deploymentOf(name, {
    replicas,
    container: { resources: { requests: { cpu } } },
    ...(className ? { podSpec: { priorityClassName: className } } : {}),
  });
}

/** Two nodes, full of pods without priority: one of 1000m on each (1900m can be had). */
function fullWorld(): TestWorld {
  const t = createTestWorld({ nodes: 2 });
  t.apply(priorityClasses, priorityClass("high", 1_000));
  t.apply(priorityClasses, priorityClass("polite", 1_000, { preemptionPolicy: "Never" }));
  t.apply(resources.deployments, taking("low", 2, "1500m"));
  t.until("both run", () => t.ready().length === 2, 60);
  return t;
}

const of = (t: TestWorld, app: string) => t.pods().filter(({ metadata }) => metadata.labels?.["app"] === app);
const refusal = (t: TestWorld, app: string): unknown =>
  t
    .events("FailedScheduling")
    .findLast((event) => String((event["involvedObject"] as { name: string }).name).startsWith(app))?.["message"];

describe("a pod with more priority", () => {
  test("takes the place of one with less", () => {
    const t = fullWorld();
    t.apply(resources.deployments, taking("urgent", 1, "1000m", "high"));
    t.until("one is nominated", () => of(t, "urgent")[0]?.status?.nominatedNodeName !== undefined, 10);
    expect(refusal(t, "urgent")).toBe("0/2 nodes are available: 2 Insufficient cpu.");
    const victim = of(t, "low").find(({ metadata }) => metadata.deletionTimestamp);
    expect(victim?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: "DisruptionTarget", reason: "PreemptionByScheduler" }),
    );
    t.until("it runs", () => t.ready().some(({ metadata }) => metadata.name.startsWith("urgent")), 90);
    expect(of(t, "urgent")[0]?.status?.nominatedNodeName).toBeUndefined();
    expect(of(t, "urgent")[0]?.spec.nodeName).toBe(victim?.spec.nodeName);
    expect(t.events("Preempted")[0]?.["message"]).toBe(
      `Preempted by pod ${of(t, "urgent")[0]?.metadata.uid} on node ${victim?.spec.nodeName}`,
    );
    expect(of(t, "low").filter(({ status }) => status?.phase === "Running")).toHaveLength(1);
  });

  test("waits when it must not push anybody away", () => {
    const t = fullWorld();
    t.apply(resources.deployments, taking("patient", 1, "1000m", "polite"));
    t.run(30);
    expect(t.ready()).toHaveLength(2);
    expect(refusal(t, "patient")).toBe(
      "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
    );
  });

  test("spares pods whose budget would be hurt", () => {
    const t = createTestWorld({ nodes: 2 });
    t.apply(priorityClasses, priorityClass("high", 1_000));
    t.apply(resources.deployments, taking("low", 1, "1500m"));
    t.until("it runs", () => t.ready().length === 1, 60);
    // The younger one, which would otherwise be the first to go.
    t.apply(resources.deployments, taking("guarded", 1, "1500m"));
    t.until("both run", () => t.ready().length === 2, 60);
    t.apply(resources.budgets, budgetOf("guarded", { minAvailable: 1 }));
    t.run(5);
    t.apply(resources.deployments, taking("urgent", 1, "1500m", "high"));
    t.until("it runs", () => t.ready().some(({ metadata }) => metadata.name.startsWith("urgent")), 90);
    expect(t.ready().some(({ metadata }) => metadata.name.startsWith("guarded"))).toBe(true);
  });

  test("says what would not help", () => {
    const t = createTestWorld({ nodes: 1 });
    t.cluster.addNode(nodeSpec(5, { taints: [{ key: "only", value: "gpu", effect: "NoSchedule" }] }));
    t.run(300);
    t.apply(resources.deployments, taking("huge", 1, "8"));
    t.run(5);
    expect(refusal(t, "huge")).toBe(
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). " +
        "no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
  });

  test("comes from a class that exists", () => {
    const t = createTestWorld({ nodes: 1 });
    t.apply(resources.deployments, taking("lost", 1, "100m", "nowhere"));
    t.run(5);
    expect(t.pods()).toEqual([]);
    expect(t.events("FailedCreate")[0]?.["message"]).toContain("no PriorityClass with name nowhere was found");
  });
});

test("a pod whose claim does not exist waits for it", () => {
  const t = createTestWorld({ nodes: 1 });
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  t.apply(resources.deployments, deploymentOf("db", { replicas: 1, podSpec: { volumes } }));
  t.run(10);
  expect(refusal(t, "db")).toBe('0/1 nodes are available: persistentvolumeclaim "data" not found. not found');
  const spec = {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
    storageClassName: "managed-csi",
  };
  t.apply(resources.claims, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "default" },
    spec,
  });
  t.until("it runs", () => t.ready().length === 1, 60);
});
