import { drainTimeoutMs } from "../../../controllers/agent-pool-roll.ts";
import { removeMachines } from "../../../controllers/agent-pool-scale.ts";
import { beginOperation } from "../../../controllers/managed-cluster-operation.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { refuseWhileBusy } from "../../../world/container-service/concurrency.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { missingParameter, RequestBody } from "../../../world/container-service/request-body.ts";
import type { AgentPool, Machine, ManagedCluster } from "../../../world/container-service/state.ts";
import { notFound } from "./child-not-found.ts";
import { accepted } from "./clusters-api.ts";
import { findMachine, machineView } from "./machine-view.ts";

/** `GET …/agentPools/{name}/machines[/{machine}]` */
export function machinesEndpoint(cluster: ManagedCluster, pool: AgentPool, request: ArmRequest): ArmResponse {
  const [, , name] = request.names;
  if (name !== undefined) return { status: 200, body: machineView(cluster, pool, machineNamed(pool, name)) };
  const isNextPage = request.query.has("$skipToken") || request.query.has("skipToken");
  const value = isNextPage ? [] : pool.machines.map((machine) => machineView(cluster, pool, machine));
  return { status: 200, body: { value } };
}

/** Drains and deletes named machines: how a blocked one is got rid of (azure-facts 1.3). The count goes down with them. */
export function deleteMachines(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: AgentPool,
  request: ArmRequest,
): ArmResponse {
  refuseWhileBusy(cluster, pool, service.world.clock.now());
  const names = new RequestBody(request.body).texts("machineNames") ?? [];
  if (names.length === 0) throw missingParameter("machineNames");
  const machines = [...new Set(names)].map((name) => machineNamed(pool, name));
  const count = Math.min(pool.properties.count, pool.machines.length - machines.length);
  if (count < (pool.properties.mode === "System" ? 1 : 0)) {
    throw refusal(400, "OperationNotAllowed", `A system pool keeps at least one node: '${pool.name}'.`);
  }
  const work = removeMachines({ service, cluster, pool }, machines, {
    timeoutMs: drainTimeoutMs({ service, cluster, pool }),
  });
  const succeeded = (): void => {
    pool.properties = { ...pool.properties, count };
  };
  const spec = { title: "delete machines of agent pool", state: "Scaling", succeeded } as const;
  return accepted(service, beginOperation(service, cluster, pool, spec, work), request);
}

function machineNamed(pool: AgentPool, name: string): Machine {
  const machine = findMachine(pool, name);
  if (machine) return machine;
  throw notFound("The entity was not found.", "Machine", "GetMachine_NotFound_HCPServerError");
}
