import { AppsV1Api, AutoscalingV2Api, CoreV1Api, CustomObjectsApi, EventsV1Api } from "@kubernetes/client-node";
import { beforeAll, describe, expect, it } from "vitest";
import {
  jsonPatch,
  merge,
  refusal,
  startTestApi,
  strategic,
  type TestApi,
  webDeployment,
  webPod,
} from "./kubernetes-fixture.ts";

describe("the Kubernetes API through the official client", () => {
  let api: TestApi;
  let core: CoreV1Api;
  let apps: AppsV1Api;
  beforeAll(async () => {
    api = await startTestApi();
    core = api.config.makeApiClient(CoreV1Api);
    apps = api.config.makeApiClient(AppsV1Api);
    return () => api[Symbol.asyncDispose]();
  });

  it("has the namespaces and the service that every cluster has", async () => {
    const { items } = await core.listNamespace();
    expect(items.map(({ metadata }) => metadata?.name)).toEqual([
      "default",
      "kube-node-lease",
      "kube-public",
      "kube-system",
    ]);
    const service = await core.readNamespacedService({ name: "kubernetes", namespace: "default" });
    expect(service.spec?.clusterIP).toBe("10.0.0.1");
    const account = await core.readNamespacedServiceAccount({ name: "default", namespace: "kube-system" });
    expect(account.metadata?.name).toBe("default");
  });

  it("fills in what a deployment leaves out", async () => {
    const created = await apps.createNamespacedDeployment({ namespace: "default", body: webDeployment("defaults") });
    expect(created.metadata?.generation).toBe(1);
    expect(created.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.spec).toMatchObject({
      replicas: 2,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    });
    expect(created.spec?.template.spec).toMatchObject({
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
    });
    expect(created.spec?.template.spec?.containers[0]).toMatchObject({
      imagePullPolicy: "IfNotPresent",
      ports: [{ containerPort: 80, protocol: "TCP" }],
    });
  });

  it("raises the generation for a changed spec and not for changed labels or status", async () => {
    const name = "generations";
    await apps.createNamespacedDeployment({ namespace: "default", body: webDeployment(name) });
    const labelled = await apps.patchNamespacedDeployment(
      { name, namespace: "default", body: { metadata: { labels: { a: "b" } } } },
      merge,
    );
    expect(labelled.metadata?.generation).toBe(1);
    const status = await apps.patchNamespacedDeploymentStatus(
      { name, namespace: "default", body: { status: { replicas: 7 }, spec: { replicas: 9 } } },
      merge,
    );
    expect(status.metadata?.generation).toBe(1);
    expect(status.spec?.replicas).toBe(2);
    expect(status.status?.replicas).toBe(7);
    const scaled = await apps.patchNamespacedDeployment(
      { name, namespace: "default", body: { spec: { replicas: 3 }, status: { replicas: 100 } } },
      merge,
    );
    expect(scaled.metadata?.generation).toBe(2);
    expect(scaled.status?.replicas).toBe(7);
  });

  it("refuses a stale update with 409 and takes it with the current version", async () => {
    const name = "stale";
    const first = await apps.createNamespacedDeployment({ namespace: "default", body: webDeployment(name) });
    await apps.patchNamespacedDeployment({ name, namespace: "default", body: { spec: { replicas: 4 } } }, merge);
    const { code, body } = await refusal(apps.replaceNamespacedDeployment({ name, namespace: "default", body: first }));
    expect(code).toBe(409);
    expect(body).toMatchObject({
      kind: "Status",
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on deployments.apps "stale": the object has been modified; please apply your changes to the latest version and try again',
    });
    const current = await apps.readNamespacedDeployment({ name, namespace: "default" });
    if (current.spec) current.spec.replicas = 5;
    const replaced = await apps.replaceNamespacedDeployment({ name, namespace: "default", body: current });
    expect(replaced.spec?.replicas).toBe(5);
  });

  it("merges containers and environment by name in a strategic merge patch, and replaces them in a merge patch", async () => {
    const name = "patches";
    await apps.createNamespacedDeployment({ namespace: "default", body: webDeployment(name) });
    const containers = [{ name: "web", env: [{ name: "A", value: "1" }] }];
    const template = { spec: { template: { spec: { containers } } } };
    const strategically = await apps.patchNamespacedDeployment(
      { name, namespace: "default", body: template },
      strategic,
    );
    expect(strategically.spec?.template.spec?.containers).toMatchObject([
      { name: "web", image: "nginx:1.27", env: [{ name: "A", value: "1" }] },
    ]);
    const { code, body } = await refusal(
      apps.patchNamespacedDeployment({ name, namespace: "default", body: template }, merge),
    );
    expect(code).toBe(422);
    expect(body).toMatchObject({ details: { causes: [{ field: "spec.template.spec.containers[0].image" }] } });
    const operations = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "nginx:1.28" }];
    const patched = await apps.patchNamespacedDeployment({ name, namespace: "default", body: operations }, jsonPatch);
    expect(patched.spec?.template.spec?.containers[0]?.image).toBe("nginx:1.28");
    const failing = [{ op: "test", path: "/spec/replicas", value: 99 }];
    const failed = await refusal(
      apps.patchNamespacedDeployment({ name, namespace: "default", body: failing }, jsonPatch),
    );
    expect(failed.code).toBe(422);
  });

  it("scales through the scale subresource only", async () => {
    const name = "scaling";
    await apps.createNamespacedDeployment({ namespace: "default", body: webDeployment(name) });
    const scale = await apps.readNamespacedDeploymentScale({ name, namespace: "default" });
    expect(scale).toMatchObject({ kind: "Scale", spec: { replicas: 2 }, status: { selector: "app=scaling" } });
    const changed = await apps.patchNamespacedDeploymentScale(
      { name, namespace: "default", body: { spec: { replicas: 6 } } },
      merge,
    );
    expect(changed.spec?.replicas).toBe(6);
    const deployment = await apps.readNamespacedDeployment({ name, namespace: "default" });
    expect(deployment.spec?.replicas).toBe(6);
    const { code } = await refusal(
      apps.patchNamespacedDeploymentScale({ name, namespace: "default", body: { spec: { replicas: -1 } } }, merge),
    );
    expect(code).toBe(422);
  });

  it("selects by labels and fields", async () => {
    for (const [name, tier] of [
      ["sel-a", "front"],
      ["sel-b", "back"],
    ] as const) {
      await core.createNamespacedPod({ namespace: "default", body: webPod(name, { tier, set: "sel" }) });
    }
    await core.createNamespacedPod({ namespace: "default", body: webPod("sel-c", { set: "sel" }) });
    const names = async (labelSelector: string, fieldSelector?: string): Promise<(string | undefined)[]> => {
      const { items } = await core.listNamespacedPod({
        namespace: "default",
        labelSelector,
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
      });
      return items.map(({ metadata }) => metadata?.name);
    };
    expect(await names("set=sel")).toEqual(["sel-a", "sel-b", "sel-c"]);
    expect(await names("set=sel,tier in (front, back)")).toEqual(["sel-a", "sel-b"]);
    expect(await names("set=sel,tier!=front")).toEqual(["sel-b", "sel-c"]);
    expect(await names("set=sel,tier notin (front)")).toEqual(["sel-b", "sel-c"]);
    expect(await names("set=sel,!tier")).toEqual(["sel-c"]);
    expect(await names("set=sel,tier")).toEqual(["sel-a", "sel-b"]);
    expect(await names("set=sel", "metadata.name=sel-b")).toEqual(["sel-b"]);
    expect(await names("set=sel", "spec.nodeName=,status.phase=Pending")).toHaveLength(3);
    const unknown = await refusal(core.listNamespacedPod({ namespace: "default", fieldSelector: "spec.image=x" }));
    expect(unknown.code).toBe(400);
    const broken = await refusal(core.listNamespacedPod({ namespace: "default", labelSelector: "a in (b" }));
    expect(broken.code).toBe(400);
  });

  it("lists in pages", async () => {
    for (const index of [1, 2, 3, 4, 5]) {
      const metadata = { name: `page-${index}`, labels: { set: "page" } };
      await core.createNamespacedConfigMap({ namespace: "default", body: { metadata, data: { index: `${index}` } } });
    }
    const seen: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const { items, metadata } = await core.listNamespacedConfigMap({
        namespace: "default",
        labelSelector: "set=page",
        limit: 2,
        ...(token ? { _continue: token } : {}),
      });
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map((item) => item.metadata?.name));
      token = metadata?._continue || undefined;
    } while (token);
    expect(seen).toEqual(["page-1", "page-2", "page-3", "page-4", "page-5"]);
    const { code } = await refusal(core.listNamespacedConfigMap({ namespace: "default", limit: 1, _continue: "x" }));
    expect(code).toBe(400);
  });

  it("writes nothing in a dry run, and checks everything", async () => {
    const body = webDeployment("dry");
    const planned = await apps.createNamespacedDeployment({ namespace: "default", body, dryRun: "All" });
    expect(planned.spec?.revisionHistoryLimit).toBe(10);
    const { code } = await refusal(apps.readNamespacedDeployment({ name: "dry", namespace: "default" }));
    expect(code).toBe(404);
    const broken = { ...body, spec: { ...body.spec, replicas: -1 } };
    const refused = await refusal(
      apps.createNamespacedDeployment({ namespace: "default", body: broken, dryRun: "All" }),
    );
    expect(refused.code).toBe(422);
  });

  it("makes names from a prefix", async () => {
    const pod = { ...webPod(""), metadata: { generateName: "job-", namespace: "default" } };
    const first = await core.createNamespacedPod({ namespace: "default", body: pod });
    const second = await core.createNamespacedPod({ namespace: "default", body: pod });
    expect(first.metadata?.name).toMatch(/^job-[a-z0-9]{5}$/);
    expect(second.metadata?.name).not.toBe(first.metadata?.name);
  });

  it("answers 404 and 409 with the names of what is meant", async () => {
    const missing = await refusal(apps.readNamespacedDeployment({ name: "nothing", namespace: "default" }));
    expect(missing.body).toMatchObject({
      reason: "NotFound",
      message: 'deployments.apps "nothing" not found',
      details: { name: "nothing", group: "apps", kind: "deployments" },
      code: 404,
    });
    const nowhere = await refusal(
      apps.createNamespacedDeployment({ namespace: "nowhere", body: { ...webDeployment(), metadata: { name: "x" } } }),
    );
    expect(nowhere.body).toMatchObject({ reason: "NotFound", message: 'namespaces "nowhere" not found' });
    await core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "twice" } } });
    const twice = await refusal(
      core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "twice" } } }),
    );
    expect(twice.body).toMatchObject({ reason: "AlreadyExists", message: 'configmaps "twice" already exists' });
  });

  it("translates what an eviction meets", async () => {
    await core.createNamespacedPod({ namespace: "default", body: webPod("evictee") });
    const evict = (name: string): Promise<unknown> =>
      core.createNamespacedPodEviction({ name, namespace: "default", body: { metadata: { name } } });
    api.evictions = {
      kind: "refused",
      status: 429,
      reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          { reason: "DisruptionBudget", message: "The disruption budget web needs 2 healthy pods and has 2 currently" },
        ],
      },
    };
    const { code, body } = await refusal(evict("evictee"));
    expect(code).toBe(429);
    expect(body).toMatchObject({ reason: "TooManyRequests", details: { causes: [{ reason: "DisruptionBudget" }] } });
    expect((await refusal(evict("nobody"))).code).toBe(404);
    api.evictions = { kind: "evicted" };
    await evict("evictee");
  });

  it("serves custom resources, with their own rules", async () => {
    const custom = api.config.makeApiClient(CustomObjectsApi);
    const place = { group: "gateway.networking.k8s.io", version: "v1", namespace: "default", plural: "httproutes" };
    const route = (weight: number, port?: number): object => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "web" },
      spec: {
        parentRefs: [{ name: "gateway" }],
        hostnames: ["web.example"],
        rules: [{ backendRefs: [{ name: "web-1", ...(port ? { port } : {}), weight }] }],
      },
    });
    expect((await refusal(custom.createNamespacedCustomObject({ ...place, body: route(1) }))).code).toBe(422);
    expect((await refusal(custom.createNamespacedCustomObject({ ...place, body: route(-1, 80) }))).code).toBe(422);
    const created: unknown = await custom.createNamespacedCustomObject({ ...place, body: route(90, 80) });
    expect(created).toMatchObject({
      spec: {
        parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway" }],
        rules: [
          { matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: [{ kind: "Service", weight: 90 }] },
        ],
      },
    });
    const strategically = await refusal(
      custom.patchNamespacedCustomObject(
        { ...place, name: "web", body: { spec: { hostnames: ["x.example"] } } },
        strategic,
      ),
    );
    expect(strategically.code).toBe(415);
    const mistyped = {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: "so" },
      spec: { scaleTargetRef: { name: "web" }, minReplicaCount: "1", triggers: [{ type: "cpu", metadata: {} }] },
    };
    const scaled = { group: "keda.sh", version: "v1alpha1", namespace: "default", plural: "scaledobjects" };
    const { code, body } = await refusal(custom.createNamespacedCustomObject({ ...scaled, body: mistyped }));
    expect(code).toBe(422);
    expect(JSON.stringify(body)).toContain("must be of type integer");
  });

  it("shows the same events in both versions", async () => {
    await core.createNamespacedEvent({
      namespace: "default",
      body: {
        metadata: { name: "web.1" },
        involvedObject: { kind: "Pod", name: "web", namespace: "default" },
        reason: "Killing",
        message: "Stopping container web",
        type: "Normal",
        count: 3,
        source: { component: "kubelet" },
      },
    });
    const byField = await core.listNamespacedEvent({ namespace: "default", fieldSelector: "involvedObject.name=web" });
    expect(byField.items).toHaveLength(1);
    const events = api.config.makeApiClient(EventsV1Api);
    const renamed = await events.readNamespacedEvent({ name: "web.1", namespace: "default" });
    expect(renamed).toMatchObject({ note: "Stopping container web", regarding: { name: "web" }, deprecatedCount: 3 });
  });

  it("fills in the defaults of an autoscaler", async () => {
    const autoscaling = api.config.makeApiClient(AutoscalingV2Api);
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
    const created = await autoscaling.createNamespacedHorizontalPodAutoscaler({
      namespace: "default",
      body: { metadata: { name: "web" }, spec: { scaleTargetRef, maxReplicas: 10, behavior: { scaleDown: {} } } },
    });
    expect(created.spec).toMatchObject({
      minReplicas: 1,
      metrics: [{ resource: { name: "cpu", target: { averageUtilization: 80 } } }],
      behavior: { scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: "Max" } },
    });
  });

  it("gives services an address that an update keeps", async () => {
    const body = { metadata: { name: "addressed" }, spec: { type: "NodePort", ports: [{ port: 80 }] } };
    const created = await core.createNamespacedService({ namespace: "default", body });
    expect(created.spec?.clusterIP).toMatch(/^10\.0\.\d+\.\d+$/);
    const nodePort = created.spec?.ports?.[0]?.nodePort;
    expect(nodePort).toBeGreaterThanOrEqual(30_000);
    const replaced = await core.replaceNamespacedService({ name: "addressed", namespace: "default", body });
    expect(replaced.spec?.clusterIP).toBe(created.spec?.clusterIP);
    expect(replaced.spec?.ports?.[0]).toMatchObject({ nodePort, targetPort: 80 });
  });

  it("gives a service node ports when it needs them, and takes them back", async () => {
    const name = "opened";
    const namespace = "default";
    await core.createNamespacedService({ namespace, body: { metadata: { name }, spec: { ports: [{ port: 80 }] } } });
    const change = (type: string) => core.patchNamespacedService({ name, namespace, body: { spec: { type } } }, merge);
    const opened = await change("NodePort");
    expect(opened.spec?.ports?.[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
    expect(opened.spec?.externalTrafficPolicy).toBe("Cluster");
    const closed = await change("ClusterIP");
    expect(closed.spec?.ports).toEqual([{ port: 80, protocol: "TCP", targetPort: 80 }]);
    expect(closed.spec?.externalTrafficPolicy).toBeUndefined();
    expect(closed.spec?.clusterIP).toBe(opened.spec?.clusterIP);
  });

  it("meets no bug on the way", () => {
    expect(api.traced("kubernetes.bug")).toEqual([]);
  });
});
