import { createVirtualKernel } from "@fairway/kernel";
import { expect, it } from "vitest";
import { createModelCluster } from "../src/model-cluster.ts";
import { nodeSpec } from "./controllers-world.ts";
import { webDeployment } from "./kubernetes-fixture.ts";

function startCluster() {
  const kernel = createVirtualKernel({ seed: 1 });
  const model = createModelCluster(kernel, { name: "prod", kubernetesVersion: "1.33.2" });
  model.cluster.addNode(nodeSpec(0));
  model.cluster.addNode(nodeSpec(1));
  function send(method: string, path: string, body?: unknown) {
    const bytes = body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body));
    const query = new URLSearchParams();
    const answer = model.handle({
      method,
      path,
      query,
      accept: "",
      contentType: "application/json",
      userAgent: "test",
      body: bytes,
    });
    return JSON.parse(JSON.stringify(answer)) as unknown;
  }
  const count = (group: string, resource: string): number =>
    model.cluster.store.list({ group, resource }, "default").length;
  kernel.runFor(300_000);
  return { kernel, send, count, store: model.cluster.store };
}

const deployment = "/apis/apps/v1/namespaces/default/deployments/web";

it("deletes pods before replica sets before the deployment, in the foreground", () => {
  const { kernel, send, count, store } = startCluster();
  send("POST", "/apis/apps/v1/namespaces/default/deployments", webDeployment());
  kernel.runFor(60_000);
  expect(count("", "pods")).toBe(2);
  send("DELETE", deployment, { propagationPolicy: "Foreground" });
  const waiting = store.get({ group: "apps", resource: "deployments" }, "default", "web");
  expect(waiting?.metadata.finalizers).toEqual(["foregroundDeletion"]);
  const seen: string[] = [];
  store.subscribe(({ type, resource }) => {
    if (type === "DELETED" && resource.resource !== "events") seen.push(resource.resource);
  });
  kernel.runFor(120_000);
  expect(seen).toEqual(["pods", "pods", "replicasets", "deployments"]);
});

it("deletes what an owner leaves behind in the background, and nothing when it is orphaned", () => {
  const { kernel, send, count } = startCluster();
  send("POST", "/apis/apps/v1/namespaces/default/deployments", webDeployment());
  kernel.runFor(60_000);
  send("DELETE", deployment, { propagationPolicy: "Orphan" });
  kernel.runFor(120_000);
  expect([count("apps", "deployments"), count("apps", "replicasets"), count("", "pods")]).toEqual([0, 1, 2]);
  const [set] = (
    send("GET", "/apis/apps/v1/namespaces/default/replicasets") as { body: { items: { metadata: { name: string } }[] } }
  ).body.items;
  send("DELETE", `/apis/apps/v1/namespaces/default/replicasets/${set?.metadata.name}`, {
    propagationPolicy: "Background",
  });
  expect(count("apps", "replicasets")).toBe(0);
  kernel.runFor(120_000);
  expect(count("", "pods")).toBe(0);
});
