import type { KubernetesObject } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { armClient, cluster, kubernetes, like, resourceGroup, startCluster, type TestAzure } from "./azure.ts";

test("a fresh cluster has nothing but the window that nobody has set", async () => {
  await using world = await startCluster();
  const report = await world.target.capability("preflight").check();
  expect(report).toMatchObject({ target: world.target.address, version: like(/^1\.35\./) });
  expect(report.findings.map(({ code }) => code)).toEqual(["FW038"]);
});

test("what is wrong in a cluster and around it is found, with its numbers", { timeout: 30_000 }, async () => {
  await using world = await startCluster();
  await makeGuilty(world);
  const { findings } = await world.target.capability("preflight").check({ version: "1.36.1" });
  const found = findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);
  expect(found).toEqual(
    expect.arrayContaining([
      "required FW001 version 1.36.1",
      "recommended FW002 PodDisruptionBudget payments/never",
      "required FW004 PodDisruptionBudget payments/never",
      "required FW007 Pod payments/twice",
      "recommended FW008 PodDisruptionBudget payments/idle",
      "recommended FW009 Deployment payments/open",
      "recommended FW012 StatefulSet payments/single",
      "recommended FW014 Deployment payments/open",
      "recommended FW015 Deployment payments/open",
      "recommended FW018 Deployment payments/open",
      "required FW020 node pool pool1",
      "required FW025 lock keep",
      "required FW027 ValidatingWebhookConfiguration policy",
      "required FW032 Deployment payments/open",
      "recommended FW035 Deployment payments/open",
      "required FW035 Pod payments/twice",
      "recommended FW036 Service payments/one",
      "recommended FW019 HorizontalPodAutoscaler payments/full",
    ]),
  );
  const stuck = findings.filter(({ code }) => code === "FW041");
  expect(stuck).toEqual([
    expect.objectContaining({
      subject: like(/^node aks-pool1-/),
      evidence: like(/^after \d nodes of pool1 the drain waits for pod payments\/(twice|guarded-)/),
    }),
  ]);
});

test("what the checks say of a budget is what the upgrade then does", async () => {
  await using world = await startCluster();
  const { objects } = await kubernetes(world.azure);
  await create(objects, [deployment("guarded", { replicas: 2 }), budget("never", "guarded", { maxUnavailable: 0 })]);
  const found = await world.target.capability("preflight").check({ version: "1.35.1" });
  expect(found.findings.filter(({ severity }) => severity === "required").map(({ code }) => code)).toEqual([
    "FW004",
    "FW041",
  ]);
  const upgrades = world.target.capability("upgrades");
  await expect(upgrades.start("1.35.1").result()).rejects.toMatchObject({ code: "upgrade-failed" });
});

test("what is wrong with nodes, charts and pods that are not well is found too", { timeout: 30_000 }, async () => {
  await using world = await startCluster();
  const { objects } = await kubernetes(world.azure);
  const [node] = (await world.target.capability("upgrades").facts()).nodes;
  const hostname = { "kubernetes.io/hostname": node?.name ?? "" };
  const helm = { "app.kubernetes.io/managed-by": "Helm" };
  const slow = deployment("slow", { replicas: 2 }) as KubernetesObject & { readonly spec: object };
  await create(objects, [
    deployment("pinned", { replicas: 2, nodeSelector: hostname }),
    deployment("chart", { replicas: 1 }),
    {
      ...budget("chart", "chart", { minAvailable: 1 }),
      metadata: { name: "chart", namespace: "payments", labels: helm },
    },
    deployment("ill", { replicas: 2, containers: [{ name: "main", image: "registry.example/shop:does-not-exist" }] }),
    budget("ill", "ill", { maxUnavailable: 1 }),
    { ...slow, spec: { ...slow.spec, minReadySeconds: 300 } } as KubernetesObject,
  ]);
  const ready = async () => {
    const { pods } = await world.target.capability("upgrades").facts();
    return pods.filter(({ namespace, isReady }) => namespace === "payments" && isReady).length;
  };
  await expect.poll(ready, { timeout: 20_000 }).toBe(5);
  await objects.patch(
    { apiVersion: "v1", kind: "Node", metadata: { name: node?.name ?? "" }, spec: { unschedulable: true } } as object,
    undefined,
    undefined,
    undefined,
    undefined,
    "application/merge-patch+json",
  );
  const { findings } = await world.target.capability("preflight").check({ version: "1.35.1" });
  expect(findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`)).toEqual(
    expect.arrayContaining([
      "required FW006 PodDisruptionBudget payments/ill",
      "required FW011 PodDisruptionBudget payments/chart",
      "recommended FW013 Deployment payments/slow",
      "recommended FW016 Deployment payments/pinned",
      `recommended FW034 node ${node?.name ?? ""}`,
    ]),
  );
});

test("a pool that is not there is refused with those that are", async () => {
  await using world = await startCluster();
  await expect(world.target.capability("preflight").check({ pools: ["gpu"] })).rejects.toMatchObject({
    code: "upgrade-invalid",
    hint: like(/pool1/),
  });
});

test("a stopped cluster is told from Azure alone, and a window from its settings", async () => {
  await using world = await startCluster();
  const client = armClient(world.azure);
  await client.maintenanceConfigurations.createOrUpdate(resourceGroup, cluster, "aksManagedAutoUpgradeSchedule", {
    maintenanceWindow: {
      schedule: { weekly: { intervalWeeks: 1, dayOfWeek: "Tuesday" } },
      durationHours: 4,
      startTime: "01:00",
    },
  });
  expect((await world.target.capability("preflight").check()).findings).toEqual([]);
  await client.managedClusters.stop(resourceGroup, cluster, { updateIntervalInMs: 50 });
  const { findings } = await world.target.capability("preflight").check();
  expect(findings).toEqual([expect.objectContaining({ code: "FW037", evidence: "it is stopped" })]);
});

test("facts hold neither secrets nor values of environment variables", async () => {
  await using world = await startCluster();
  const { objects } = await kubernetes(world.azure);
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s", namespace: "default" },
    stringData: { a: "hush" },
  };
  await create(objects, [secret, deployment("talks", { replicas: 1, env: [{ name: "TOKEN", value: "hush" }] })]);
  const facts = await world.target.capability("upgrades").facts();
  expect(facts.workloads.map(({ name }) => name)).toContain("talks");
  expect(JSON.stringify(facts)).not.toContain("hush");
});

async function makeGuilty(world: TestAzure): Promise<void> {
  const { objects } = await kubernetes(world.azure);
  await create(objects, [
    deployment("guarded", { replicas: 2 }),
    {
      ...budget("never", "guarded", { maxUnavailable: 0 }),
      metadata: {
        name: "never",
        namespace: "payments",
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"apiVersion":"policy/v1beta1"}' },
      },
    },
    budget("idle", "nobody", { minAvailable: 1 }),
    budget("twice-1", "twice", { minAvailable: 0 }),
    budget("twice-2", "twice", { minAvailable: 0 }),
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "twice", namespace: "payments", labels: { app: "twice" } },
      spec: podSpec(),
    },
    deployment("open", {
      replicas: 2,
      terminationGracePeriodSeconds: 0,
      volumes: [
        { name: "socket", hostPath: { path: "/var/run/docker.sock" } },
        { name: "scratch", emptyDir: {} },
      ],
    }),
    { ...deployment("single", { replicas: 1 }), kind: "StatefulSet" },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "one", namespace: "payments" },
      spec: { selector: { app: "single" }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "full", namespace: "payments" },
      spec: {
        minReplicas: 2,
        maxReplicas: 2,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "open" },
        metrics: [],
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "policy" },
      webhooks: [
        {
          name: "check.policy.example",
          clientConfig: { service: { namespace: "payments", name: "one" } },
          failurePolicy: "Fail",
          namespaceSelector: { matchLabels: { checked: "yes" } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
        },
      ],
    },
  ] as readonly KubernetesObject[]);
  await putLock(world);
  world.azure.control("POST", "/_emulator/faults", { kind: "quota-surge", parameters: { vcpus: 14 } });
  const ready = async () => {
    const { pods } = await world.target.capability("upgrades").facts();
    return pods.filter(({ namespace, isReady }) => namespace === "payments" && isReady).length;
  };
  await expect.poll(ready, { timeout: 20_000 }).toBe(6);
}

async function create(
  objects: { create(one: KubernetesObject): Promise<unknown> },
  all: readonly KubernetesObject[],
): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "payments" } };
  for (const one of [namespace, ...all]) await objects.create(one);
}

/** Through the credentials and the pipeline of the official client, which has no call for locks. */
async function putLock({ azure }: TestAzure): Promise<void> {
  const { nodeResourceGroup } = await armClient(azure).managedClusters.get(resourceGroup, cluster);
  const { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } = await import(
    "@azure/core-rest-pipeline"
  );
  const scope = `/subscriptions/${azure.subscriptionId}/resourceGroups/${nodeResourceGroup}`;
  const request = createPipelineRequest({
    url: `${azure.armUrl}${scope}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`,
    method: "PUT",
    headers: createHttpHeaders({ "content-type": "application/json" }),
    body: JSON.stringify({ properties: { level: "CanNotDelete" } }),
  });
  const { status } = await armClient(azure).pipeline.sendRequest(createDefaultHttpClient(), request);
  expect(status).toBe(201);
}

interface Shape {
  readonly replicas: number;
  readonly terminationGracePeriodSeconds?: number;
  readonly volumes?: readonly object[];
  readonly env?: readonly object[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly containers?: readonly object[];
}

function deployment(name: string, { replicas, env = [], ...spec }: Shape): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "payments", labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { ...podSpec(env), ...spec } },
    },
  } as KubernetesObject;
}

function podSpec(env: readonly object[] = []) {
  return { containers: [{ name: "main", image: "registry.example/shop:1.0.0", env }] };
}

function budget(name: string, app: string, spec: object): KubernetesObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "payments" },
    spec: { ...spec, selector: { matchLabels: { app } } },
  } as KubernetesObject;
}
