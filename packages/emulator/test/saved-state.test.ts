import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ContainerServiceClient } from "@azure/arm-containerservice";
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
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
});

it("refuses what is no state, and has then made nothing", async () => {
  await using azure = await startAzure(options);
  await expect(azure.importState("{")).rejects.toThrow("no JSON");
  await expect(azure.importState('{"version":2}')).rejects.toThrow("none that this version");
  expect(JSON.parse(azure.exportState())).toMatchObject({ resources: [] });
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
