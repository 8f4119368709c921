import { type ClusterFacts, checkCluster } from "@fairway/core";
import { expect, test } from "vitest";
import { budget, node, pod, pool, soundCluster, workload } from "./cluster-facts.ts";

test("a drain gets stuck where a budget has nothing left, at that node, on that pod", () => {
  const facts = soundCluster({
    pods: [pod("api-1", "a"), pod("api-2", "c", { isReady: false })],
  });
  expect(drain(facts)).toEqual([
    {
      code: "FW041",
      subject: "node a",
      evidence:
        "after 0 nodes of pool1 the drain waits for pod shop/api-1: shop/api (maxUnavailable 1) needs 1 healthy pods and has 1",
    },
  ]);
});

test("a pod that never becomes ready may go when its budget says so", () => {
  const facts = soundCluster({
    pods: [pod("api-1", "a"), pod("api-2", "b"), pod("api-3", "c", { isReady: false })],
    workloads: [workload({ replicas: 3 })],
    budgets: [budget({ minAvailable: "2" })],
  });
  expect(drain(facts)).toMatchObject([{ code: "FW041", subject: "node a" }]);
  const relaxed = { ...facts, budgets: [budget({ minAvailable: "1" })] };
  expect(drain(relaxed)).toEqual([]);
});

test("a replacement that fits nowhere uses its budget up, and the next node sticks", () => {
  const apart = [
    { topologyKey: "kubernetes.io/hostname", selector: { matchLabels: { app: "api" }, matchExpressions: [] } },
  ];
  const pods = ["a", "b", "c"].map((on, index) => pod(`api-${index + 1}`, on, { apartFrom: apart }));
  const full = soundCluster({ pods, workloads: [workload({ replicas: 3 })] });
  // One surge node is room enough for one after another.
  expect(drain(full)).toEqual([]);
  const inPlace = { ...full, pools: [pool("pool1", { maxSurge: "0", maxUnavailable: "2", isSystem: false })] };
  expect(drain(inPlace)).toEqual([
    expect.objectContaining({ code: "FW017", subject: "Pod shop/api-1" }),
    expect.objectContaining({
      code: "FW041",
      subject: "node b",
      evidence: expect.stringMatching(
        /^after 0 nodes of pool1 the drain waits for pod shop\/api-2: shop\/api/,
      ) as unknown,
    }),
  ]);
});

test("surge nodes carry the labels and taints of their pool, not the pods of others", () => {
  const gpu = { key: "sku", value: "gpu", effect: "NoSchedule" };
  const facts = soundCluster({
    pools: [pool("gpu", { count: 1 }), pool("pool1")],
    nodes: [node("g", { pool: "gpu", taints: [gpu] }), node("a"), node("b"), node("c")],
    pods: [
      pod("api-1", "a"),
      pod("api-2", "b"),
      pod("train-1", "g", {
        labels: { app: "train" },
        owner: { kind: "Deployment", name: "train" },
        requests: { cpuMillicores: 3_000, memoryMib: 1_000 },
        tolerations: [{ key: "sku", operator: "Exists" }],
        nodeSelector: { "kubernetes.azure.com/agentpool": "gpu" },
      }),
    ],
  });
  expect(drain(facts, ["gpu", "pool1"])).toEqual([]);
  const withoutSurge = {
    ...facts,
    pools: [pool("gpu", { count: 1, maxSurge: "0", maxUnavailable: "1" }), pool("pool1")],
  };
  expect(drain(withoutSurge, ["gpu"])).toEqual([
    expect.objectContaining({ code: "FW017", subject: "Pod shop/train-1" }),
  ]);
});

test("with Cordon the others go on; with Schedule nothing comes after the stuck node", () => {
  const pods = [pod("api-1", "b"), pod("api-2", "c", { isReady: false })];
  const stuckPools = (undrainable: "Schedule" | "Cordon") => {
    const facts = soundCluster({
      pods,
      pools: [pool("pool1", { undrainable }), pool("pool2", { undrainable, count: 1 })],
      nodes: [node("a"), node("b"), node("c"), node("z", { pool: "pool2" })],
    });
    const blocked = { ...facts, pods: [...pods, pod("old-1", "z", { labels: { app: "old" } })] };
    const withOld = {
      ...blocked,
      budgets: [
        budget(),
        budget({ name: "old", minAvailable: "1", selector: { matchLabels: { app: "old" }, matchExpressions: [] } }),
      ],
    };
    return drain(withOld, ["pool1", "pool2"]).map(({ subject }) => subject);
  };
  expect(stuckPools("Schedule")).toEqual(["node b"]);
  expect(stuckPools("Cordon")).toEqual(["node b", "node z"]);
});

test("spot nodes are not drained, and daemons and mirror pods do not count", () => {
  const facts = soundCluster({
    pools: [pool("pool1", { isSpot: true })],
    pods: [pod("api-1", "a"), pod("api-2", "c", { isReady: false })],
  });
  expect(drain(facts)).toEqual([]);
  const daemons = soundCluster({
    pods: [pod("log-1", "a", { owner: { kind: "DaemonSet", name: "log" } }), pod("file", "b", { isMirror: true })],
    budgets: [budget({ minAvailable: "2" })],
  });
  expect(drain(daemons)).toEqual([]);
});

test("a thousand nodes and fifteen thousand pods are played through in seconds", { timeout: 30_000 }, () => {
  const nodes = Array.from({ length: 1_000 }, (_, index) => node(`n${String(index).padStart(4, "0")}`));
  const pods = nodes.flatMap(({ name }, index) =>
    Array.from({ length: 15 }, (_, slot) =>
      pod(`p-${index}-${slot}`, name, {
        labels: { app: `app-${index % 100}` },
        owner: { kind: "Deployment", name: `app-${index % 100}` },
      }),
    ),
  );
  const facts = soundCluster({ nodes, pods, pools: [pool("pool1", { count: 1_000, maxSurge: "10%" })], budgets: [] });
  const startedMs = performance.now();
  expect(drain(facts)).toEqual([]);
  expect(performance.now() - startedMs).toBeLessThan(20_000);
});

function drain(facts: ClusterFacts, pools: readonly string[] = ["pool1"]) {
  return checkCluster(facts, { version: "1.35.1", pools })
    .filter(({ code, severity }) => code === "FW041" || (code === "FW017" && severity === "required"))
    .map(({ code, subject, evidence }) => ({ code, subject, evidence }))
    .toSorted((a, b) => `${a.code}${a.subject}`.localeCompare(`${b.code}${b.subject}`));
}
