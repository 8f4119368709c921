import { type DurationName } from "../world/calibration.ts";
import type { ContainerService } from "../world/container-service/environment.ts";
import { wantedMachines } from "../world/container-service/machines.ts";
import type { AgentPool, ManagedCluster } from "../world/container-service/state.ts";
import { act, inTurn, together, undoneBy, type Work, wait, waitUntil } from "../world/container-service/work.ts";
import { durationMs } from "../world/world.ts";
import { needsReconcile, reconcilePool } from "./agent-pool.ts";
import { addMachines } from "./agent-pool-scale.ts";
import { upgradeControlPlane } from "./managed-cluster-control-plane.ts";

/**
 * A new cluster, in the phases that recordings show; their shares of the whole time are those of a typical create: control
 * plane from 30 s of 300 on, DNS from 95, pools from 125, add-ons from 215. Slow machines make the whole longer.
 */
export function createManagedCluster(service: ContainerService, cluster: ManagedCluster): Work {
  const { clock } = service.world;
  const totalMs = durationMs(service.world, "managedClusters.create", cluster.random);
  const startMs = clock.now();
  const endOutage = service.outages.begin(cluster.cluster, "create");
  const phase = (name: string): Work => act(clock, () => showPhase(cluster, name));
  const work = inTurn(clock, [
    wait(clock, totalMs * 0.1),
    phase("ProvisioningControlPlane"),
    wait(clock, totalMs * 0.22),
    act(clock, endOutage),
    phase("ReconcilingDNS"),
    wait(clock, totalMs * 0.1),
    createMachines(service, cluster, [...cluster.pools.values()], (completed, all) =>
      showPhase(cluster, `CreatingAgentPools: ${completed}/${all} nodes completed`),
    ),
    wait(clock, totalMs * 0.05),
    phase("ReconcilingAddons"),
    waitUntil(clock, startMs + totalMs, totalMs * 0.05),
  ]);
  return undoneBy(() => endOutage(), work);
}

export interface UpdatePlan {
  /** Control plane version to go to; undefined: it stays as it is. */
  readonly controlPlane: string | undefined;
  readonly newPools: readonly AgentPool[];
  /** Pods that cannot be evicted do not stop an upgrade. */
  readonly force: boolean;
}

/** A PUT on an existing cluster: control plane first, then its pools one after another (azure-facts 1.1). */
export function updateManagedCluster(service: ContainerService, cluster: ManagedCluster, plan: UpdatePlan): Work {
  const { clock } = service.world;
  const controlPlane =
    plan.controlPlane === undefined
      ? wait(clock, durationMs(service.world, "managedClusters.update.settings", cluster.random))
      : upgradeControlPlane(service, cluster, plan.controlPlane);
  const old = [...cluster.pools.values()].filter((pool) => !plan.newPools.includes(pool) && needsReconcile(pool));
  return inTurn(clock, [
    controlPlane,
    ...old.map((pool) => reconcileInCluster(service, cluster, pool, plan.force)),
    createMachines(service, cluster, plan.newPools, () => {}),
  ]);
}

export function createAgentPool(service: ContainerService, cluster: ManagedCluster, pool: AgentPool): Work {
  const { clock } = service.world;
  const totalMs = durationMs(service.world, "agentPools.create", pool.random);
  const startMs = clock.now();
  return inTurn(clock, [
    wait(clock, totalMs * 0.1),
    createMachines(service, cluster, [pool], (completed, all) =>
      showPhase(pool, `CreatingAgentPool: ${completed}/${all} nodes completed`),
    ),
    waitUntil(clock, startMs + totalMs, totalMs * 0.05),
  ]);
}

/** A time that says how long a write takes that changes nothing in the cluster. */
export function takeTime(service: ContainerService, name: DurationName, owner: ManagedCluster | AgentPool): Work {
  return wait(service.world.clock, durationMs(service.world, name, owner.random));
}

function reconcileInCluster(service: ContainerService, cluster: ManagedCluster, pool: AgentPool, force: boolean): Work {
  return (done) => {
    pool.provisioningState = "Upgrading";
    return reconcilePool(
      { service, cluster, pool },
      { force },
    )((outcome) => {
      pool.provisioningState = outcome.kind === "succeeded" ? "Succeeded" : "Failed";
      if (outcome.kind === "canceled") pool.provisioningState = "Canceled";
      pool.eTag = cluster.random.uuid();
      done(outcome);
    });
  };
}

export function createMachines(
  service: ContainerService,
  cluster: ManagedCluster,
  pools: readonly AgentPool[],
  progress: (completed: number, all: number) => void,
): Work {
  return (done) => {
    const missing = (pool: AgentPool): number => wantedMachines(pool) - pool.machines.length;
    const all = pools.reduce((sum, pool) => sum + missing(pool), 0);
    let completed = 0;
    const completedOne = (): void => progress(++completed, all);
    progress(completed, all);
    const works = pools.map((pool) => addMachines({ service, cluster, pool }, missing(pool), completedOne));
    return together(service.world.clock, works)(done);
  };
}

function showPhase({ operation }: ManagedCluster | AgentPool, phase: string): void {
  if (operation?.arm.status.kind === "running") operation.arm.status = { kind: "running", phase };
}
