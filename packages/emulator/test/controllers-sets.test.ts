import { describe, expect, test } from "vitest";
import {
  claims,
  controllerRevisions,
  daemonSets,
  getObject,
  listObjects,
  statefulSets,
  volumes,
} from "../src/controllers/kubernetes/kinds.ts";
import type { Pod } from "../src/controllers/kubernetes/pod-types.ts";
import type { DaemonSet, StatefulSet } from "../src/controllers/kubernetes/workload-types.ts";
import {
  createTestWorld,
  deploymentOf,
  isPodReady,
  nodeSpec,
  resources,
  type TestWorld,
  type TestWorldOptions,
} from "./controllers-world.ts";

type Changes = { image?: string; replicas?: number; spec?: Record<string, unknown> };

function statefulSetOf(name: string, { image, replicas = 3, spec }: Changes = {}) {
  const base = deploymentOf(name, { replicas, ...(image ? { image } : {}), ...(spec ? { spec } : {}) });
  return { ...base, kind: "StatefulSet", spec: { serviceName: name, ...(base["spec"] as object) } };
}

function daemonSetOf(name: string, { image, spec }: Changes = {}) {
  const base = deploymentOf(name, { ...(image ? { image } : {}), ...(spec ? { spec } : {}) });
  const { replicas: _, ...rest } = base["spec"] as Record<string, unknown>;
  return { ...base, kind: "DaemonSet", spec: rest };
}

const setOf = (t: TestWorld): StatefulSet => {
  const found = getObject(t.cluster.store, statefulSets, "default", "db");
  if (!found) throw new Error("no set");
  return found;
};

const daemonOf = (t: TestWorld): DaemonSet => {
  const found = getObject(t.cluster.store, daemonSets, "default", "agent");
  if (!found) throw new Error("no set");
  return found;
};

const names = (pods: readonly Pod[]): string[] => pods.map(({ metadata }) => metadata.name).toSorted();
const imageOf = (t: TestWorld, name: string): string | undefined =>
  t.pods().find(({ metadata }) => metadata.name === name)?.spec.containers[0]?.image;

function running(changes: Changes = {}, options: TestWorldOptions = {}): TestWorld {
  const t = createTestWorld(options);
  const { replicas = 3 } = changes;
  t.apply(resources.statefulSets, statefulSetOf("db", changes));
  t.until("all are ready", () => setOf(t).status?.readyReplicas === replicas, 300);
  return t;
}

describe("a stateful set", () => {
  test("comes up in order, each pod after the one before is ready", () => {
    const t = createTestWorld();
    t.apply(resources.statefulSets, statefulSetOf("db"));
    t.watch(60, () => {
      const pods = t.pods();
      const unready = pods.filter((pod) => !isPodReady(pod));
      expect(unready.length).toBeLessThanOrEqual(1);
      if (unready.length === 1) expect(unready[0]?.metadata.name).toBe(`db-${pods.length - 1}`);
    });
    expect(names(t.ready())).toEqual(["db-0", "db-1", "db-2"]);
    const [first] = t.pods();
    expect(first?.spec).toMatchObject({ hostname: "db-0", subdomain: "db" });
    expect(first?.metadata.labels).toMatchObject({
      "apps.kubernetes.io/pod-index": "0",
      "statefulset.kubernetes.io/pod-name": "db-0",
      "controller-revision-hash": setOf(t).status?.updateRevision,
    });
    expect(setOf(t).status).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      collisionCount: 0,
    });
  });

  test("comes up and goes at once when it is Parallel", () => {
    const t = createTestWorld();
    t.apply(resources.statefulSets, statefulSetOf("db", { spec: { podManagementPolicy: "Parallel" } }));
    t.run(0);
    t.until("all are there", () => t.pods().length === 3, 1);
    expect(t.ready()).toEqual([]);
  });

  test("shrinks from the highest ordinal, one at a time", () => {
    const t = running();
    t.apply(resources.statefulSets, statefulSetOf("db", { replicas: 1 }));
    t.watch(60, () => {
      const terminating = t.pods().filter(({ metadata }) => metadata.deletionTimestamp);
      expect(terminating.length).toBeLessThanOrEqual(1);
      if (t.pods().length === 3) expect(names(terminating)).not.toContain("db-1");
    });
    expect(names(t.pods())).toEqual(["db-0"]);
  });

  test("rolls from the highest ordinal, always one pod down", () => {
    const t = running();
    const before = setOf(t).status?.currentRevision;
    t.apply(resources.statefulSets, statefulSetOf("db", { image: "db:2" }));
    const order: string[] = [];
    t.watch(120, () => {
      expect(t.ready().filter(({ metadata }) => !metadata.deletionTimestamp).length).toBeGreaterThanOrEqual(2);
      for (const { metadata } of t.pods()) {
        if (metadata.deletionTimestamp && order.at(-1) !== metadata.name) order.push(metadata.name);
      }
    });
    expect(order).toEqual(["db-2", "db-1", "db-0"]);
    expect(t.pods().map(({ spec }) => spec.containers[0]?.image)).toEqual(["db:2", "db:2", "db:2"]);
    const { status } = setOf(t);
    expect(status?.currentRevision).toBe(status?.updateRevision);
    expect(status?.currentRevision).not.toBe(before);
    expect(listObjects(t.cluster.store, controllerRevisions, "default").map(({ revision }) => revision)).toEqual([
      1, 2,
    ]);
  });

  test("stops at its partition, also for a pod that is made anew", () => {
    const spec = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } };
    const t = running({ spec });
    t.apply(resources.statefulSets, statefulSetOf("db", { image: "db:2", spec }));
    t.run(60);
    expect(["db-0", "db-1", "db-2"].map((name) => imageOf(t, name))).toEqual(["db:1.0.0", "db:1.0.0", "db:2"]);
    expect(setOf(t).status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
    t.cluster.store.delete(resources.pods, "default", "db-0");
    t.run(30);
    expect(imageOf(t, "db-0")).toBe("db:1.0.0");
  });

  test("takes one down at a time also when its pods may start together", () => {
    const spec = { podManagementPolicy: "Parallel" };
    const t = running({ replicas: 4, spec });
    t.apply(resources.statefulSets, statefulSetOf("db", { image: "db:2", replicas: 4, spec }));
    let most = 0;
    t.watch(120, () => {
      const down = 4 - t.ready().filter(({ metadata }) => !metadata.deletionTimestamp).length;
      most = Math.max(most, down);
    });
    expect(most).toBe(1);
    expect(t.ready().map(({ spec: pod }) => pod.containers[0]?.image)).toEqual(["db:2", "db:2", "db:2", "db:2"]);
  });

  test("OnDelete leaves old pods alone until somebody deletes them", () => {
    const spec = { updateStrategy: { type: "OnDelete" } };
    const t = running({ spec });
    t.apply(resources.statefulSets, statefulSetOf("db", { image: "db:2", spec }));
    t.run(60);
    expect(imageOf(t, "db-1")).toBe("db:1.0.0");
    t.cluster.store.delete(resources.pods, "default", "db-1");
    t.run(30);
    expect(["db-0", "db-1", "db-2"].map((name) => imageOf(t, name))).toEqual(["db:1.0.0", "db:2", "db:1.0.0"]);
  });

  test("a template that comes back gets its old revision with a new number", () => {
    const t = running();
    const first = setOf(t).status?.updateRevision;
    t.apply(resources.statefulSets, statefulSetOf("db", { image: "db:2" }));
    t.run(120);
    t.apply(resources.statefulSets, statefulSetOf("db"));
    t.run(120);
    expect(setOf(t).status?.updateRevision).toBe(first);
    const revisions = listObjects(t.cluster.store, controllerRevisions, "default");
    expect(revisions.find(({ metadata }) => metadata.name === first)?.revision).toBe(3);
  });

  const claimTemplate = {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  const claimNames = (t: TestWorld): string[] =>
    listObjects(t.cluster.store, claims, "default").map(({ metadata }) => metadata.name);

  test("gives each pod its claims, bound to new volumes, and keeps them", () => {
    const t = running({ spec: { volumeClaimTemplates: [claimTemplate] } });
    expect(claimNames(t)).toEqual(["data-db-0", "data-db-1", "data-db-2"]);
    const [claim] = listObjects(t.cluster.store, claims, "default");
    expect(claim).toMatchObject({
      spec: { storageClassName: "default", volumeName: `pvc-${claim?.metadata.uid}` },
      status: { phase: "Bound", capacity: { storage: "1Gi" } },
    });
    expect(t.pods()[0]?.spec.volumes?.slice(0, 1)).toEqual([
      { name: "data", persistentVolumeClaim: { claimName: "data-db-0" } },
    ]);
    t.apply(
      resources.statefulSets,
      statefulSetOf("db", { replicas: 1, spec: { volumeClaimTemplates: [claimTemplate] } }),
    );
    t.run(60);
    expect(claimNames(t)).toHaveLength(3);
  });

  test("lets claims go with pods that are scaled away, and the rest with itself, when its policy says so", () => {
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: "Delete", whenScaled: "Delete" };
    const spec = { volumeClaimTemplates: [claimTemplate], persistentVolumeClaimRetentionPolicy };
    const t = running({ spec });
    t.apply(resources.statefulSets, statefulSetOf("db", { replicas: 1, spec }));
    t.run(60);
    expect(claimNames(t)).toEqual(["data-db-0"]);
    t.cluster.store.delete(resources.statefulSets, "default", "db");
    t.run(60);
    expect(claimNames(t)).toEqual([]);
    expect(listObjects(t.cluster.store, volumes)).toEqual([]);
  });
});

describe("a daemon set", () => {
  function covering(changes: Changes = {}): TestWorld {
    const t = createTestWorld();
    t.apply(resources.daemonSets, daemonSetOf("agent", changes));
    t.until("all are available", () => daemonOf(t).status?.numberAvailable === 3, 120);
    return t;
  }

  test("runs one pod on each node, also on one that comes later", () => {
    const t = covering();
    expect(new Set(t.pods().map(({ spec }) => spec.nodeName)).size).toBe(3);
    expect(daemonOf(t).status).toMatchObject({
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      updatedNumberScheduled: 3,
    });
    t.cluster.addNode(nodeSpec(7));
    t.until("the new node has one", () => t.ready().some(({ spec }) => spec.nodeName === nodeSpec(7).name), 400);
  });

  test("stays on a cordoned node, and goes to no tainted one", () => {
    const t = covering();
    t.cluster.setUnschedulable(nodeSpec(0).name, true);
    t.run(30);
    expect(t.ready()).toHaveLength(3);
    t.cluster.addNode(nodeSpec(8, { taints: [{ key: "only", value: "gpu", effect: "NoSchedule" }] }));
    t.run(400);
    expect(daemonOf(t).status?.desiredNumberScheduled).toBe(3);
  });

  test("tolerates what would push other pods away", () => {
    const keys = covering()
      .pods()[0]
      ?.spec.tolerations?.map(({ key, effect }) => `${key}:${effect}`);
    expect(keys).toEqual([
      "node.kubernetes.io/not-ready:NoExecute",
      "node.kubernetes.io/unreachable:NoExecute",
      "node.kubernetes.io/disk-pressure:NoSchedule",
      "node.kubernetes.io/memory-pressure:NoSchedule",
      "node.kubernetes.io/pid-pressure:NoSchedule",
      "node.kubernetes.io/unschedulable:NoSchedule",
    ]);
  });

  test("follows the labels of nodes", () => {
    const t = covering();
    const template = (daemonSetOf("agent")["spec"] as Record<string, Record<string, object>>)["template"];
    const spec = { template: { ...template, spec: { ...template?.["spec"], nodeSelector: { disk: "fast" } } } };
    t.apply(resources.daemonSets, daemonSetOf("agent", { spec }));
    t.run(60);
    expect(t.pods()).toEqual([]);
    const { name } = nodeSpec(1);
    t.cluster.store.update(resources.nodes, undefined, name, (node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, disk: "fast" } },
    }));
    t.until("its node has one", () => t.ready().length === 1, 60);
    expect(t.ready()[0]?.spec.nodeName).toBe(name);
  });

  test("rolls with one node down by default", () => {
    const t = covering();
    t.apply(resources.daemonSets, daemonSetOf("agent", { image: "agent:2" }));
    t.watch(120, () => {
      expect(t.ready().filter(({ metadata }) => !metadata.deletionTimestamp).length).toBeGreaterThanOrEqual(2);
    });
    expect(t.pods().map(({ spec }) => spec.containers[0]?.image)).toEqual(["agent:2", "agent:2", "agent:2"]);
    expect(daemonOf(t).status?.updatedNumberScheduled).toBe(3);
  });

  test("never goes down on a node when it surges", () => {
    const spec = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
    const t = covering({ spec });
    t.apply(resources.daemonSets, daemonSetOf("agent", { image: "agent:2", spec }));
    t.watch(180, () => {
      expect(new Set(t.ready().map((pod) => pod.spec.nodeName)).size).toBe(3);
      expect(t.pods().filter(({ metadata }) => !metadata.deletionTimestamp).length).toBeLessThanOrEqual(4);
    });
    expect(t.pods().map((pod) => pod.spec.containers[0]?.image)).toEqual(["agent:2", "agent:2", "agent:2"]);
  });

  test("OnDelete replaces only what somebody deletes", () => {
    const spec = { updateStrategy: { type: "OnDelete" } };
    const t = covering({ spec });
    t.apply(resources.daemonSets, daemonSetOf("agent", { image: "agent:2", spec }));
    t.run(60);
    expect(daemonOf(t).status?.updatedNumberScheduled).toBeUndefined();
    const [victim] = t.pods();
    t.cluster.store.delete(resources.pods, "default", victim?.metadata.name ?? "");
    t.run(30);
    expect(daemonOf(t).status?.updatedNumberScheduled).toBe(1);
  });
});
