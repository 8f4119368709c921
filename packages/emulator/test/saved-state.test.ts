import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ContainerServiceClient } from "@azure/arm-containerservice";
import { ApiextensionsV1Api, AppsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import { expect, it } from "vitest";
import { type Azure, startAzure } from "../src/index.ts";
import { eventually } from "./container-apps-server.ts";
import { httpsRequest } from "./https-request.ts";

const options = { runtime: "model", timeScale: 3_000 } as const;

function clients(azure: Azure) {
  const settings = { endpoint: azure.armUrl, tlsOptions: { ca: azure.caCertificate } };
  return {
    aks: new ContainerServiceClient(azure.credential, azure.subscriptionId, settings),
    apps: new ContainerAppsAPIClient(azure.credential, azure.subscriptionId, settings),
  };
}

async function kubernetes(azure: Azure): Promise<KubeConfig> {
  const { kubeconfigs } = await clients(azure).aks.managedClusters.listClusterUserCredentials("shop", "main");
  const config = new KubeConfig();
  config.loadFromString(Buffer.from(kubeconfigs?.[0]?.value ?? []).toString());
  return config;
}

it("what was exported is there again after an import, under another seed", async () => {
  let state = "";
  {
    await using azure = await startAzure(options);
    await fill(azure);
    state = azure.exportState();
  }
  await using azure = await startAzure({ ...options, seed: 2 });
  await azure.importState(state);
  const { aks, apps } = clients(azure);
  const cluster = await aks.managedClusters.get("shop", "main");
  expect(cluster).toMatchObject({ provisioningState: "Succeeded", tags: { team: "pay" } });
  expect(cluster.agentPoolProfiles?.map(({ name, count }) => [name, count])).toEqual([["system", 2]]);
  const app = await apps.containerApps.get("shop", "web");
  expect(app).toMatchObject({
    provisioningState: "Succeeded",
    environmentId: expect.stringContaining(azure.subscriptionId) as unknown,
  });
  expect((await apps.containerApps.listSecrets("shop", "web")).value).toEqual([{ name: "key", value: "secret" }]);
  const config = await kubernetes(azure);
  const { data } = await config
    .makeApiClient(CoreV1Api)
    .readNamespacedConfigMap({ namespace: "team", name: "settings" });
  expect(data).toEqual({ colour: "blue" });
  await eventually(async () => {
    const api = config.makeApiClient(AppsV1Api);
    const { status } = await api.readNamespacedDeployment({ namespace: "team", name: "web" });
    return status?.readyReplicas === 2 ? true : undefined;
  });
  const sets = await config.makeApiClient(AppsV1Api).listNamespacedReplicaSet({ namespace: "team" });
  const maker = sets.items[0]?.metadata?.managedFields?.find(({ subresource }) => subresource === undefined);
  expect(maker).toMatchObject({ manager: "kube-controller-manager", operation: "Update" });
});

it("repairs the node that was lost before it was exported", async () => {
  let state = "";
  let node = "";
  {
    await using azure = await startAzure(options);
    await fill(azure);
    const config = await kubernetes(azure);
    node = (await nodeNames(config))[0]?.split(" ")[0] ?? "";
    azure.control("POST", "/_emulator/nodes/lose", { cluster: "main", node });
    await eventually(async () => ((await readyStatus(config, node)) === "Unknown" ? true : undefined));
    state = azure.exportState();
  }
  await using azure = await startAzure({ ...options, seed: 2 });
  await azure.importState(state);
  const config = await kubernetes(azure);
  await eventually(async () => ((await readyStatus(config, node)) === "True" ? true : undefined));
  const { items } = await config
    .makeApiClient(CoreV1Api)
    .listEventForAllNamespaces({ fieldSelector: "reason=NodeRebootEnd" });
  expect(items).toMatchObject([{ source: { component: "aks-auto-repair" }, involvedObject: { name: node } }]);
});

async function readyStatus(config: KubeConfig, name: string): Promise<string | undefined> {
  const { status } = await config.makeApiClient(CoreV1Api).readNode({ name });
  return status?.conditions?.find(({ type }) => type === "Ready")?.status;
}

it("goes on as the same world: uids, versions, pods, revisions, custom resources, faults and operations", async () => {
  let state = "";
  let operation = "";
  const before = { pods: [] as unknown[], revisions: [] as unknown[], version: 0, widget: "", domain: "", nodes: [""] };
  {
    await using azure = await startAzure(options);
    await fill(azure);
    const config = await kubernetes(azure);
    before.widget = (await makeWidget(config)).metadata.uid;
    before.pods = await readyPods(config);
    before.version = await versionOf(config);
    before.nodes = await nodeNames(config);
    before.revisions = await revisionsOf(azure);
    before.domain = (await clients(azure).apps.managedEnvironments.get("shop", "prod")).defaultDomain ?? "";
    azure.control("POST", "/_emulator/faults", { kind: "konnectivity-broken", parameters: { cluster: "main" } });
    operation = await beginJob(azure);
    state = azure.exportState();
  }
  await using azure = await startAzure({ ...options, seed: 2 });
  await azure.importState(state);
  const config = await kubernetes(azure);
  expect(await nodeNames(config)).toEqual(before.nodes);
  expect(await readyPods(config)).toEqual(before.pods);
  expect(await versionOf(config)).toBeGreaterThan(before.version);
  const widget: unknown = await config
    .makeApiClient(CustomObjectsApi)
    .getNamespacedCustomObject({ ...widgets, name: "one" });
  expect(widget).toMatchObject({ metadata: { uid: before.widget }, spec: { size: 3 } });
  expect(await revisionsOf(azure)).toEqual(before.revisions);
  const { apps } = clients(azure);
  expect((await apps.managedEnvironments.get("shop", "prod")).defaultDomain).toBe(before.domain);
  expect(await apps.jobs.get("shop", "nightly")).toMatchObject({ provisioningState: "Succeeded" });
  expect(azure.control("GET", "/_emulator/faults").body).toMatchObject({ faults: [{ kind: "konnectivity-broken" }] });
  expect(await operationStatus(azure, operation)).toMatchObject({ status: "Succeeded" });
  await expectServing(azure);
});

it("pods go on as they were: no container is started anew", async () => {
  let state = "";
  const started = async (azure: Azure): Promise<unknown[]> => {
    const config = await kubernetes(azure);
    const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: "team" });
    return items.map(({ metadata, spec, status }) => {
      const containers = status?.containerStatuses?.map((one) => [one.containerID, one.restartCount, one.ready]);
      return [metadata?.uid, spec?.nodeName, status?.podIP, status?.hostIP, containers];
    });
  };
  let before: unknown[] = [];
  {
    await using azure = await startAzure(options);
    await fill(azure);
    await readyPods(await kubernetes(azure));
    before = await started(azure);
    state = azure.exportState();
  }
  await using azure = await startAzure({ ...options, seed: 2 });
  await azure.importState(state);
  expect(await started(azure)).toEqual(before);
  await expectServing(azure);
  expect(await started(azure)).toEqual(before);
});

it("brings an upgrade that was under way to its end, and says so to who waits for it", async () => {
  let [state, operation, version] = ["", "", ""];
  {
    await using azure = await startAzure(options);
    await fill(azure);
    await readyPods(await kubernetes(azure));
    ({ version, operation } = await beginUpgrade(azure));
    state = azure.exportState();
    expect(await operationStatus(azure, operation)).toMatchObject({ status: "InProgress" });
  }
  await using azure = await startAzure(options);
  await azure.importState(state);
  expect(await operationStatus(azure, operation)).toMatchObject({ status: "Succeeded" });
  const cluster = await clients(azure).aks.managedClusters.get("shop", "main");
  expect(cluster).toMatchObject({ provisioningState: "Succeeded", kubernetesVersion: version });
  const config = await kubernetes(azure);
  const { items } = await config.makeApiClient(CoreV1Api).listNode();
  expect(items.map(({ status }) => status?.nodeInfo?.kubeletVersion)).toEqual([`v${version}`, `v${version}`]);
  await readyPods(config);
});

it("refuses what is no state, and has then made nothing", async () => {
  await using azure = await startAzure(options);
  const empty = azure.exportState();
  const cases = {
    "{": "broken off",
    [empty.slice(0, -10)]: "broken off",
    '{"version":1}': "written in format 1",
    "[]": "no state",
    '{"version":2}': "Parts of the state are missing",
  };
  for (const [text, message] of Object.entries(cases)) await expect(azure.importState(text)).rejects.toThrow(message);
  expect(JSON.parse(azure.exportState())).toMatchObject({ groups: [], clusters: [] });
});

async function fill(azure: Azure): Promise<void> {
  const { token } = await azure.credential.getToken();
  await httpsRequest(
    `${azure.armUrl}/subscriptions/${azure.subscriptionId}/resourceGroups/shop?api-version=2024-11-01`,
    {
      ca: azure.caCertificate,
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: '{"location":"westeurope"}',
    },
  );
  const { aks, apps } = clients(azure);
  await aks.managedClusters.createOrUpdate("shop", "main", {
    location: "westeurope",
    tags: { team: "pay" },
    identity: { type: "SystemAssigned" },
    dnsPrefix: "main",
    agentPoolProfiles: [{ name: "system", count: 2, vmSize: "Standard_D4s_v5", mode: "System" }],
  });
  await apps.managedEnvironments.createOrUpdate("shop", "prod", { location: "westeurope" });
  await apps.containerApps.createOrUpdate("shop", "web", {
    location: "westeurope",
    environmentId: `/subscriptions/${azure.subscriptionId}/resourceGroups/shop/providers/Microsoft.App/managedEnvironments/prod`,
    configuration: { secrets: [{ name: "key", value: "secret" }] },
    template: { containers: [{ name: "web", image: "shop/web:1", resources: { cpu: 0.5, memory: "1Gi" } }] },
  });
  const config = await kubernetes(azure);
  const core = config.makeApiClient(CoreV1Api);
  await core.createNamespace({ body: { metadata: { name: "team" } } });
  await core.createNamespacedConfigMap({
    namespace: "team",
    body: { metadata: { name: "settings" }, data: { colour: "blue" } },
  });
  const labels = { app: "web" };
  await config.makeApiClient(AppsV1Api).createNamespacedDeployment({
    namespace: "team",
    body: {
      metadata: { name: "web" },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "shop/web:1" }] } },
      },
    },
  });
}

const widgets = { group: "example.com", version: "v1", namespace: "team", plural: "widgets" };

async function makeWidget(config: KubeConfig): Promise<{ metadata: { uid: string } }> {
  const schema = {
    type: "object",
    properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
  };
  await config.makeApiClient(ApiextensionsV1Api).createCustomResourceDefinition({
    body: {
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "widgets", singular: "widget", kind: "Widget" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    },
  });
  const body = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "one" }, spec: { size: 3 } };
  return eventually(async () => {
    try {
      const made: unknown = await config
        .makeApiClient(CustomObjectsApi)
        .createNamespacedCustomObject({ ...widgets, body });
      return made as { metadata: { uid: string } };
    } catch {
      return undefined;
    }
  });
}

/** Names and uids, once all are ready. */
async function readyPods(config: KubeConfig): Promise<unknown[]> {
  const items = await eventually(async () => {
    const list = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: "team" });
    const isReady = list.items.every(({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
    );
    return list.items.length === 2 && isReady ? list.items : undefined;
  });
  return items.map(({ metadata, spec }) => [metadata?.name, metadata?.uid, spec?.nodeName]);
}

async function versionOf(config: KubeConfig): Promise<number> {
  const { metadata } = await config.makeApiClient(CoreV1Api).listNamespacedConfigMap({ namespace: "team" });
  return Number(metadata?.resourceVersion);
}

async function nodeNames(config: KubeConfig): Promise<string[]> {
  const { items } = await config.makeApiClient(CoreV1Api).listNode();
  return items.map(({ metadata }) => `${metadata?.name} ${metadata?.uid}`);
}

async function revisionsOf(azure: Azure): Promise<unknown[]> {
  const revisions = [];
  for await (const one of clients(azure).apps.containerAppsRevisions.listRevisions("shop", "web")) revisions.push(one);
  return revisions.map(({ name, createdTime, active }) => ({ name, createdTime, active }));
}

/** The address of its operation, which still runs. */
async function beginJob(azure: Azure): Promise<string> {
  const { token } = await azure.credential.getToken();
  const group = `/subscriptions/${azure.subscriptionId}/resourceGroups/shop/providers/Microsoft.App`;
  const body = {
    location: "westeurope",
    properties: {
      environmentId: `${group}/managedEnvironments/prod`,
      configuration: { triggerType: "Manual", replicaTimeout: 60, manualTriggerConfig: {} },
      template: { containers: [{ name: "job", image: "shop/job:1", resources: { cpu: 0.5, memory: "1Gi" } }] },
    },
  };
  const answer = await httpsRequest(`${azure.armUrl}${group}/jobs/nightly?api-version=2025-01-01`, {
    ca: azure.caCertificate,
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return new URL(String(answer.headers["azure-asyncoperation"])).pathname;
}

async function beginUpgrade(azure: Azure): Promise<{ version: string; operation: string }> {
  const { token } = await azure.credential.getToken();
  const path = `/subscriptions/${azure.subscriptionId}/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/main`;
  const call = {
    ca: azure.caCertificate,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  };
  const url = `${azure.armUrl}${path}?api-version=2026-01-01`;
  const cluster = (await httpsRequest(url, call)).json() as { properties: { agentPoolProfiles: object[] } };
  const { controlPlaneProfile } = await clients(azure).aks.managedClusters.getUpgradeProfile("shop", "main");
  const version = controlPlaneProfile.upgrades?.[0]?.kubernetesVersion ?? "";
  const agentPoolProfiles = cluster.properties.agentPoolProfiles.map((pool) => ({
    ...pool,
    orchestratorVersion: version,
  }));
  const properties = { ...cluster.properties, kubernetesVersion: version, agentPoolProfiles };
  const body = JSON.stringify({ ...cluster, properties });
  const answer = await httpsRequest(url, { ...call, method: "PUT", body });
  return { version, operation: new URL(String(answer.headers["azure-asyncoperation"])).pathname };
}

async function operationStatus(azure: Azure, path: string): Promise<unknown> {
  const { token } = await azure.credential.getToken();
  const place = path.replace(/^\/subscriptions\/[^/]+/, `/subscriptions/${azure.subscriptionId}`);
  const answer = await httpsRequest(`${azure.armUrl}${place}?api-version=2025-01-01`, {
    ca: azure.caCertificate,
    headers: { authorization: `Bearer ${token}` },
  });
  return answer.json();
}

async function expectServing(azure: Azure): Promise<void> {
  await eventually(async () => {
    const replicas = [];
    const { apps } = clients(azure);
    const { latestReadyRevisionName = "" } = await apps.containerApps.get("shop", "web");
    if (latestReadyRevisionName === "") return undefined;
    const list = await apps.containerAppsRevisionReplicas.listReplicas("shop", "web", latestReadyRevisionName);
    replicas.push(...(list.value ?? []));
    return replicas.some(({ runningState }) => runningState === "Running") ? true : undefined;
  });
}
