import { CustomObjectsApi, Metrics } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKubectl, hasKubectl, type Kubectl } from "./kubectl.ts";
import { eventually, refusal } from "./kubernetes-fixture.ts";
import { type RunningCluster, startCluster } from "./running-cluster.ts";

const found = await hasKubectl("kubernetes-metrics");

const manifest = [
  podOf("busy", "team-a", [{ name: "app", image: "stress:1", args: ["--cpu", "2", "--vm-bytes", "256Mi"] }]),
  podOf("calm", "team-b", [
    { name: "app", image: "nginx:1" },
    { name: "proxy", image: "envoy:1" },
  ]),
  podOf("done", "team-b", [{ name: "app", image: "busybox:1", command: ["true"] }], { restartPolicy: "Never" }),
]
  .map((pod) => JSON.stringify(pod))
  .join("\n---\n");

function podOf(name: string, team: string, containers: readonly object[], spec: object = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { team } },
    spec: { containers, ...spec },
  };
}

describe("resource metrics", () => {
  let running: RunningCluster;
  let kubectl: Kubectl;
  beforeAll(async () => {
    running = await startCluster();
    kubectl = createKubectl(running.kubeconfigText);
  });
  afterAll(async () => {
    kubectl[Symbol.dispose]();
    await running[Symbol.asyncDispose]();
  });

  it.skipIf(!found)("shows them to kubectl top, only of pods that run and were measured", async () => {
    await kubectl.run("apply -f -", manifest);
    const pods = await eventually(async () => {
      const table = await kubectl.table("top pods --sort-by=cpu").catch(() => []);
      return table.length === 3 ? table : undefined;
    });
    expect(pods).toEqual([
      ["NAME", "CPU(cores)", "MEMORY(bytes)"],
      ["busy", "2000m", "256Mi"],
      ["calm", expect.stringMatching(/^\d+m$/), expect.stringMatching(/^\d+Mi$/)],
    ]);
    const containers = await kubectl.table("top pods --containers -A -l team=team-b");
    expect(containers.map(([namespace, pod, name]) => [namespace, pod, name])).toEqual([
      ["NAMESPACE", "POD", "NAME"],
      ["default", "calm", "app"],
      ["default", "calm", "proxy"],
    ]);
    const nodes = await kubectl.table("top nodes --sort-by=memory");
    expect(nodes[0]).toEqual(["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"]);
    expect(new Set(nodes.slice(1).map(([name]) => name))).toEqual(new Set(["node-0", "node-1"]));
    expect(await kubectl.fails("top pod done")).toContain('podmetrics.metrics.k8s.io "default/done" not found');
    expect(await kubectl.fails("top pod nobody")).toContain('pods "nobody" not found');
  });

  it("shows them to the client", async () => {
    const metrics = new Metrics(running.config);
    const pod = await eventually(async () => {
      const { items } = await metrics.getPodMetrics("default");
      return items.find(({ metadata }) => metadata.name === "busy");
    });
    expect(pod).toMatchObject({
      metadata: { labels: { team: "team-a" } },
      containers: [{ name: "app", usage: { cpu: "2", memory: "256Mi" } }],
    });
    expect(pod.window).toMatch(/^[\d.]+m?s$/);
    const { items } = await metrics.getNodeMetrics();
    expect(items.map(({ usage }) => usage.cpu)).toContainEqual(expect.stringMatching(/^\d+[num]$/));
    const custom = running.config.makeApiClient(CustomObjectsApi);
    const where = { group: "metrics.k8s.io", version: "v1beta1", namespace: "default", plural: "pods" };
    const { code } = await refusal(custom.deleteNamespacedCustomObject({ ...where, name: "busy" }));
    expect(code).toBe(405);
  });

  it("is announced by an APIService", async () => {
    const custom = running.config.makeApiClient(CustomObjectsApi);
    const service: unknown = await custom.getClusterCustomObject({
      group: "apiregistration.k8s.io",
      version: "v1",
      plural: "apiservices",
      name: "v1beta1.metrics.k8s.io",
    });
    expect(service).toMatchObject({
      spec: { service: { name: "metrics-server", namespace: "kube-system", port: 443 } },
      status: { conditions: [{ type: "Available", status: "True", reason: "Passed", message: "all checks passed" }] },
    });
  });

  it("knows nothing of a lost node", async () => {
    running.cluster.loseNode("node-1");
    const metrics = new Metrics(running.config);
    await eventually(async () => {
      const { items } = await metrics.getNodeMetrics();
      return items.length === 1 && items[0]?.metadata.name === "node-0";
    });
  });
});
