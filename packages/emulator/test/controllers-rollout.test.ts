import { describe, expect, test } from "vitest";
import { deletionOrder } from "../src/controllers/kubernetes/deletion-order.ts";
import { listObjects, replicaSets } from "../src/controllers/kubernetes/kinds.ts";
import type { Pod } from "../src/controllers/kubernetes/pod-types.ts";
import { createTestWorld, deploymentOf, resources, type TestWorld } from "./controllers-world.ts";

test("a deployment comes up on its nodes and says so", () => {
  const t = createTestWorld();
  t.apply(resources.deployments, deploymentOf("web"));
  t.until("three pods are ready", () => t.ready().length === 3, 60);
  t.run(2);
  expect(t.deployment("web").status).toMatchObject({
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
  });
  const conditions = t
    .deployment("web")
    .status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
  expect(conditions?.toSorted()).toEqual([
    "Available True MinimumReplicasAvailable",
    "Progressing True NewReplicaSetAvailable",
  ]);
  expect(new Set(t.pods().map((pod) => pod.spec.nodeName)).size).toBe(3);
});

test("a rollout stays between its floor and its ceiling at every event", () => {
  const t = rolledOut({ replicas: 8, spec: { strategy: rolling("25%", "25%") } });
  t.apply(
    resources.deployments,
    deploymentOf("web", { replicas: 8, image: "web:2.0.0", spec: { strategy: rolling("25%", "25%") } }),
  );
  t.watch(120, () => {
    expect(t.ready().filter((pod) => !pod.metadata.deletionTimestamp).length).toBeGreaterThanOrEqual(6);
    expect(t.pods().filter((pod) => !pod.metadata.deletionTimestamp).length).toBeLessThanOrEqual(10);
  });
  expect(images(t)).toEqual(Array.from({ length: 8 }, () => "web:2.0.0"));
});

test("an image that does not exist stops at the floor, times out, and is rolled back", () => {
  const t = rolledOut({ replicas: 4 });
  t.apply(resources.deployments, deploymentOf("web", { replicas: 4, image: "web:does-not-exist" }));
  t.watch(700, () => expect(t.ready().length).toBeGreaterThanOrEqual(3));
  const stuck = t.pods().find((pod) => pod.spec.containers[0]?.image === "web:does-not-exist");
  expect(["ErrImagePull", "ImagePullBackOff"]).toContain(stuck?.status?.containerStatuses?.[0]?.state.waiting?.reason);
  expect(t.deployment("web").status?.conditions).toContainEqual(
    expect.objectContaining({ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }),
  );
  t.apply(resources.deployments, deploymentOf("web", { replicas: 4 }));
  t.until(
    "the old image runs alone",
    () => images(t).length === 4 && images(t).every((image) => image === "web:1.0.0"),
    120,
  );
  expect(t.deployment("web").metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("3");
});

test("minReadySeconds holds the rollout back", () => {
  const t = rolledOut({ replicas: 2, spec: { minReadySeconds: 60, strategy: rolling(1, 0) } });
  const spec = { minReadySeconds: 60, strategy: rolling(1, 0) };
  t.apply(resources.deployments, deploymentOf("web", { replicas: 2, image: "web:2.0.0", spec }));
  t.run(55);
  expect(images(t).filter((image) => image === "web:1.0.0")).toHaveLength(2);
  t.run(150);
  expect(images(t)).toEqual(["web:2.0.0", "web:2.0.0"]);
});

test("Recreate starts nothing new before the last old pod is gone", () => {
  const spec = { strategy: { type: "Recreate" } };
  const t = rolledOut({ replicas: 3, spec });
  t.apply(resources.deployments, deploymentOf("web", { image: "web:2.0.0", spec }));
  t.watch(60, () => expect(new Set(images(t)).size).toBeLessThanOrEqual(1));
  expect(images(t)).toEqual(["web:2.0.0", "web:2.0.0", "web:2.0.0"]);
});

test("a paused deployment changes its size but not its template", () => {
  const t = rolledOut({ replicas: 2 });
  t.apply(resources.deployments, deploymentOf("web", { replicas: 4, image: "web:2.0.0", spec: { paused: true } }));
  t.run(60);
  expect(images(t)).toEqual(["web:1.0.0", "web:1.0.0", "web:1.0.0", "web:1.0.0"]);
  t.apply(resources.deployments, deploymentOf("web", { replicas: 4, image: "web:2.0.0" }));
  t.run(60);
  expect(images(t)).toEqual(["web:2.0.0", "web:2.0.0", "web:2.0.0", "web:2.0.0"]);
});

test("scaling in the middle of a rollout grows both versions, as the Kubernetes documentation has it", () => {
  const spec = { strategy: rolling(3, 2) };
  const t = rolledOut({ replicas: 10, spec });
  t.apply(resources.deployments, deploymentOf("web", { replicas: 10, image: "web:does-not-exist", spec }));
  t.run(30);
  expect(sets(t).map((set) => set.spec.replicas)).toEqual([8, 5]);
  t.apply(resources.deployments, deploymentOf("web", { replicas: 15, image: "web:does-not-exist", spec }));
  t.run(1);
  expect(sets(t).map((set) => set.spec.replicas)).toEqual([11, 7]);
});

test("old replica sets beyond the history limit go", () => {
  const spec = { revisionHistoryLimit: 1 };
  const t = rolledOut({ replicas: 1, spec });
  for (const image of ["web:2", "web:3", "web:4"]) {
    t.apply(resources.deployments, deploymentOf("web", { replicas: 1, image, spec }));
    t.run(60);
  }
  expect(sets(t).map((set) => set.spec.template.spec.containers[0]?.image)).toEqual(["web:3", "web:4"]);
});

test("of surplus pods those go first that are worth least", () => {
  const pod = (name: string, nodeName: string | undefined, phase: "Pending" | "Running", ready: boolean): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, creationTimestamp: "2026-01-05T08:00:00Z" },
    spec: { containers: [], ...(nodeName === undefined ? {} : { nodeName }) },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: "2026-01-05T08:00:00Z" }],
    },
  });
  const cheap = pod("cheap", "c", "Running", true);
  cheap.metadata.annotations = { "controller.kubernetes.io/pod-deletion-cost": "-5" };
  const pods = [
    pod("alone", "a", "Running", true),
    pod("crowded", "b", "Running", true),
    cheap,
    pod("unready", "b", "Running", false),
    pod("starting", "d", "Pending", false),
    pod("unplaced", undefined, "Pending", false),
  ];
  const order = deletionOrder(pods, Date.parse("2026-01-05T09:00:00Z"), pods).map(({ metadata }) => metadata.name);
  expect(order).toEqual(["unplaced", "starting", "unready", "cheap", "crowded", "alone"]);
});

describe("what belongs to a deployment", () => {
  test("goes with it", () => {
    const t = rolledOut({ replicas: 3 });
    t.cluster.store.delete(resources.deployments, "default", "web");
    t.run(60);
    expect(sets(t)).toEqual([]);
    expect(t.pods()).toEqual([]);
  });

  test("a pod that is deleted is replaced", () => {
    const t = rolledOut({ replicas: 3 });
    const [victim] = t.pods();
    t.cluster.store.delete(resources.pods, "default", victim?.metadata.name ?? "");
    t.until("three pods are ready again", () => t.ready().length === 3, 60);
    expect(t.pods().map(({ metadata }) => metadata.name)).not.toContain(victim?.metadata.name);
  });
});

function rolledOut(options: Parameters<typeof deploymentOf>[1] & { replicas: number }): TestWorld {
  const t = createTestWorld();
  t.apply(resources.deployments, deploymentOf("web", options));
  t.until(
    "the first version is available",
    () => t.deployment("web").status?.availableReplicas === options.replicas,
    200,
  );
  return t;
}

function rolling(maxSurge: number | string, maxUnavailable: number | string): Record<string, unknown> {
  return { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } };
}

function images(t: TestWorld): (string | undefined)[] {
  return t.pods().map((pod) => pod.spec.containers[0]?.image);
}

function sets(t: TestWorld) {
  return listObjects(t.cluster.store, replicaSets, "default");
}
