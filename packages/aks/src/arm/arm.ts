import { ContainerServiceClient, type ManagedCluster } from "@azure/arm-containerservice";
import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { LockFacts, MaintenanceWindow, QuotaFacts, SubnetFacts } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { type ArmErrorBody, armError, operationErrorBody } from "./arm-errors.ts";
import { createClusterCalls } from "./cluster-calls.ts";
import { createNeighbours } from "./neighbours.ts";
import { createPoolCalls, type Poller } from "./pool-calls.ts";

export interface ArmOptions {
  /** Default: the public cloud. */
  readonly endpoint?: string;
  /** PEM of the authority that signed the endpoint's certificate, when it is not a public one. */
  readonly caCertificate?: string;
  /** How requests travel. Default: over HTTPS. */
  readonly httpClient?: HttpClient;
}

export interface ClusterAddress {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly cluster: string;
}

/** Azure Resource Manager, for one cluster. Everything it throws is a `FairwayError`. */
export interface Arm {
  /** The kubeconfig of the user, as YAML. */
  userKubeConfig(): Promise<string>;
  cluster(): Promise<ManagedCluster>;
  /** Versions that the control plane can be upgraded to in one step. */
  upgradeVersions(): Promise<readonly { version: string; isPreview: boolean }[]>;
  /** Windows in which Azure may start its own upgrades. */
  maintenanceWindows(): Promise<readonly MaintenanceWindow[]>;
  /** Locks on a resource group and above it. */
  locks(group: string): Promise<readonly LockFacts[]>;
  /** vCPUs of the region, by family. */
  quotas(location: string): Promise<readonly QuotaFacts[]>;
  /** How full the subnets of a virtual network are, by its resource id. */
  subnets(virtualNetwork: string): Promise<readonly SubnetFacts[]>;
  /** Writes the cluster as a whole. Resolves when the request is accepted. */
  updateCluster(cluster: ManagedCluster): Promise<ArmOperation>;
  /** Moves one pool to a version. Resolves when the request is accepted. */
  upgradePool(pool: string, version: string): Promise<ArmOperation>;
  /** Back to a version that the pool had before, and to the image that it had then. */
  rollBackPool(pool: string, version: string): Promise<ArmOperation>;
  /** A pool with the settings of another one. */
  createPool(pool: string, like: string, version: string): Promise<ArmOperation>;
  deletePool(pool: string): Promise<ArmOperation>;
  /** Another cluster of the subscription; undefined when there is none. */
  neighbour(place: ClusterPlace): Promise<ManagedCluster | undefined>;
  createNeighbour(place: ClusterPlace, cluster: ManagedCluster): Promise<ArmOperation>;
  deleteNeighbour(place: ClusterPlace): Promise<ArmOperation>;
  /** Stops what runs: in the pool that is named, else in the cluster. */
  abort(pool?: string): Promise<ArmOperation>;
}

export type ClusterPlace = Omit<ClusterAddress, "subscriptionId">;

/** A write that Azure has accepted. */
export interface ArmOperation {
  /** Rejects with the error of the operation. */
  done(signal?: AbortSignal): Promise<void>;
}

export function createArm(address: ClusterAddress, credential: TokenCredential, options: ArmOptions = {}): Arm {
  const { subscriptionId, resourceGroup, cluster } = address;
  const client = new ContainerServiceClient(credential, subscriptionId, {
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.caCertificate === undefined ? {} : { tlsOptions: { ca: options.caCertificate } }),
    ...(options.httpClient === undefined ? {} : { httpClient: options.httpClient }),
  });
  const operationErrors = watchOperationErrors(client);
  const subject = `Cluster ${cluster} in resource group ${resourceGroup}`;

  async function request<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (thrown) {
      throw armError(thrown, subject, operationErrors.take());
    }
  }
  async function start(poller: Poller): Promise<ArmOperation> {
    operationErrors.take();
    await request(() => poller.submitted());
    return {
      done: async (signal) => {
        await request(() => poller.pollUntilDone(signal ? { abortSignal: signal } : {}));
      },
    };
  }

  return {
    userKubeConfig: () =>
      request(async () => {
        const { kubeconfigs } = await client.managedClusters.listClusterUserCredentials(resourceGroup, cluster);
        const value = kubeconfigs?.[0]?.value;
        if (value === undefined) throw noCredentials(subject);
        return Buffer.from(value).toString("utf8");
      }),
    cluster: () => request(() => client.managedClusters.get(resourceGroup, cluster)),
    upgradeVersions: () =>
      request(async () => {
        const { controlPlaneProfile } = await client.managedClusters.getUpgradeProfile(resourceGroup, cluster);
        return (controlPlaneProfile.upgrades ?? []).map(({ kubernetesVersion, isPreview }) => ({
          version: kubernetesVersion ?? "",
          isPreview: isPreview ?? false,
        }));
      }),
    maintenanceWindows: () =>
      request(async () => {
        const windows: MaintenanceWindow[] = [];
        const listed = client.maintenanceConfigurations.listByManagedCluster(resourceGroup, cluster);
        for await (const { name, maintenanceWindow } of listed) {
          // A configuration of single hours, as older ones are, has no window.
          if (maintenanceWindow) windows.push({ name: name ?? "", durationHours: maintenanceWindow.durationHours });
        }
        return windows;
      }),
    ...createNeighbours(client, request, address, options),
    ...createPoolCalls(client, { request, start }, address),
    ...createClusterCalls(client, { request, start }, address),
    abort: (pool) =>
      start(
        pool === undefined
          ? client.managedClusters.abortLatestOperation(resourceGroup, cluster)
          : client.agentPools.abortLatestOperation(resourceGroup, cluster, pool),
      ),
  };
}

/**
 * The long-running-operation client of the SDK keeps only the outermost message of a failed operation, while Azure puts
 * the reason into `details`. This keeps the whole error of the last one.
 */
function watchOperationErrors(client: ContainerServiceClient): { take(): ArmErrorBody | undefined } {
  let last: ArmErrorBody | undefined;
  client.pipeline.addPolicy({
    name: "fairwayOperationErrors",
    async sendRequest(request, next) {
      const response = await next(request);
      last = operationErrorBody(response.bodyAsText) ?? last;
      return response;
    },
  });
  return {
    take() {
      const taken = last;
      last = undefined;
      return taken;
    },
  };
}

function noCredentials(subject: string): FairwayError {
  return new FairwayError("forbidden", `${subject} gives no user credentials.`, {
    hint: "Ask for the role Azure Kubernetes Service Cluster User Role, or pass a kubeconfig.",
  });
}
