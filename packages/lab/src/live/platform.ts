import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ContainerServiceClient } from "@azure/arm-containerservice";
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
} from "@azure/core-rest-pipeline";
import type { Azure } from "@fairway/emulator";

export interface PlatformOptions {
  readonly group: string;
  /** Name of the cluster and of the environment. */
  readonly name: string;
  readonly nodeCount: number;
  /** How long a node may take to drain. Default: that of Azure. */
  readonly drainTimeoutMinutes?: number;
  /** Default: over HTTPS. */
  readonly httpClient?: HttpClient;
  readonly signal?: AbortSignal;
}

export interface Platform {
  /** For `connect`. */
  readonly clusterAddress: string;
  readonly environmentAddress: string;
  readonly kubeconfig: string;
}

type PlatformAzure = Pick<Azure, "armUrl" | "subscriptionId" | "location" | "credential"> &
  Partial<Pick<Azure, "caCertificate">>;

/** A resource group with an AKS cluster and a Container Apps environment, made with the official clients, as anybody would. */
export async function createPlatform(azure: PlatformAzure, options: PlatformOptions): Promise<Platform> {
  const { group, name, signal, httpClient } = options;
  const clientOptions = {
    endpoint: azure.armUrl,
    ...(azure.caCertificate === undefined ? {} : { tlsOptions: { ca: azure.caCertificate } }),
    ...(httpClient ? { httpClient } : {}),
  };
  const containerService = new ContainerServiceClient(azure.credential, azure.subscriptionId, clientOptions);
  const containerApps = new ContainerAppsAPIClient(azure.credential, azure.subscriptionId, clientOptions);
  const call = signal ? { abortSignal: signal } : {};
  await createGroup(azure, group, containerService.pipeline, httpClient ?? createDefaultHttpClient());
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
  azure: PlatformAzure,
  { name, nodeCount, drainTimeoutMinutes }: PlatformOptions,
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
        ...(drainTimeoutMinutes === undefined
          ? {}
          : { upgradeSettings: { drainTimeoutInMinutes: drainTimeoutMinutes } }),
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
export async function createGroup(
  azure: PlatformAzure,
  group: string,
  pipeline: Pipeline,
  httpClient: HttpClient,
): Promise<void> {
  const request = createPipelineRequest({
    url: `${azure.armUrl}/subscriptions/${azure.subscriptionId}/resourcegroups/${group}?api-version=2024-11-01`,
    method: "PUT",
    headers: createHttpHeaders({ "content-type": "application/json" }),
    body: JSON.stringify({ location: azure.location }),
  });
  const { status, bodyAsText } = await pipeline.sendRequest(httpClient, request);
  if (status !== 200 && status !== 201)
    throw new Error(`The resource group was not created (${status}): ${bodyAsText}`);
}
