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

export interface PlatformOptions extends Omit<ClusterOptions, "pools"> {
  readonly nodeCount: number;
  /** How long a node may take to drain. Default: that of Azure. */
  readonly drainTimeoutMinutes?: number;
}

export interface ClusterOptions {
  readonly group: string;
  /** Name of the cluster and of the environment. */
  readonly name: string;
  /** Region of what is made. Default: that of the group. */
  readonly location?: string;
  readonly pools: readonly PoolDescription[];
  /** Default: over HTTPS. */
  readonly httpClient?: HttpClient;
  readonly signal?: AbortSignal;
}

type PoolDescription = NonNullable<ClusterDescription["agentPoolProfiles"]>[number];

export interface Platform {
  /** For `connect`. */
  readonly clusterAddress: string;
  readonly environmentAddress: string;
  readonly kubeconfig: string;
}

export type PlatformAzure = Pick<Azure, "armUrl" | "subscriptionId" | "location" | "credential"> &
  Partial<Pick<Azure, "caCertificate">>;

/** A resource group with an AKS cluster and a Container Apps environment, made with the official clients, as anybody would. */
export async function createPlatform(azure: PlatformAzure, options: PlatformOptions): Promise<Platform> {
  const { nodeCount, drainTimeoutMinutes } = options;
  const pool = {
    name: "pool1",
    mode: "System",
    count: nodeCount,
    vmSize: "Standard_D4s_v5",
    ...(drainTimeoutMinutes === undefined ? {} : { upgradeSettings: { drainTimeoutInMinutes: drainTimeoutMinutes } }),
  };
  const [cluster, environmentAddress] = await Promise.all([
    createCluster(azure, { ...options, pools: [pool] }),
    createEnvironment(azure, options),
  ]);
  return { ...cluster, environmentAddress };
}

/** An AKS cluster at the oldest version without long-term support, and its resource group. */
export async function createCluster(
  azure: PlatformAzure,
  options: ClusterOptions,
): Promise<Omit<Platform, "environmentAddress">> {
  const { group, name, signal } = options;
  const client = new ContainerServiceClient(azure.credential, azure.subscriptionId, clientOptions(azure, options));
  const call = signal ? { abortSignal: signal } : {};
  await createGroup(azure, options, client.pipeline);
  const version = await oldestSupported(client, azure.location);
  await client.managedClusters.createOrUpdate(group, name, describeCluster(azure, options, version), call);
  const { kubeconfigs } = await client.managedClusters.listClusterUserCredentials(group, name, call);
  return {
    clusterAddress: `aks://${azure.subscriptionId}/${group}/${name}/default`,
    kubeconfig: Buffer.from(kubeconfigs?.[0]?.value ?? new Uint8Array()).toString("utf8"),
  };
}

/** A Container Apps environment and its resource group. Returns its address. */
export async function createEnvironment(azure: PlatformAzure, options: Omit<ClusterOptions, "pools">): Promise<string> {
  const { group, name, location = azure.location, signal } = options;
  const client = new ContainerAppsAPIClient(azure.credential, azure.subscriptionId, clientOptions(azure, options));
  await createGroup(azure, options, client.pipeline);
  const call = signal ? { abortSignal: signal } : {};
  // Without a profile the service makes one of the older kind, which takes no windows of maintenance.
  const workloadProfiles = [{ name: "Consumption", workloadProfileType: "Consumption" }];
  await client.managedEnvironments.createOrUpdate(group, name, { location, workloadProfiles }, call);
  return `aca://${azure.subscriptionId}/${group}/${name}`;
}

export function clientOptions(
  azure: Pick<PlatformAzure, "armUrl" | "caCertificate">,
  { httpClient }: Pick<ClusterOptions, "httpClient">,
) {
  return {
    endpoint: azure.armUrl,
    ...(azure.caCertificate === undefined ? {} : { tlsOptions: { ca: azure.caCertificate } }),
    ...(httpClient ? { httpClient } : {}),
  };
}

type ClusterDescription = Parameters<ContainerServiceClient["managedClusters"]["createOrUpdate"]>[2];

function describeCluster(
  azure: PlatformAzure,
  { name, location = azure.location, pools }: ClusterOptions,
  kubernetesVersion: string,
): ClusterDescription {
  return {
    location,
    identity: { type: "SystemAssigned" },
    dnsPrefix: name,
    kubernetesVersion,
    agentPoolProfiles: [...pools],
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
  { group, httpClient = createDefaultHttpClient() }: Pick<ClusterOptions, "group" | "httpClient">,
  pipeline: Pipeline,
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
