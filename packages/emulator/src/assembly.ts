import type { Kernel } from "@fairway/kernel";
import type { AzureOptions } from "./azure.ts";
import { createCluster } from "./controllers/cluster.ts";
import { ContainerApps } from "./controllers/container-apps.ts";
import { type ControlDoor, createDoor, type DoorParts } from "./doors.ts";
import { appWriteFaults } from "./faults/app-write-faults.ts";
import { armFaults } from "./faults/arm-faults.ts";
import { clusterFaults, kubernetesFaults, quotaWithFaults } from "./faults/cluster-faults.ts";
import { disturbWorld } from "./faults/disturb-world.ts";
import { Faults, type FaultTargets } from "./faults/faults.ts";
import type { ArmOptions } from "./http/arm/call.ts";
import { createAppProvider } from "./http/arm/container-apps/provider.ts";
import type { Kubeconfigs } from "./http/arm/container-service/credentials.ts";
import {
  type ContainerServiceProvider,
  createContainerServiceProvider,
} from "./http/arm/container-service/provider.ts";
import { subnetSize } from "./http/arm/subnet-usages.ts";
import { createTokenIssuer, type TokenIssuer } from "./http/identity/tokens.ts";
import { entraAuthentication } from "./http/kubernetes/entra.ts";
import type { ApiServerOptions } from "./http/kubernetes/server.ts";
import { secretFrom } from "./listen-options.ts";
import { createSwitches, type Switches, switchProviders } from "./switches.ts";
import { ManagementLocks } from "./world/arm/locks.ts";
import { Operations } from "./world/arm/operations.ts";
import { PlainResources } from "./world/arm/plain-resources.ts";
import type { ArmProvider } from "./world/arm/provider.ts";
import { ResourceGroups } from "./world/arm/resource-groups.ts";
import { calibrationWith } from "./world/calibration/changes.ts";
import type { Calibration } from "./world/calibration.ts";
import type { Cluster } from "./world/cluster.ts";
import { createComputeProvider } from "./world/compute/provider.ts";
import type { CommandRunner } from "./world/container-service/environment.ts";
import { ControlPlaneOutages } from "./world/container-service/outages.ts";
import { addressesInUse } from "./world/container-service/subnets.ts";
import { ActivityLog } from "./world/insights/activity-log.ts";
import { createInsightsProvider } from "./world/insights/provider.ts";
import { LogStore } from "./world/logs.ts";
import type { DataPlane, Runtime } from "./world/ports.ts";
import type { World } from "./world/world.ts";

export const location = "westeurope";

export interface AssemblyParts<Doors extends ClusterDoors = ClusterDoors> {
  readonly kernel: Kernel;
  readonly timeScale: number;
  readonly tellsOwners?: boolean;
  readonly options: Pick<AzureOptions, "calibration" | "throttling" | "token">;
  readonly dataPlane: DataPlane;
  createRuntime(world: Omit<World, "runtime">): Runtime;
  /** How the Kubernetes API of clusters is reached. */
  createDoors(options: Pick<ApiServerOptions, "token" | "refuse" | "authenticate">): Doors;
  createCommands(kubeconfigOf: Kubeconfigs): CommandRunner;
}

export interface ClusterDoors {
  /** Opens the API of a cluster that has just been made, and returns the cluster. */
  serve(cluster: Cluster): Cluster;
  readonly kubeconfigOf: Kubeconfigs;
}

/** What every embedded Azure is made of, whatever its clock is and however it is reached. */
export interface Assembly<Doors extends ClusterDoors> extends DoorParts {
  readonly armOptions: ArmOptions;
  readonly doors: Doors;
  readonly ids: Ids;
  readonly control: ControlDoor;
  readonly switches: Switches;
  /** Stops what stands in it; the doors are the caller's. */
  close(): Promise<void>;
}

/** Every part is made and joined here. */
export function assemble<Doors extends ClusterDoors>(parts: AssemblyParts<Doors>): Assembly<Doors> {
  const { kernel, timeScale, options } = parts;
  const outages = new ControlPlaneOutages(kernel);
  const targets: FaultTargets = {
    outages,
    cluster: (name) => findCluster(name),
    apps: () => apps,
    switches: () => [switches.trafficManager, switches.frontDoor, switches.apiManagement],
  };
  const calibration = calibrationWith(options.calibration);
  const faults = new Faults({ ...kernel, timeScale, calibration }, targets);
  const world = disturbWorld(createWorld(parts, calibration), faults, targets);

  const ids = drawIds(kernel, options.token);
  const tokens = createTokenIssuer({ clock: kernel.clock, random: kernel.random, tenantId: ids.tenantId });
  const operations = new Operations(world);
  const doors = parts.createDoors({
    token: ids.kubernetesToken,
    refuse: kubernetesFaults(faults),
    authenticate: entraAuthentication(tokens, (cluster) => managedCluster(cluster)?.properties["aadProfile"]),
  });
  const shared = { world, operations, locks: new ManagementLocks(), plain: new PlainResources() };
  const runCommand = parts.createCommands((request) => doors.kubeconfigOf(request));
  const containerService = createContainerService({
    ...shared,
    outages,
    faults,
    doors,
    runCommand,
    tenantId: ids.tenantId,
  });
  const managedCluster = (cluster: Cluster) => containerService.clusters.all().find((one) => one.cluster === cluster);
  const findCluster = (name: string): Cluster | undefined => containerService.clusters.named(name)?.cluster;
  const minorOfCluster = (name: string) => /^\d+\.\d+\./.exec(findCluster(name)?.kubernetesVersion ?? "")?.[0];
  const apps = new ContainerApps(world, operations, appWriteFaults(faults));
  const switches = createSwitches(world, faults);

  const doorParts = { world, operations, faults, tokens, containerService, apps };
  const activityLog = new ActivityLog(kernel.clock, kernel.random.stream("insights/activity-log"));
  const armOptions: ArmOptions = {
    ...shared,
    activityLog,
    resourceGroups: new ResourceGroups(),
    providers: [
      containerService,
      computeOf(containerService, faults),
      createAppProvider({ world, apps, tokens }),
      ...switchProviders(switches, world, operations),
      createInsightsProvider({ clock: kernel.clock, activityLog, tenantId: ids.tenantId }),
    ],
    subnetUse: (subnetId) => addressesInUse(containerService.clusters.all(), subnetId),
    tokens,
    subscriptionId: ids.subscriptionId,
    location,
    refuse: armFaults(faults, world, minorOfCluster),
    rateLimits: { enforced: options.throttling ?? true },
  };
  return {
    ...doorParts,
    switches,
    armOptions,
    doors,
    ids,
    control: createDoor(doorParts),
    async close() {
      apps.close();
      for (const { cluster } of containerService.clusters.all()) cluster.close();
      await world.runtime.close();
    },
  };
}

function createWorld(parts: AssemblyParts, calibration: Calibration): World {
  const { kernel, timeScale, dataPlane, createRuntime, tellsOwners = true } = parts;
  const base = { ...kernel, timeScale, tellsOwners, calibration, dataPlane, logs: new LogStore(kernel.clock) };
  return { ...base, runtime: createRuntime(base) };
}

interface ContainerServiceParts {
  readonly tenantId: string;
  readonly world: World;
  readonly operations: Operations;
  readonly outages: ControlPlaneOutages;
  readonly faults: Faults;
  readonly doors: ClusterDoors;
  readonly runCommand: CommandRunner;
  readonly locks: ManagementLocks;
  readonly plain: PlainResources;
}

function createContainerService(parts: ContainerServiceParts): ContainerServiceProvider {
  const { world, operations, outages, faults, doors, locks, plain, runCommand, tenantId } = parts;
  return createContainerServiceProvider({
    world,
    operations,
    outages,
    locks,
    tenantId,
    machineJoins: (cluster, pool) => faults.machineJoins(cluster, pool),
    disturbances: clusterFaults(faults),
    vcpuQuota: quotaWithFaults(faults),
    subnetAddresses: (subnetId) => subnetSize(plain, subnetId),
    createCluster: ({ name, kubernetesVersion, location: region }) =>
      doors.serve(
        createCluster({ world, name, domain: `${name}.${region}.aks.internal`, kubernetesVersion, location: region }),
      ),
    kubeconfigOf: (request) => doors.kubeconfigOf(request),
    runCommand,
  });
}

function computeOf({ clusters }: ContainerServiceProvider, faults: Faults): ArmProvider {
  return createComputeProvider({ clusters, vcpuQuota: quotaWithFaults(faults) });
}

export interface Ids {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly identityHeader: string;
  readonly kubernetesToken: string;
}

function drawIds({ random }: Kernel, token: string | undefined): Ids {
  const stream = random.stream("identity/ids");
  return {
    subscriptionId: stream.uuid(),
    tenantId: stream.uuid(),
    clientId: stream.uuid(),
    clientSecret: secretFrom(token, "client", stream.text(40)),
    identityHeader: secretFrom(token, "identity", stream.uuid()),
    kubernetesToken: secretFrom(token, "kubernetes", random.stream("kubernetes/token").text(40)),
  };
}

/** A token for Azure Resource Manager, as credentials of the Azure SDKs give one. */
export function issueToken(tokens: TokenIssuer, clientId: string): { token: string; expiresOnTimestamp: number } {
  const { token, expiresAtMs } = tokens.issue({ audience: "https://management.azure.com/", clientId });
  return { token, expiresOnTimestamp: expiresAtMs };
}

/** What the control door answers; 404 for paths that are not its own. */
export function controlAnswer(
  control: ControlDoor,
  method: string,
  path: string,
  body: unknown,
): { status: number; body: unknown } {
  const { pathname, searchParams } = new URL(path, "http://emulator");
  const answer = control(method, pathname, searchParams, body);
  return { status: answer?.status ?? 404, body: answer?.body };
}
