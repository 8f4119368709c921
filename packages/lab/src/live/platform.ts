import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ContainerServiceClient } from "@azure/arm-containerservice";
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type Pipeline,
} from "@azure/core-rest-pipeline";
import type { Azure } from "@fairway/emulator";

export interface PlatformOptions {
  readonly group: string;
  /** Name of the cluster and of the environment. */
  readonly name: string;
  readonly nodeCount: number;
  readonly signal?: AbortSignal;
}

export interface Platform {
  /** For `connect`. */
  readonly clusterAddress: string;
  readonly environmentAddress: string;
  readonly kubeconfig: string;
}

/** A resource group with an AKS cluster and a Container Apps environment, made with the official clients, as anybody would. */
export async function createPlatform(azure: Azure, options: PlatformOptions): Promise<Platform> {
  const { group, name, signal } = options;
  const clientOptions = { endpoint: azure.armUrl, tlsOptions: { ca: azure.caCertificate } };
  const containerService = new ContainerServiceClient(azure.credential, azure.subscriptionId, clientOptions);
  const containerApps = new ContainerAppsAPIClient(azure.credential, azure.subscriptionId, clientOptions);
  const call = signal ? { abortSignal: signal } : {};
  await createGroup(azure, group, containerService.pipeline);
  await Promise.all([
    containerService.managedClusters.createOrUpdate(
      group,
      name,
      describeCluster(azure, options, await oldestSupported(containerService, azure.location)),
      call,
    ),
    containerApps.managedEnvironments.createOrUpdate(group, name, { location: azure.location }, call),
  ]);
  const { kubeconfigs } = await containerService.managedClusters.listClusterUserCredentials(group, name, call);
  return {
    clusterAddress: `aks://${azure.subscriptionId}/${group}/${name}/default`,
    environmentAddress: `aca://${azure.subscriptionId}/${group}/${name}`,
    kubeconfig: Buffer.from(kubeconfigs?.[0]?.value ?? new Uint8Array()).toString("utf8"),
  };
}

type ClusterDescription = Parameters<ContainerServiceClient["managedClusters"]["createOrUpdate"]>[2];

function describeCluster(
  azure: Azure,
  { name, nodeCount }: PlatformOptions,
  kubernetesVersion: string,
): ClusterDescription {
  return {
    location: azure.location,
    identity: { type: "SystemAssigned" },
    dnsPrefix: name,
    kubernetesVersion,
    agentPoolProfiles: [
      {
        name: "pool1",
        mode: "System",
        count: nodeCount,
        vmSize: "Standard_D4s_v5",
        // The default of 30 minutes is a few seconds in compressed time, and the apps that must move meanwhile are not compressed.
        upgradeSettings: { drainTimeoutInMinutes: 240 },
      },
    ],
  };
}

/** The oldest minor version that a new cluster may have without long-term support: there are upgrades ahead of it. */
async function oldestSupported(client: ContainerServiceClient, location: string): Promise<string> {
  const { values = [] } = await client.managedClusters.listKubernetesVersions(location);
  const open = values.filter(
    ({ isPreview, capabilities }) => !isPreview && capabilities?.supportPlan?.includes("KubernetesOfficial"),
  );
  const versions = open
    .flatMap(({ version }) => version ?? [])
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const [oldest] = versions;
  if (!oldest) throw new Error("The region offers no Kubernetes version.");
  return oldest;
}

/** Resource groups have a client library of their own; one request through the pipeline that is here saves it. */
async function createGroup(azure: Azure, group: string, pipeline: Pipeline): Promise<void> {
  const request = createPipelineRequest({
    url: `${azure.armUrl}/subscriptions/${azure.subscriptionId}/resourcegroups/${group}?api-version=2024-11-01`,
    method: "PUT",
    headers: createHttpHeaders({ "content-type": "application/json" }),
    body: JSON.stringify({ location: azure.location }),
  });
  const { status, bodyAsText } = await pipeline.sendRequest(createDefaultHttpClient(), request);
  if (status !== 200 && status !== 201)
    throw new Error(`The resource group was not created (${status}): ${bodyAsText}`);
}
