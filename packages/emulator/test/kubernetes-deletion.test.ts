import { ApiException, CoreV1Api } from "@kubernetes/client-node";
import { beforeAll, describe, expect, it } from "vitest";
import { eventually, merge, refusal, startTestApi, type TestApi, webPod } from "./kubernetes-fixture.ts";

describe("deletions", () => {
  let api: TestApi;
  let core: CoreV1Api;
  beforeAll(async () => {
    api = await startTestApi();
    core = api.config.makeApiClient(CoreV1Api);
    return () => api[Symbol.asyncDispose]();
  });

  it("lets a pod on a node go with grace and removes one that never ran at once", async () => {
    const waiting = await core.createNamespacedPod({ namespace: "default", body: webPod("never-ran") });
    expect(waiting.status?.phase).toBe("Pending");
    await core.deleteNamespacedPod({ name: "never-ran", namespace: "default" });
    expect((await refusal(core.readNamespacedPod({ name: "never-ran", namespace: "default" }))).code).toBe(404);

    const running = { ...webPod("running"), spec: { ...webPod("x").spec, nodeName: "node-1" } };
    await core.createNamespacedPod({ namespace: "default", body: running });
    await core.deleteNamespacedPod({ name: "running", namespace: "default" });
    const marked = await core.readNamespacedPod({ name: "running", namespace: "default" });
    expect(marked.metadata?.deletionGracePeriodSeconds).toBe(30);
    expect(marked.metadata?.deletionTimestamp).toBeInstanceOf(Date);
    await core.deleteNamespacedPod({ name: "running", namespace: "default", gracePeriodSeconds: 5 });
    const shortened = await core.readNamespacedPod({ name: "running", namespace: "default" });
    expect(shortened.metadata?.deletionGracePeriodSeconds).toBe(5);
    await core.deleteNamespacedPod({ name: "running", namespace: "default", gracePeriodSeconds: 0 });
    expect((await refusal(core.readNamespacedPod({ name: "running", namespace: "default" }))).code).toBe(404);
  });

  it("keeps an object until its last finalizer is gone", async () => {
    const metadata = { name: "finalized", finalizers: ["example.com/hold"] };
    await core.createNamespacedConfigMap({ namespace: "default", body: { metadata } });
    await core.deleteNamespacedConfigMap({ name: "finalized", namespace: "default" });
    const held = await core.readNamespacedConfigMap({ name: "finalized", namespace: "default" });
    expect(held.metadata?.deletionTimestamp).toBeInstanceOf(Date);
    await core.patchNamespacedConfigMap(
      { name: "finalized", namespace: "default", body: { metadata: { finalizers: null } } },
      merge,
    );
    expect((await refusal(core.readNamespacedConfigMap({ name: "finalized", namespace: "default" }))).code).toBe(404);
  });

  it("respects preconditions of a deletion", async () => {
    const created = await core.createNamespacedConfigMap({
      namespace: "default",
      body: { metadata: { name: "precondition" } },
    });
    const wrong = { preconditions: { uid: "00000000-0000-0000-0000-000000000000" } };
    const { code } = await refusal(
      core.deleteNamespacedConfigMap({ name: "precondition", namespace: "default", body: wrong }),
    );
    expect(code).toBe(409);
    const right = { preconditions: { uid: created.metadata?.uid ?? "" } };
    await core.deleteNamespacedConfigMap({ name: "precondition", namespace: "default", body: right });
  });

  it("keeps the namespaces that a cluster cannot do without", async () => {
    const { code, body } = await refusal(core.deleteNamespace({ name: "kube-system" }));
    expect(code).toBe(403);
    expect(body).toMatchObject({
      reason: "Forbidden",
      message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    });
  });

  it("lets dependents live when orphaned, and refuses an order that nobody knows", async () => {
    const owner = await core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "owner" } } });
    const uid = owner.metadata?.uid ?? "";
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }];
    await core.createNamespacedSecret({ namespace: "default", body: { metadata: { name: "owned", ownerReferences } } });
    const sideways = core.deleteNamespacedConfigMap({
      name: "owner",
      namespace: "default",
      propagationPolicy: "Sideways",
    });
    expect((await refusal(sideways)).code).toBe(422);
    await core.deleteNamespacedConfigMap({ name: "owner", namespace: "default", propagationPolicy: "Orphan" });
    // The garbage collector, which does not run here, takes both away.
    const { metadata } = await core.readNamespacedConfigMap({ name: "owner", namespace: "default" });
    expect(metadata?.finalizers).toEqual(["orphan"]);
    expect(metadata?.deletionTimestamp).toBeDefined();
  });

  it("deletes collections by selector", async () => {
    for (const name of ["col-1", "col-2"]) {
      await core.createNamespacedConfigMap({
        namespace: "default",
        body: { metadata: { name, labels: { col: "y" } } },
      });
    }
    await core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "col-3" } } });
    await core.deleteCollectionNamespacedConfigMap({ namespace: "default", labelSelector: "col=y" });
    const { items } = await core.listNamespacedConfigMap({ namespace: "default" });
    const left = items.map(({ metadata }) => metadata?.name).filter((name) => name?.startsWith("col-"));
    expect(left).toEqual(["col-3"]);
  });

  it("empties a deleted namespace and then removes it", async () => {
    await core.createNamespace({ body: { metadata: { name: "shop" } } });
    await core.createNamespacedConfigMap({ namespace: "shop", body: { metadata: { name: "settings" } } });
    const pod = webPod("till");
    await core.createNamespacedPod({
      namespace: "shop",
      body: { ...pod, metadata: { name: "till" }, spec: { ...pod.spec, nodeName: "node-1" } },
    });
    await core.deleteNamespace({ name: "shop" });
    const terminating = await core.readNamespace({ name: "shop" });
    expect(terminating.status?.phase).toBe("Terminating");
    const { code, body } = await refusal(
      core.createNamespacedConfigMap({ namespace: "shop", body: { metadata: { name: "late" } } }),
    );
    expect(code).toBe(403);
    expect(body).toMatchObject({ reason: "Forbidden", details: { causes: [{ reason: "NamespaceTerminating" }] } });
    const marked = await eventually(async () => {
      const found = await core.readNamespacedPod({ name: "till", namespace: "shop" });
      return found.metadata?.deletionTimestamp && found;
    });
    expect(marked.metadata?.deletionGracePeriodSeconds).toBe(30);
    await core.deleteNamespacedPod({ name: "till", namespace: "shop", gracePeriodSeconds: 0 });
    await eventually(() =>
      core.readNamespace({ name: "shop" }).then(
        () => false,
        (error: unknown) => error instanceof ApiException && error.code === 404,
      ),
    );
  });
});
