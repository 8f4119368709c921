import { ManagementLocks } from "../../../world/arm/locks.ts";
import type { Operations } from "../../../world/arm/operations.ts";
import { PlainResources } from "../../../world/arm/plain-resources.ts";
import type { ArmProvider, TrackedResource } from "../../../world/arm/provider.ts";
import { type Disturbances, noDisturbances } from "../../../world/container-service/disturbances.ts";
import type { CommandRunner, ContainerService } from "../../../world/container-service/environment.ts";
import { ControlPlaneOutages } from "../../../world/container-service/outages.ts";
import { noCommands } from "../../../world/container-service/run-command.ts";
import { PoolSnapshots, snapshotId } from "../../../world/container-service/snapshots.ts";
import { ManagedClusters } from "../../../world/container-service/state.ts";
import { defaultVcpuQuota } from "../../../world/container-service/vcpu-quota.ts";
import { clusterId } from "../../../world/container-service/views.ts";
import type { World } from "../../../world/world.ts";
import type { KubernetesSource } from "./clusters-api.ts";
import { deleteCluster } from "./delete-cluster.ts";
import { operationList } from "./operation-list.ts";
import { answerContainerService } from "./routes.ts";
import { createThrottle } from "./throttling.ts";

export interface ContainerServiceOptions extends KubernetesSource {
  readonly world: World;
  readonly operations: Operations;
  /** Shared with the faults that cut control planes off. */
  readonly outages?: ControlPlaneOutages;
  /** vCPUs of one VM family in one region. Default: 10,000. */
  readonly vcpuQuota?: (location: string, family: string) => number;
  /** See the fault `node-join-failed`. Default: they do. */
  readonly machineJoins?: (cluster: string, pool: string) => boolean;
  /** Default: drawn from the world's chance. */
  readonly tenantId?: string;
  /** Default: there is no kubectl. */
  readonly runCommand?: CommandRunner;
  /** What faults do to work that is under way. Default: nothing. */
  readonly disturbances?: Disturbances;
  /** Shared with Azure Resource Manager. Default: there are none. */
  readonly locks?: ManagementLocks;
  /** Default: every subnet has more than enough. */
  readonly subnetAddresses?: (subnetId: string) => number | undefined;
  /** Whether a budget that asks for more pods than there are blocks upgrades. Default false. */
  readonly blockOnUnmetBudgets?: boolean;
}

export interface ContainerServiceProvider extends ArmProvider {
  readonly clusters: ManagedClusters;
  readonly service: ContainerService;
}

/** AKS behind Azure Resource Manager. */
export function createContainerServiceProvider(options: ContainerServiceOptions): ContainerServiceProvider {
  const service: ContainerService = {
    world: options.world,
    operations: options.operations,
    clusters: new ManagedClusters(),
    outages: options.outages ?? new ControlPlaneOutages(options.world),
    vcpuQuota: options.vcpuQuota ?? (() => defaultVcpuQuota),
    machineJoins: options.machineJoins ?? (() => true),
    snapshots: new PoolSnapshots(),
    clusterSnapshots: new PlainResources(),
    tenantId: options.tenantId ?? options.world.random.stream("container-service/tenant").uuid(),
    runCommand: options.runCommand ?? noCommands,
    disturbances: options.disturbances ?? noDisturbances,
    locks: options.locks ?? new ManagementLocks(),
    subnetAddresses: options.subnetAddresses ?? (() => undefined),
    blockOnUnmetBudgets: options.blockOnUnmetBudgets ?? false,
  };
  const throttle = createThrottle(options.world);
  return {
    namespace: "Microsoft.ContainerService",
    apiVersions,
    resourceTypes,
    clusters: service.clusters,
    service,
    operations: operationList,
    handle(request) {
      throttle(request);
      return answerContainerService(service, options, request);
    },
    resources: (subscription, resourceGroup) => trackedResources(service, subscription, resourceGroup),
    managedGroups: (subscription) =>
      service.clusters.list(subscription).map(({ properties }) => String(properties["nodeResourceGroup"])),
    deleteGroup(subscription, resourceGroup) {
      for (const cluster of service.clusters.list(subscription, resourceGroup)) deleteCluster(service, cluster);
      for (const snapshot of service.snapshots.list(subscription, resourceGroup)) {
        service.snapshots.delete(snapshotId(snapshot));
      }
    },
  };
}

function trackedResources(
  { clusters, snapshots }: ContainerService,
  subscription: string,
  resourceGroup: string,
): TrackedResource[] {
  const tracked = (id: string, type: string, { name, location, tags }: Tracked): TrackedResource => ({
    id,
    name,
    type: `Microsoft.ContainerService/${type}`,
    location,
    ...(tags ? { tags } : {}),
  });
  return [
    ...clusters.list(subscription, resourceGroup).map((one) => tracked(clusterId(one), "managedClusters", one)),
    ...snapshots.list(subscription, resourceGroup).map((one) => tracked(snapshotId(one), "snapshots", one)),
  ];
}

type Tracked = Pick<TrackedResource, "name" | "location"> & { readonly tags: TrackedResource["tags"] | undefined };

/** The oldest that a client in use was seen to send is 2019-04-01 (Azure CLI 2.45, list of versions). */
const apiVersions = [
  "2026-06-01",
  "2026-03-01",
  "2026-01-01",
  "2025-10-01",
  "2025-07-01",
  "2024-09-01",
  "2023-03-01",
  "2022-11-01",
  "2021-10-01",
  "2020-11-01",
  "2019-04-01",
];

const resourceTypes = [
  "managedClusters",
  "managedClusters/agentPools",
  "managedClusters/upgradeProfiles",
  "managedClusters/accessProfiles",
  "managedClusters/commandResults",
  "managedClusters/maintenanceConfigurations",
  "managedClusters/identityBindings",
  "managedClusters/jwtAuthenticators",
  "managedClusters/loadBalancers",
  "managedClusters/managedNamespaces",
  "managedClusters/meshMemberships",
  "managedClusters/meshUpgradeProfiles",
  "managedClusters/privateEndpointConnections",
  "managedClusters/privateLinkResources",
  "managedClusters/trustedAccessRoleBindings",
  "managedClusters/providers",
  "managedClusters/providers/deploymentSafeguards",
  "managedClusters/agentPools/upgradeProfiles",
  "managedClusters/agentPools/machines",
  "managedClusters/operations",
  "managedClusters/agentPools/operations",
  "managedclustersnapshots",
  "snapshots",
  "locations",
  "locations/guardrailsVersions",
  "locations/kubernetesVersions",
  "locations/meshRevisionProfiles",
  "locations/orchestrators",
  "locations/safeguardsVersions",
  "locations/osOptions",
  "locations/trustedAccessRoles",
  "locations/vmSkus",
  "operations",
];
