import { AppsV1Api, CoreV1Api, PolicyV1Api, setHeaderOptions, Watch } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { eventually, webDeployment } from "./kubernetes-fixture.ts";
import { startCluster } from "./running-cluster.ts";

const merge = setHeaderOptions("Content-Type", "application/merge-patch+json");

describe("the API over a cluster that runs", () => {
  it("brings a deployment to readiness, scales it and removes it with its pods", async () => {
    await using real = await startCluster();
    const apps = real.config.makeApiClient(AppsV1Api);
    const core = real.config.makeApiClient(CoreV1Api);
    const place = { name: "web", namespace: "default" };
    await apps.createNamespacedDeployment({ namespace: "default", body: webDeployment() });
    const readyReplicas = async (): Promise<number> =>
      (await apps.readNamespacedDeployment(place)).status?.readyReplicas ?? 0;
    await eventually(async () => (await readyReplicas()) === 2);
    await apps.patchNamespacedDeploymentScale({ ...place, body: { spec: { replicas: 4 } } }, merge);
    await eventually(async () => (await readyReplicas()) === 4);
    const { items } = await core.listNamespacedPod({ namespace: "default", labelSelector: "app=web" });
    expect(items.every(({ status }) => status?.phase === "Running" && status.podIP)).toBe(true);
    await apps.deleteNamespacedDeployment({ ...place, propagationPolicy: "Background" });
    await eventually(async () => (await core.listNamespacedPod({ namespace: "default" })).items.length === 0);
    const sets = await apps.listNamespacedReplicaSet({ namespace: "default" });
    expect(sets.items).toEqual([]);
  });

  it("shows a watcher of nodes how one is reimaged", async () => {
    await using real = await startCluster();
    const core = real.config.makeApiClient(CoreV1Api);
    await eventually(async () => (await core.listNode()).items.every(isReady));
    const seen: string[] = [];
    const see = (_phase: string, node: Parameters<typeof isReady>[0]): void => {
      const line = `${isReady(node) ? "Ready" : "NotReady"} ${node.status?.nodeInfo?.kubeletVersion}`;
      if (seen.at(-1) !== line) seen.push(line);
    };
    const controller = await new Watch(real.config).watch(
      "/api/v1/nodes",
      { fieldSelector: "metadata.name=node-0" },
      see,
      () => {},
    );
    await eventually(() => seen.length === 1);
    const changes = { kubeletVersion: "1.34.1", nodeImage: "AKSUbuntu-2204gen2containerd-202511.01.0", labels: {} };
    real.cluster.reimageNode("node-0", changes, () => {});
    await eventually(() => seen.includes("Ready v1.34.1"));
    controller.abort();
    expect(seen[0]).toBe("Ready v1.33.2");
    expect(seen.some((line) => line.startsWith("NotReady"))).toBe(true);
    expect(seen.at(-1)).toBe("Ready v1.34.1");
  });

  it("refuses evictions that a disruption budget forbids", async () => {
    await using real = await startCluster();
    const core = real.config.makeApiClient(CoreV1Api);
    const apps = real.config.makeApiClient(AppsV1Api);
    const policy = real.config.makeApiClient(PolicyV1Api);
    await apps.createNamespacedDeployment({ namespace: "default", body: webDeployment() });
    await policy.createNamespacedPodDisruptionBudget({
      namespace: "default",
      body: { metadata: { name: "web" }, spec: { selector: { matchLabels: { app: "web" } }, minAvailable: 2 } },
    });
    await eventually(async () => {
      const budget = await policy.readNamespacedPodDisruptionBudget({ name: "web", namespace: "default" });
      return budget.status?.currentHealthy === 2;
    });
    const { items } = await core.listNamespacedPod({ namespace: "default" });
    const name = items[0]?.metadata?.name ?? "";
    const evict = core.createNamespacedPodEviction({ name, namespace: "default", body: { metadata: { name } } });
    await expect(evict).rejects.toMatchObject({ code: 429 });
    const body = { spec: { minAvailable: 1 } };
    await policy.patchNamespacedPodDisruptionBudget({ name: "web", namespace: "default", body }, merge);
    await eventually(async () => {
      const budget = await policy.readNamespacedPodDisruptionBudget({ name: "web", namespace: "default" });
      return budget.status?.disruptionsAllowed === 1;
    });
    await core.createNamespacedPodEviction({ name, namespace: "default", body: { metadata: { name } } });
  });
});

function isReady({
  status,
}: {
  status?: { conditions?: { type: string; status: string }[]; nodeInfo?: { kubeletVersion?: string } };
}): boolean {
  return status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
}
