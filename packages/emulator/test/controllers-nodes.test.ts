import { describe, expect, test } from "vitest";
import {
  createTestWorld,
  deploymentOf,
  isNodeReady,
  nodeSpec,
  resources,
  serviceOf,
  type TestWorld,
} from "./controllers-world.ts";

test("a node looks like one of AKS", () => {
  const t = createTestWorld({ nodes: 1 });
  const { name } = nodeSpec(0);
  expect(t.node(name)).toMatchObject({
    metadata: {
      labels: {
        agentpool: "user",
        "kubernetes.azure.com/agentpool": "user",
        "kubernetes.azure.com/mode": "user",
        "kubernetes.azure.com/node-image-version": "AKSUbuntu-2204gen2containerd-202510.03.0",
        "kubernetes.io/hostname": name,
        "topology.kubernetes.io/zone": "westeurope-1",
      },
    },
    status: {
      capacity: { cpu: "2", memory: "8388608Ki", pods: "30" },
      allocatable: { cpu: "1900m", memory: "7651442Ki", pods: "30" },
      nodeInfo: { kubeletVersion: "v1.33.2", operatingSystem: "linux", architecture: "amd64" },
    },
  });
  expect(t.node(name).spec.taints).toBeUndefined();
  t.run(30);
  expect(
    t.cluster.store.get({ group: "coordination.k8s.io", resource: "leases" }, "kube-node-lease", name),
  ).toBeDefined();
});

test("leases are renewed every ten seconds, for whoever looks now and then and for whoever follows", () => {
  const leases = { group: "coordination.k8s.io", resource: "leases" };
  const t = createTestWorld({ nodes: 1 });
  const ageMs = (): number => {
    const [lease] = t.cluster.store.list(leases);
    const { renewTime = "" } = (lease?.["spec"] ?? {}) as { renewTime?: string };
    return t.kernel.clock.now() - Date.parse(renewTime);
  };
  for (const seconds of [35, 3_600, 7]) {
    t.run(seconds);
    expect(ageMs()).toBeLessThanOrEqual(10_000);
  }
  const seen: number[] = [];
  const stop = t.cluster.store.subscribe(() => seen.push(t.kernel.clock.now()), leases);
  t.run(60);
  stop();
  expect(seen).toHaveLength(6);
  expect((seen[5] ?? 0) - (seen[0] ?? 0)).toBe(50_000);
});

describe("a node that is lost without a word", () => {
  test.each([
    ["1.31.9", 40, 56],
    ["1.33.2", 50, 66],
  ])(
    "under %s turns NotReady after %i s, and its pods are replaced 300 s later",
    (kubernetesVersion, leastSeconds, mostSeconds) => {
      const t = withWeb({ kubernetesVersion });
      const lost = t.pods()[0]?.spec.nodeName ?? "";
      t.cluster.loseNode(lost);
      const lostAtMs = t.kernel.clock.now();
      t.until("the node is NotReady", () => !isNodeReady(t.node(lost)), 90);
      const notReadySeconds = (t.kernel.clock.now() - lostAtMs) / 1_000;
      expect(notReadySeconds).toBeGreaterThanOrEqual(leastSeconds - 10);
      expect(notReadySeconds).toBeLessThanOrEqual(mostSeconds);
      t.run(0);
      expect(t.node(lost).spec.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
        "node.kubernetes.io/unreachable:NoSchedule",
        "node.kubernetes.io/unreachable:NoExecute",
      ]);
      expect(t.ready()).toHaveLength(2);
      const notReadyAtMs = t.kernel.clock.now();
      t.until("its pod is deleted", () => t.pods().some((pod) => pod.metadata.deletionTimestamp), 400);
      expect((t.kernel.clock.now() - notReadyAtMs) / 1_000).toBe(300);
      t.until("three pods are ready", () => t.ready().length === 3, 60);
      t.run(600);
      const left = t.pods().filter((pod) => pod.spec.nodeName === lost);
      expect(left.map((pod) => pod.metadata.deletionTimestamp !== undefined)).toEqual([true]);
      t.cluster.removeNode(lost);
      t.run(120);
      expect(t.pods().filter((pod) => pod.spec.nodeName === lost)).toEqual([]);
    },
  );

  test.each([
    ["1.31.9", 40],
    ["1.32.0", 50],
  ])("under %s has a grace of %i s from its last lease, looked at every 5 s", (kubernetesVersion, graceSeconds) => {
    const t = createTestWorld({ kubernetesVersion });
    const joined = t.kernel.trace.records().findLast(({ kind }) => kind === "node.ready");
    const name = String(joined?.data["node"]);
    t.cluster.loseNode(name);
    t.until("the node is NotReady", () => !isNodeReady(t.node(name)), 90);
    const silentSeconds = (t.kernel.clock.now() - (joined?.timeMs ?? 0)) / 1_000;
    expect(silentSeconds).toBeGreaterThanOrEqual(graceSeconds);
    expect(silentSeconds).toBeLessThan(graceSeconds + 5);
  });

  test("keeps its traffic until it is NotReady", () => {
    const t = withWeb();
    const lost = t.pods()[0]?.spec.nodeName ?? "";
    t.cluster.loseNode(lost);
    t.run(35);
    expect(t.dataPlane.route("web.default.prod")?.backends[0]?.endpoints).toHaveLength(3);
    t.run(35);
    expect(t.dataPlane.route("web.default.prod")?.backends[0]?.endpoints).toHaveLength(2);
  });

  test("in compressed time is judged in compressed time", () => {
    const t = withWeb({ timeScale: 60 });
    const lost = t.pods()[0]?.spec.nodeName ?? "";
    t.cluster.loseNode(lost);
    t.until("the node is NotReady", () => !isNodeReady(t.node(lost)), 1.2);
    t.until("its pod is deleted", () => t.pods().some((pod) => pod.metadata.deletionTimestamp), 5.1);
  });

  test("does not get its pods evicted when all nodes are silent", () => {
    const t = withWeb();
    for (const { metadata } of t.cluster.store.list({ group: "", resource: "nodes" }))
      t.cluster.loseNode(metadata.name);
    t.run(1_200);
    expect(t.ready()).toEqual([]);
    expect(t.pods().filter((pod) => pod.metadata.deletionTimestamp)).toEqual([]);
  });
});

test("a removed node takes its replicas with it at once, and its pods are replaced", () => {
  const t = withWeb();
  const removed = t.pods()[0]?.spec.nodeName ?? "";
  t.cluster.removeNode(removed);
  t.run(5);
  expect(t.dataPlane.route("web.default.prod")?.backends[0]?.endpoints).toHaveLength(2);
  t.until(
    "three pods are ready elsewhere",
    () => t.ready().filter((pod) => pod.spec.nodeName !== removed).length === 3,
    120,
  );
});

test("a reimaged node joins again with its new version", () => {
  const t = withWeb();
  const { name } = nodeSpec(0);
  let joined = false;
  t.cluster.setUnschedulable(name, true);
  t.cluster.reimageNode(
    name,
    { kubeletVersion: "1.34.1", nodeImage: "new-image", labels: { generation: "2" } },
    () => (joined = true),
  );
  expect(isNodeReady(t.node(name))).toBe(false);
  t.until("it has joined", () => joined, 900);
  expect(t.node(name)).toMatchObject({
    metadata: { labels: { generation: "2", "kubernetes.azure.com/node-image-version": "new-image" } },
    spec: { unschedulable: true },
    status: { nodeInfo: { kubeletVersion: "v1.34.1" } },
  });
  expect(isNodeReady(t.node(name))).toBe(true);
});

test("pods that were left on a reimaged node get no traffic until they run again", () => {
  const t = withWeb();
  const name = t.pods()[0]?.spec.nodeName ?? "";
  const changes = { kubeletVersion: "1.34.1", nodeImage: "new-image", labels: {} };
  t.cluster.reimageNode(name, changes, () => {});
  t.run(5);
  expect(t.dataPlane.route("web.default.prod")?.backends[0]?.endpoints).toHaveLength(2);
  t.until("it runs again", () => t.ready().length === 3, 900);
  const restarts = t.pods().map((pod) => pod.status?.containerStatuses?.[0]?.restartCount ?? 0);
  expect(restarts.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
});

test("a machine that never joins never becomes a node", () => {
  const t = createTestWorld({ nodes: 1 });
  t.cluster.addNode(nodeSpec(1, { joins: false }));
  t.run(3_000);
  expect(t.cluster.store.list({ group: "", resource: "nodes" })).toHaveLength(1);
  t.cluster.removeNode(nodeSpec(1).name);
});

describe("placement", () => {
  test("fills the nodes, then says why a pod must wait, and places it when there is room", () => {
    const t = createTestWorld({ nodes: 2 });
    t.apply(resources.deployments, deploymentOf("big", { replicas: 5, container: requests("900m") }));
    t.run(60);
    expect(t.ready()).toHaveLength(4);
    expect(t.events("FailedScheduling").map((event) => event["message"])).toEqual([
      "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
    ]);
    t.cluster.addNode(nodeSpec(2));
    t.until("the fifth has room", () => t.ready().length === 5, 200);
  });

  test("leaves cordoned and tainted nodes alone", () => {
    const t = createTestWorld({ nodes: 3 });
    t.cluster.setUnschedulable(nodeSpec(0).name, true);
    t.cluster.addNode(nodeSpec(3, { taints: [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }] }));
    t.run(120);
    t.apply(resources.deployments, deploymentOf("web", { replicas: 6 }));
    t.until("all run", () => t.ready().length === 6, 60);
    expect(new Set(t.pods().map((pod) => pod.spec.nodeName))).toEqual(new Set([nodeSpec(1).name, nodeSpec(2).name]));
    const tolerations = [{ key: "dedicated", operator: "Equal", value: "gpu", effect: "NoSchedule" }];
    const nodeSelector = { "kubernetes.io/hostname": nodeSpec(3).name };
    t.apply(resources.deployments, deploymentOf("gpu", { replicas: 1, podSpec: { tolerations, nodeSelector } }));
    t.until("it runs on the tainted node", () => t.ready().length === 7, 60);
  });

  test("spreads hard over zones and refuses what would break the skew", () => {
    const t = createTestWorld({ nodes: 2 });
    const topologySpreadConstraints = [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: { app: "web" } },
      },
    ];
    t.apply(resources.deployments, deploymentOf("web", { replicas: 6, podSpec: { topologySpreadConstraints } }));
    t.until("all run", () => t.ready().length === 6, 60);
    expect(perNode(t)).toEqual([3, 3]);
    t.cluster.setUnschedulable(nodeSpec(0).name, true);
    t.apply(resources.deployments, deploymentOf("web", { replicas: 8, podSpec: { topologySpreadConstraints } }));
    t.run(60);
    expect(t.ready()).toHaveLength(7);
    expect(t.events("FailedScheduling").map((event) => event["message"])).toEqual([
      "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
    ]);
  });

  test("keeps pods apart that want no company", () => {
    const t = createTestWorld({ nodes: 3 });
    const term = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: "kubernetes.io/hostname" };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    t.apply(resources.deployments, deploymentOf("web", { replicas: 4, podSpec: { affinity } }));
    t.run(60);
    expect(perNode(t)).toEqual([1, 1, 1]);
    expect(t.events("FailedScheduling")[0]?.["message"]).toBe(
      "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
    );
  });

  test("goes by required node affinity", () => {
    const t = createTestWorld({ nodes: 3 });
    const matchExpressions = [{ key: "topology.kubernetes.io/zone", operator: "In", values: ["westeurope-3"] }];
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
    };
    t.apply(resources.deployments, deploymentOf("web", { replicas: 2, podSpec: { affinity } }));
    t.until("both run", () => t.ready().length === 2, 60);
    expect(new Set(t.pods().map((pod) => pod.spec.nodeName))).toEqual(new Set([nodeSpec(2).name]));
  });

  test("spreads softly by itself", () => {
    const t = createTestWorld({ nodes: 3 });
    t.apply(resources.deployments, deploymentOf("web", { replicas: 9 }));
    t.until("all run", () => t.ready().length === 9, 60);
    expect(perNode(t)).toEqual([3, 3, 3]);
  });
});

function withWeb(options: Parameters<typeof createTestWorld>[0] = {}): TestWorld {
  const t = createTestWorld(options);
  t.apply(resources.services, serviceOf("web"));
  t.apply(resources.deployments, deploymentOf("web"));
  t.until("traffic flows", () => t.dataPlane.route("web.default.prod")?.backends[0]?.endpoints.length === 3, 60);
  return t;
}

function requests(cpu: string): Record<string, unknown> {
  return { resources: { requests: { cpu } } };
}

function perNode(t: TestWorld): number[] {
  const counts = new Map<string, number>();
  for (const { spec } of t.ready()) counts.set(spec.nodeName ?? "", (counts.get(spec.nodeName ?? "") ?? 0) + 1);
  return [...counts.values()].toSorted((a, b) => a - b);
}
