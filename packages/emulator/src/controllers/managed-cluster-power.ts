import type { ContainerService } from "../world/container-service/environment.ts";
import type { AgentPool, ManagedCluster } from "../world/container-service/state.ts";
import { act, inTurn, type Work, wait } from "../world/container-service/work.ts";
import { durationMs } from "../world/world.ts";
import { deleteMachine } from "./agent-pool-machine.ts";
import { createMachines } from "./managed-cluster.ts";

/** Nodes and control plane go; the objects stay for the start (AKS docs, stop and start a cluster). Nobody is drained. */
export function stopManagedCluster(service: ContainerService, cluster: ManagedCluster): Work {
  const { clock, trace } = service.world;
  const totalMs = durationMs(service.world, "managedClusters.stop", cluster.random);
  function stop(): void {
    const reach = service.outages.begin(cluster.cluster, "stop");
    cluster.power = { code: "Stopped", reach };
    for (const pool of cluster.pools.values()) switchOff(service, cluster, pool);
    trace.add("cluster.stopped", { cluster: cluster.name });
  }
  return inTurn(clock, [wait(clock, totalMs * 0.8), act(clock, stop), wait(clock, totalMs * 0.2)]);
}

/** Control plane first, then the machines of every pool that is not stopped itself. */
export function startManagedCluster(service: ContainerService, cluster: ManagedCluster): Work {
  const { clock, trace } = service.world;
  const totalMs = durationMs(service.world, "managedClusters.start", cluster.random);
  function start(): void {
    if (cluster.power.code === "Stopped") cluster.power.reach();
    cluster.power = { code: "Running" };
    trace.add("cluster.started", { cluster: cluster.name });
  }
  return inTurn(clock, [
    wait(clock, totalMs),
    act(clock, start),
    createMachines(service, cluster, [...cluster.pools.values()], () => {}),
  ]);
}

function switchOff(service: ContainerService, cluster: ManagedCluster, pool: AgentPool): void {
  for (const machine of pool.machines.slice()) deleteMachine({ service, cluster, pool }, machine);
}
