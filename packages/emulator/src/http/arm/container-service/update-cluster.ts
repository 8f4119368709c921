import { needsReconcile } from "../../../controllers/agent-pool.ts";
import { updateManagedCluster } from "../../../controllers/managed-cluster.ts";
import { beginOperation } from "../../../controllers/managed-cluster-operation.ts";
import { locationName } from "../../../world/arm/locations.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { ArmOperation } from "../../../world/arm/operations.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { poolPower, poolProperties } from "../../../world/container-service/agent-pool-properties.ts";
import {
  type ClusterVersions,
  type PlannedPool,
  plannedPool,
  poolNameOf,
  poolTargets,
  refuseControlPlaneOnly,
  refuseTwins,
} from "../../../world/container-service/cluster-plan.ts";
import { refuseWhileBusy } from "../../../world/container-service/concurrency.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { outdatedMachines, wantedMachines } from "../../../world/container-service/machines.ts";
import {
  changedClusterProperties,
  defaultMaxPods,
} from "../../../world/container-service/managed-cluster-properties.ts";
import { newPool } from "../../../world/container-service/new-pool.ts";
import { latestNodeImage } from "../../../world/container-service/node-image.ts";
import { propertyChangeNotAllowed, RequestBody } from "../../../world/container-service/request-body.ts";
import { withIssuer } from "../../../world/container-service/shown-profiles.ts";
import type {
  AgentPool,
  ManagedCluster,
  PoolProperties,
  ProvisioningState,
} from "../../../world/container-service/state.ts";
import { refuseSmallSubnet } from "../../../world/container-service/subnets.ts";
import { checkControlPlaneStep, checkPoolStep, knownVersion } from "../../../world/container-service/upgrade-rules.ts";
import { clusterId, writtenClusterView } from "../../../world/container-service/views.ts";
import { planOf } from "./create-cluster.ts";
import {
  forcesUpgrade,
  refuseBeyondQuota,
  refuseDeprecatedUsage,
  refuseLockedNodes,
  refuseSurgeBeyondQuota,
  refuseUnsatisfiableBudgets,
} from "./preflight.ts";

/** A PUT that has passed every check: nothing of it has been done yet. */
interface ClusterUpdate {
  readonly versions: ClusterVersions;
  readonly own: Readonly<Record<string, unknown>>;
  readonly plan: ReturnType<typeof planOf>;
  readonly pools: readonly PoolUpdate[];
  readonly newPools: readonly PlannedPool[];
  readonly force: boolean;
}

export interface PoolUpdate {
  readonly pool: AgentPool;
  readonly power: AgentPool["power"];
  readonly properties: PoolProperties;
  readonly targetVersion: string;
  readonly targetImage: string;
}

/** PUT of a cluster that exists: 200. Its pools follow the control plane, unless the body names their old versions. */
export function updateCluster(
  service: ContainerService,
  cluster: ManagedCluster,
  body: RequestBody,
  request: ArmRequest,
): ArmResponse {
  const operation = beginUpdate(service, cluster, body);
  const headers = operationHeaders(service.world, operation, request, { asyncOperation: true });
  return { status: 200, headers, body: writtenClusterView(cluster) };
}

/** The same without an answer. */
export function beginUpdate(service: ContainerService, cluster: ManagedCluster, body: RequestBody): ArmOperation {
  refuseWhileBusy(cluster, undefined, service.world.clock.now());
  const update = checkedUpdate(service, cluster, body);
  const controlPlane = update.versions.full === cluster.cluster.kubernetesVersion ? undefined : update.versions.full;
  const newPools = applyUpdate(service, cluster, body, update);
  const state = controlPlane === undefined ? stateOf(cluster, newPools) : "Upgrading";
  if (state === "Updating") for (const pool of cluster.pools.values()) showUpdating(pool, newPools);
  const work = updateManagedCluster(service, cluster, { controlPlane, newPools, force: update.force });
  const title = state === "Upgrading" ? "upgrade managed cluster" : "update managed cluster";
  return beginOperation(service, cluster, cluster, { title, state }, work);
}

function checkedUpdate(service: ContainerService, cluster: ManagedCluster, body: RequestBody): ClusterUpdate {
  const location = body.text("location");
  if (location !== undefined && locationName(location) !== cluster.location) throw propertyChangeNotAllowed("location");
  const properties = body.object("properties") ?? new RequestBody({}, "properties");
  const versions = versionsOf(service, cluster, properties);
  const plan = planOf(body, properties, cluster);
  const where = { location: cluster.location, tenantId: service.tenantId };
  const own = withIssuer(changedClusterProperties(properties, cluster.properties), where);
  const profiles = properties.objects("agentPoolProfiles") ?? [];
  const byName = new Map(profiles.map((profile) => [poolNameOf(profile), profile]));
  refuseTwins(profiles.map(poolNameOf));
  const targets = poolTargets(cluster, byName, versions);
  const pools = [...cluster.pools.values()].map((pool) =>
    checkedPool(service, pool, byName.get(pool.name), { version: targets.get(pool.name) ?? "", asked: versions.asked }),
  );
  const maxPods = defaultMaxPods(own);
  const newPools = profiles
    .filter((profile) => !cluster.pools.has(poolNameOf(profile)))
    .map((profile) => plannedPool(profile, versions, { maxPods, first: false }));
  checkVersions(cluster, versions, pools, plan.supportPlan);
  const force = forcesUpgrade({ properties: own }, service.world.clock.now());
  const upgrades = versions.full !== cluster.cluster.kubernetesVersion;
  if (upgrades && !force) refuseDeprecatedUsage(service, cluster, versions.full);
  preflight(service, cluster, pools, { newPools, force });
  return { versions, own, plan, pools, newPools, force };
}

function versionsOf(service: ContainerService, cluster: ManagedCluster, properties: RequestBody): ClusterVersions {
  const asked = properties.filled("kubernetesVersion") ?? cluster.kubernetesVersion;
  const unchanged = asked === cluster.kubernetesVersion && !asked.startsWith(`${cluster.cluster.kubernetesVersion}.`);
  const reached = unchanged && cluster.cluster.kubernetesVersion.startsWith(asked);
  const full = reached ? cluster.cluster.kubernetesVersion : knownVersion(asked, cluster.location);
  return { asked, full, location: cluster.location, snapshots: service.snapshots };
}

function checkedPool(
  service: ContainerService,
  pool: AgentPool,
  profile: RequestBody | undefined,
  target: { readonly version: string; readonly asked: string },
): PoolUpdate {
  const changes = target.version !== pool.targetVersion;
  const orchestratorVersion = changes ? target.asked : pool.properties.orchestratorVersion;
  const properties = profile ? poolProperties(profile, existingPool(pool.properties)) : pool.properties;
  const image = latestNodeImage(service.world.clock.now(), target.version, properties.osSKU);
  return {
    pool,
    power: (profile && poolPower(profile, properties.mode)) ?? pool.power,
    properties: { ...properties, orchestratorVersion },
    targetVersion: target.version,
    targetImage: changes ? image : pool.targetImage,
  };
}

export function existingPool(existing: PoolProperties): Parameters<typeof poolProperties>[1] {
  const { orchestratorVersion, mode, maxPods } = existing;
  return { existing, defaultVersion: orchestratorVersion, defaultMode: mode, maxPods };
}

function checkVersions(
  cluster: ManagedCluster,
  versions: ClusterVersions,
  pools: readonly PoolUpdate[],
  plan: ManagedCluster["supportPlan"],
): void {
  const from = cluster.cluster.kubernetesVersion;
  if (versions.full !== from) {
    const wholeCluster = pools.every(({ targetVersion }) => targetVersion === versions.full);
    checkControlPlaneStep({ from, to: versions.full, plan, wholeCluster });
    refuseControlPlaneOnly(cluster, !wholeCluster);
  }
  for (const { pool, targetVersion } of pools) {
    checkPoolStep({ pool: pool.name, from: pool.targetVersion, to: targetVersion, controlPlane: versions.full });
  }
}

/** Checks of an upgrade before it starts, for the pools whose machines it will replace (azure-facts 1.4). */
export function preflight(
  service: ContainerService,
  cluster: ManagedCluster,
  pools: readonly PoolUpdate[],
  options: { readonly newPools: readonly PlannedPool[]; readonly force: boolean },
): void {
  const rolling = pools.filter(({ pool, targetVersion, targetImage }) => {
    const target = { version: targetVersion, image: targetImage };
    return outdatedMachines(pool, target).length > 0;
  });
  if (rolling.length > 0 && !options.force) refuseUnsatisfiableBudgets(service, cluster);
  const shrinking = pools.some(({ pool, properties }) => properties.count < pool.machines.length);
  const growing = pools.some(({ pool, properties }) => properties.count > pool.machines.length);
  if (rolling.length > 0 || shrinking) refuseLockedNodes(service, cluster, "delete");
  else if (growing || options.newPools.length > 0) refuseLockedNodes(service, cluster, "write");
  for (const { pool, properties } of pools) refuseSmallSubnet(service, cluster, pool, properties);
  for (const pool of options.newPools) refuseSmallSubnet(service, cluster, pool, pool.properties);
  for (const { pool, targetVersion, properties } of rolling) {
    refuseSurgeBeyondQuota(service, cluster, { ...pool, properties }, targetVersion);
  }
  for (const { pool, properties, power } of pools) {
    if (power === "Running") refuseBeyondQuota(service, cluster, pool.size, properties.count - pool.machines.length);
  }
  for (const planned of options.newPools) {
    const pool = newPool(service.world, { ...planned, clusterId: clusterId(cluster) });
    refuseBeyondQuota(service, cluster, pool.size, planned.properties.count);
  }
}

function applyUpdate(
  service: ContainerService,
  cluster: ManagedCluster,
  body: RequestBody,
  update: ClusterUpdate,
): AgentPool[] {
  cluster.kubernetesVersion = update.versions.asked;
  cluster.properties = update.own;
  cluster.tags = body.textMap("tags") ?? cluster.tags;
  cluster.sku = update.plan.sku;
  cluster.supportPlan = update.plan.supportPlan;
  for (const pool of update.pools) applyPoolUpdate(pool);
  const created = update.newPools.map((pool) => newPool(service.world, { ...pool, clusterId: clusterId(cluster) }));
  for (const pool of created) cluster.pools.set(pool.name, pool);
  return created;
}

export function applyPoolUpdate({ pool, power, properties, targetVersion, targetImage }: PoolUpdate): void {
  pool.power = power;
  pool.inFinalSoak = false;
  pool.properties = properties;
  pool.targetVersion = targetVersion;
  pool.targetImage = targetImage;
}

function stateOf(cluster: ManagedCluster, newPools: readonly AgentPool[]): ProvisioningState {
  const old = [...cluster.pools.values()].filter((pool) => !newPools.includes(pool));
  return old.map(poolStateOf).find((state) => state !== "Updating") ?? "Updating";
}

/** What the write on a pool is called while it goes on. */
export function poolStateOf(pool: AgentPool): ProvisioningState {
  const target = { version: pool.targetVersion, image: pool.targetImage };
  if (outdatedMachines(pool, target).length > 0) {
    return pool.currentVersion === pool.targetVersion ? "UpgradingNodeImageVersion" : "Upgrading";
  }
  if (pool.machines.length === wantedMachines(pool)) return "Updating";
  if (pool.power === "Stopped") return "Stopping";
  return pool.machines.length === 0 && pool.properties.count > 0 ? "Starting" : "Scaling";
}

function showUpdating(pool: AgentPool, newPools: readonly AgentPool[]): void {
  if (!newPools.includes(pool) && !needsReconcile(pool)) pool.provisioningState = "Updating";
}
