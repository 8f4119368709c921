import { needsReconcile, reconcilePool } from "../../../controllers/agent-pool.ts";
import { drainTimeoutMs, type UpgradeTarget } from "../../../controllers/agent-pool-roll.ts";
import { removeMachines } from "../../../controllers/agent-pool-scale.ts";
import { createAgentPool, takeTime } from "../../../controllers/managed-cluster.ts";
import { beginOperation } from "../../../controllers/managed-cluster-operation.ts";
import { methodNotAllowed } from "../../../world/arm/errors.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { ArmOperation } from "../../../world/arm/operations.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { poolPower, poolProperties } from "../../../world/container-service/agent-pool-properties.ts";
import { plannedPool } from "../../../world/container-service/cluster-plan.ts";
import { refuseWhileBusy } from "../../../world/container-service/concurrency.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { checkPreconditions, checkPutPreconditions } from "../../../world/container-service/etags.ts";
import { defaultMaxPods } from "../../../world/container-service/managed-cluster-properties.ts";
import { checkPoolName } from "../../../world/container-service/names.ts";
import { newPool } from "../../../world/container-service/new-pool.ts";
import { latestNodeImage } from "../../../world/container-service/node-image.ts";
import { RequestBody } from "../../../world/container-service/request-body.ts";
import { rollbackOf } from "../../../world/container-service/rollback.ts";
import type { PoolSnapshot } from "../../../world/container-service/snapshots.ts";
import type {
  AgentPool,
  ManagedCluster,
  PoolProperties,
  ProvisioningState,
} from "../../../world/container-service/state.ts";
import { checkPoolStep, knownVersion } from "../../../world/container-service/upgrade-rules.ts";
import { clusterId, poolView } from "../../../world/container-service/views.ts";
import { act, inTurn, waitUntil } from "../../../world/container-service/work.ts";
import { sameJson } from "../../../world/same-json.ts";
import { durationMs } from "../../../world/world.ts";
import { abort, accepted } from "./clusters-api.ts";
import { preempt } from "./delete-cluster.ts";
import { deleteMachines } from "./machines-api.ts";
import { forcesUpgrade } from "./preflight.ts";
import { applyPoolUpdate, existingPool, poolStateOf, preflight } from "./update-cluster.ts";

/** `…/agentPools/{name}` */
export function poolEndpoint(
  service: ContainerService,
  cluster: ManagedCluster,
  name: string,
  request: ArmRequest,
): ArmResponse {
  const pool = cluster.pools.get(name.toLowerCase());
  switch (request.method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: poolView(cluster, existingPoolOf(cluster, name)) };
    case "PUT": {
      checkPutPreconditions(request.headers, pool?.eTag);
      refuseWhileBusy(cluster, pool, service.world.clock.now());
      const body = new RequestBody(request.body).object("properties") ?? new RequestBody({}, "properties");
      return pool
        ? updatePool(service, cluster, pool, body, request)
        : createPool(service, cluster, name, body, request);
    }
    case "DELETE": {
      if (!pool) return { status: 204 };
      checkPreconditions(request.headers, pool.eTag);
      return deletePool(service, cluster, pool, request);
    }
    case "PATCH":
    case "POST":
      throw methodNotAllowed(request.method);
  }
}

/** All are on the first page: what a client that follows a token finds behind it is empty. */
export function listPools(cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  if (request.query.has("$skipToken") || request.query.has("skipToken")) return { status: 200, body: { value: [] } };
  return { status: 200, body: { value: [...cluster.pools.values()].map((pool) => poolView(cluster, pool)) } };
}

/** `POST …/agentPools/{name}/{action}` */
export function poolAction(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
  request: ArmRequest,
): ArmResponse | undefined {
  switch (request.types[2]) {
    case "abort":
      return abort(service, cluster, pool, request);
    case "completeupgrade":
      return completeUpgrade(service, cluster, pool, request);
    case "upgradenodeimageversion":
      return upgradeNodeImage(service, cluster, pool, request);
    case "deletemachines":
      return deleteMachines(service, cluster, pool, request);
    case undefined:
    default:
      return undefined;
  }
}

export function existingPoolOf(cluster: ManagedCluster, name: string): AgentPool {
  const pool = cluster.pools.get(name.toLowerCase());
  if (pool) return pool;
  throw refusal(404, "NotFound", `Could not find the agent pool '${name}' in managed cluster '${cluster.name}'.`);
}

function createPool(
  service: ContainerService,
  cluster: ManagedCluster,
  name: string,
  body: RequestBody,
  request: ArmRequest,
): ArmResponse {
  checkPoolName(name, "name", body.text("osType"));
  const profile = new RequestBody({ ...body.sent(), name }, "properties");
  const full = cluster.cluster.kubernetesVersion;
  const { snapshots } = service;
  const versions = { asked: cluster.kubernetesVersion, full, location: cluster.location, snapshots };
  const planned = plannedPool(profile, versions, { maxPods: defaultMaxPods(cluster.properties), first: false });
  refuseSecondManaged(cluster, planned.properties);
  const pool = newPool(service.world, { ...planned, clusterId: clusterId(cluster) });
  preflight(service, cluster, [], { newPools: [planned], force: false });
  cluster.pools.set(pool.name, pool);
  const spec = { title: "create agent pool", state: "Creating" } as const;
  const operation = beginOperation(service, cluster, pool, spec, createAgentPool(service, cluster, pool));
  const headers = operationHeaders(service.world, operation, request, { asyncOperation: true });
  return { status: 201, headers, body: poolView(cluster, pool) };
}

function refuseSecondManaged({ pools }: ManagedCluster, { mode }: PoolProperties): void {
  if (mode !== "ManagedSystem") return;
  if (![...pools.values()].some(({ properties }) => properties.mode === "ManagedSystem")) return;
  const text = "'ManagedSystem' pool is limited to one per cluster";
  throw refusal(400, "InvalidParameter", text, { target: "agentPoolProfile.mode" });
}

function updatePool(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
  body: RequestBody,
  request: ArmRequest,
): ArmResponse {
  const sent = poolProperties(body, existingPool(pool.properties));
  const snapshot = sameJson(sent["creationData"], pool.properties["creationData"])
    ? undefined
    : service.snapshots.sourceOf(body);
  const properties = snapshot ? { ...sent, orchestratorVersion: snapshot.kubernetesVersion } : sent;
  const { version: targetVersion, image: targetImage } = snapshot
    ? snapshotTarget(cluster, pool, snapshot)
    : updateTarget(service, cluster, pool, body, properties);
  const power = poolPower(body, properties.mode) ?? pool.power;
  const update = { pool, power, properties, targetVersion, targetImage };
  const force = forcesUpgrade(cluster, service.world.clock.now());
  preflight(service, cluster, [update], { newPools: [], force });
  applyPoolUpdate(update);
  return reconcile(service, cluster, pool, force, request);
}

/** A pool can be brought to what a snapshot has kept, by the rules of upgrades. */
function snapshotTarget(cluster: ManagedCluster, pool: AgentPool, snapshot: PoolSnapshot): UpgradeTarget {
  const { kubernetesVersion: to, nodeImageVersion: image } = snapshot;
  checkPoolStep({ pool: pool.name, from: pool.targetVersion, to, controlPlane: cluster.cluster.kubernetesVersion });
  return { version: to, image };
}

/** What the PUT brings the pool's machines to. Throws `ArmError` when it may not go there. */
function updateTarget(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
  body: RequestBody,
  properties: PoolProperties,
): UpgradeTarget {
  const nowMs = service.world.clock.now();
  const asked = properties.orchestratorVersion;
  const unchanged = asked === pool.properties.orchestratorVersion;
  const version = unchanged ? pool.targetVersion : poolVersion(cluster, asked);
  const back = rollbackOf({ pool, cluster, nowMs }, body, version);
  const controlPlane = cluster.cluster.kubernetesVersion;
  checkPoolStep({ pool: pool.name, from: back ? undefined : pool.targetVersion, to: version, controlPlane });
  if (back) return back;
  const image = latestNodeImage(nowMs, version, properties.osSKU);
  const stays = version === pool.targetVersion && properties.osSKU === pool.properties.osSKU;
  return { version, image: stays ? pool.targetImage : image };
}

/** The version of its control plane may be meant by its minor alone. */
function poolVersion(cluster: ManagedCluster, asked: string): string {
  const controlPlane = cluster.cluster.kubernetesVersion;
  return asked === cluster.kubernetesVersion ? controlPlane : knownVersion(asked, cluster.location);
}

function reconcile(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
  force: boolean,
  request: ArmRequest,
): ArmResponse {
  const state = poolStateOf(pool);
  const work = needsReconcile(pool)
    ? reconcilePool({ service, cluster, pool }, { force })
    : takeTime(service, "agentPools.update.settings", pool);
  const operation = beginOperation(service, cluster, pool, { title: `${verbOf(state)} agent pool`, state }, work);
  const headers = operationHeaders(service.world, operation, request, { asyncOperation: true });
  return { status: 200, headers, body: poolView(cluster, pool) };
}

/** For messages. */
function verbOf(state: ProvisioningState): string {
  const verbs: Partial<Record<ProvisioningState, string>> = {
    Upgrading: "upgrade",
    Scaling: "scale",
    Starting: "start",
    Stopping: "stop",
  };
  return verbs[state] ?? "update";
}

/** Ends the final soak of a blue-green upgrade. Where none is under way there is nothing to complete. */
function completeUpgrade(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
  request: ArmRequest,
): ArmResponse {
  const { completeUpgrade: complete, operation } = pool;
  if (operation && complete) {
    complete();
    return accepted(service, operation.arm, request);
  }
  refuseWhileBusy(cluster, pool, service.world.clock.now());
  const work = takeTime(service, "agentPools.update.settings", pool);
  const spec = { title: "complete upgrade of agent pool", state: "Updating" } as const;
  return accepted(service, beginOperation(service, cluster, pool, spec, work), request);
}

function upgradeNodeImage(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
  request: ArmRequest,
): ArmResponse {
  const operation = beginNodeImageUpgrade(service, cluster, pool);
  return { ...accepted(service, operation, request), body: poolView(cluster, pool) };
}

export function beginNodeImageUpgrade(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
): ArmOperation {
  const { world } = service;
  refuseWhileBusy(cluster, pool, world.clock.now());
  const targetImage = latestNodeImage(world.clock.now(), pool.targetVersion, pool.properties.osSKU);
  const { power, properties } = pool;
  const update = { pool, power, properties, targetVersion: pool.targetVersion, targetImage };
  const force = forcesUpgrade(cluster, world.clock.now());
  preflight(service, cluster, [update], { newPools: [], force });
  applyPoolUpdate(update);
  const work = needsReconcile(pool)
    ? reconcilePool({ service, cluster, pool }, { force })
    : takeTime(service, "agentPools.update.settings", pool);
  return beginOperation(
    service,
    cluster,
    pool,
    {
      title: "upgrade node image of agent pool",
      state: "UpgradingNodeImageVersion",
      result: () => poolView(cluster, pool),
    },
    work,
  );
}

function deletePool(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
  request: ArmRequest,
): ArmResponse {
  if (pool.provisioningState === "Deleting" && pool.operation) return accepted(service, pool.operation.arm, request);
  const others = [...cluster.pools.values()].filter((other) => other !== pool);
  if (!others.some(({ properties }) => properties.mode === "System")) {
    throw refusal(400, "OperationNotAllowed", `Agent pool '${pool.name}' is the last system pool of the cluster.`);
  }
  if (cluster.operation) refuseWhileBusy(cluster, pool, service.world.clock.now());
  preempt(service, pool);
  const ignores = request.query.get("ignore-pod-disruption-budget") === "true";
  const scope = { service, cluster, pool };
  const drain = ignores ? "ignore" : { timeoutMs: drainTimeoutMs(scope) };
  const { clock } = service.world;
  const work = inTurn(clock, [
    removeMachines(scope, [...pool.machines], drain),
    waitUntil(clock, clock.now() + durationMs(service.world, "agentPools.delete", pool.random), 0),
    act(clock, () => cluster.pools.delete(pool.name)),
  ]);
  const operation = beginOperation(service, cluster, pool, { title: "delete agent pool", state: "Deleting" }, work);
  return accepted(service, operation, request);
}
