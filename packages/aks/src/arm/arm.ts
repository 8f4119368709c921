import { ContainerServiceClient } from "@azure/arm-containerservice";
import type { TokenCredential } from "@azure/core-auth";
import type { MaintenanceWindow } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { type ArmErrorBody, armError, operationErrorBody } from "./arm-errors.ts";
import type { Arm, ArmOperation, ArmOptions, ClusterAddress } from "./arm-types.ts";
import { createClusterCalls } from "./cluster-calls.ts";
import { createNeighbours } from "./neighbours.ts";
import { createPoolCalls, type Poller } from "./pool-calls.ts";

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
