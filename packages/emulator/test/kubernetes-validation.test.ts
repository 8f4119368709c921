import { AppsV1Api, CoreV1Api, PolicyV1Api } from "@kubernetes/client-node";
import { beforeAll, describe, expect, it } from "vitest";
import { merge, refusal, startTestApi, type TestApi, webDeployment, webPod } from "./kubernetes-fixture.ts";

describe("what people get wrong", () => {
  let api: TestApi;
  let core: CoreV1Api;
  let apps: AppsV1Api;
  beforeAll(async () => {
    api = await startTestApi();
    core = api.config.makeApiClient(CoreV1Api);
    apps = api.config.makeApiClient(AppsV1Api);
    return () => api[Symbol.asyncDispose]();
  });

  it.each([
    ["a replica count below zero", { replicas: -1 }, "spec.replicas"],
    [
      "a selector that does not match the template",
      { selector: { matchLabels: { app: "other" } } },
      "spec.template.metadata.labels",
    ],
    [
      "no containers",
      { template: { metadata: { labels: { app: "bad" } }, spec: { containers: [] } } },
      "spec.template.spec.containers",
    ],
    ["no selector", { selector: undefined }, "spec.selector"],
    [
      "a surge that is no percentage",
      { strategy: { rollingUpdate: { maxSurge: "many" } } },
      "spec.strategy.rollingUpdate.maxSurge",
    ],
    [
      "neither surge nor unavailable",
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      "spec.strategy.rollingUpdate.maxUnavailable",
    ],
  ])("refuses a deployment with %s", async (_what, change, field) => {
    const good = webDeployment("bad");
    const body = { ...good, spec: { ...good.spec, ...change } } as typeof good;
    const { code, body: status } = await refusal(apps.createNamespacedDeployment({ namespace: "default", body }));
    expect(code).toBe(422);
    expect(status).toMatchObject({ reason: "Invalid", details: { kind: "Deployment", group: "apps", name: "bad" } });
    expect(JSON.stringify(status)).toContain(`"field":"${field}"`);
  });

  it("refuses to change what stays as it is, as Kubernetes 1.36.2 does", async () => {
    const spec = { containers: [{ name: "c", image: "i" }], activeDeadlineSeconds: 10, nodeSelector: { none: "such" } };
    await core.createNamespacedPod({ namespace: "default", body: { metadata: { name: "fixed" }, spec } });
    const ofPod = async (change: object): Promise<unknown> => {
      const patch = { name: "fixed", namespace: "default", body: { spec: change } };
      return (await refusal(core.patchNamespacedPod(patch, merge))).body.message;
    };
    expect(await ofPod({ activeDeadlineSeconds: 20 })).toBe(
      'Pod "fixed" is invalid: spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value',
    );
    expect(await ofPod({ tolerations: [] })).toBe(
      'Pod "fixed" is invalid: spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    );
    expect(await ofPod({ schedulingGates: [{ name: "a" }] })).toBe(
      "Pod \"fixed\" is invalid: spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'",
    );
    const quota = { metadata: { name: "fixed" }, spec: { hard: { pods: "9" }, scopes: ["BestEffort"] } };
    await core.createNamespacedResourceQuota({ namespace: "default", body: quota });
    const scopes = { name: "fixed", namespace: "default", body: { spec: { scopes: ["Terminating"] } } };
    expect((await refusal(core.patchNamespacedResourceQuota(scopes, merge))).body.message).toBe(
      'ResourceQuota "fixed" is invalid: spec.scopes: Invalid value: ["Terminating"]: field is immutable',
    );
    const claim = {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "none",
      resources: { requests: { storage: "1Gi" } },
    };
    await core.createNamespacedPersistentVolumeClaim({
      namespace: "default",
      body: { metadata: { name: "fixed" }, spec: claim },
    });
    const other = { name: "fixed", namespace: "default", body: { spec: { storageClassName: "other" } } };
    expect((await refusal(core.patchNamespacedPersistentVolumeClaim(other, merge))).body.message).toContain(
      "spec is immutable after creation except resources.requests",
    );
    const port = { metadata: { name: "fixed" }, spec: { ports: [{ port: 80 }], sessionAffinity: "ClientIP" } };
    const made = await core.createNamespacedService({ namespace: "default", body: port });
    expect(made.spec?.sessionAffinityConfig).toEqual({ clientIP: { timeoutSeconds: 10_800 } });
    const address = { name: "fixed", namespace: "default", body: { spec: { clusterIP: "10.0.9.9" } } };
    expect((await refusal(core.patchNamespacedService(address, merge))).body.message).toBe(
      'Service "fixed" is invalid: spec.clusterIPs[0]: Invalid value: ["10.0.9.9"]: may not change once set',
    );
  });

  it.each([
    ["a port out of range", { ports: [{ containerPort: 70_000 }] }, "spec.containers[0].ports[0].containerPort"],
    ["a name in capitals", { name: "Web" }, "spec.containers[0].name"],
    ["no image", { image: undefined }, "spec.containers[0].image"],
    ["a probe without a handler", { livenessProbe: { periodSeconds: 5 } }, "spec.containers[0].livenessProbe"],
    [
      "a request above its limit",
      { resources: { requests: { cpu: "2" }, limits: { cpu: "500m" } } },
      "spec.containers[0].resources.requests",
    ],
    [
      "a mount of no volume",
      { volumeMounts: [{ name: "data", mountPath: "/data" }] },
      "spec.containers[0].volumeMounts[0].name",
    ],
  ])("refuses a container with %s", async (_what, change, field) => {
    const good = webPod("bad-pod");
    const body = { ...good, spec: { containers: [{ name: "web", image: "nginx", ...change }] } };
    const { code, body: status } = await refusal(
      core.createNamespacedPod({ namespace: "default", body: body as unknown as typeof good }),
    );
    expect(code).toBe(422);
    expect(JSON.stringify(status)).toContain(`"field":"${field}"`);
  });

  it("refuses a quantity that is none before it looks at the object", async () => {
    const good = webPod("bad-pod");
    const containers = [{ name: "web", image: "nginx", resources: { limits: { memory: "lots" } } }];
    const { code, body } = await refusal(
      core.createNamespacedPod({ namespace: "default", body: { ...good, spec: { containers } } }),
    );
    expect(code).toBe(400);
    expect(JSON.stringify(body)).toContain("quantities must match the regular expression");
  });

  it("keeps the selector of a deployment as it was made", async () => {
    const name = "immutable";
    await apps.createNamespacedDeployment({ namespace: "default", body: webDeployment(name) });
    const labels = { app: "changed" };
    const change = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } } };
    const { code, body } = await refusal(
      apps.patchNamespacedDeployment({ name, namespace: "default", body: change }, merge),
    );
    expect(code).toBe(422);
    expect(JSON.stringify(body)).toContain("field is immutable");
  });

  it("refuses a disruption budget with both fields, and takes one", async () => {
    const policy = api.config.makeApiClient(PolicyV1Api);
    const selector = { matchLabels: { app: "web" } };
    const both = { metadata: { name: "both" }, spec: { selector, minAvailable: 1, maxUnavailable: 1 } };
    const { code } = await refusal(policy.createNamespacedPodDisruptionBudget({ namespace: "default", body: both }));
    expect(code).toBe(422);
    const budget = await policy.createNamespacedPodDisruptionBudget({
      namespace: "default",
      body: { metadata: { name: "one" }, spec: { selector, minAvailable: "50%" } },
    });
    expect(budget.status?.disruptionsAllowed).toBe(0);
  });
});
