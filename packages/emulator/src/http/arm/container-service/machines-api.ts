import { drainTimeoutMs } from "../../../controllers/agent-pool-roll.ts";
import { removeMachines } from "../../../controllers/agent-pool-scale.ts";
import { getObject, nodes } from "../../../controllers/kubernetes/kinds.ts";
import { beginOperation } from "../../../controllers/managed-cluster-operation.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { refuseWhileBusy } from "../../../world/container-service/concurrency.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { missingParameter, RequestBody } from "../../../world/container-service/request-body.ts";
import type { AgentPool, Machine, ManagedCluster } from "../../../world/container-service/state.ts";
import { poolId } from "../../../world/container-service/views.ts";
import { accepted } from "./clusters-api.ts";

/** `GET …/agentPools/{name}/machines[/{machine}]` */
export function machinesEndpoint(cluster: ManagedCluster, pool: AgentPool, name: string | undefined): ArmResponse {
  if (name !== undefined) return { status: 200, body: machineView(cluster, pool, machineNamed(pool, name)) };
  return { status: 200, body: { value: pool.machines.map((machine) => machineView(cluster, pool, machine)) } };
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
  const machine = pool.machines.find((candidate) => candidate.name === name.toLowerCase());
  if (machine) return machine;
  throw refusal(404, "NotFound", `Could not find the machine '${name}' in agent pool '${pool.name}'.`);
}

/** As its Node says; none until it has joined. */
function addresses({ cluster: { store } }: ManagedCluster, { name }: Machine): { family: string; ip: string }[] {
  const all = getObject(store, nodes, undefined, name)?.status?.addresses ?? [];
  return all.filter(({ type }) => type === "InternalIP").map(({ address }) => ({ family: "IPv4", ip: address }));
}

function machineView(cluster: ManagedCluster, pool: AgentPool, machine: Machine): Record<string, unknown> {
  const group = String(cluster.properties["nodeResourceGroup"]);
  const scaleSet = machine.name.slice(0, -6);
  const instance = Number.parseInt(machine.name.slice(-6), 36);
  const resourceId = `/subscriptions/${cluster.subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachineScaleSets/${scaleSet}/virtualMachines/${instance}`;
  const zone = machine.zone.startsWith(cluster.location)
    ? [machine.zone.slice(cluster.location.length + 1)]
    : undefined;
  return {
    id: `${poolId(cluster, pool.name)}/machines/${machine.name}`,
    name: machine.name,
    type: "Microsoft.ContainerService/managedClusters/agentPools/machines",
    ...(zone ? { zones: zone } : {}),
    properties: { resourceId, network: { ipAddresses: addresses(cluster, machine) }, ...machineFields(pool, machine) },
  };
}

/** What the previews of the API tell of it. */
function machineFields({ properties, provisioningState }: AgentPool, machine: Machine): Record<string, unknown> {
  const { vmSize, mode, orchestratorVersion, maxPods, osSKU } = properties;
  const other: Readonly<Record<string, unknown>> = { ...properties };
  return {
    hardware: { vmSize },
    operatingSystem: { osType: other["osType"], osSKU, enableFIPS: other["enableFIPS"] ?? false },
    kubernetes: {
      orchestratorVersion,
      currentOrchestratorVersion: machine.version,
      maxPods,
      kubeletDiskType: other["kubeletDiskType"],
      nodeLabels: other["nodeLabels"] ?? {},
      nodeTaints: other["nodeTaints"] ?? [],
    },
    mode,
    nodeImageVersion: machine.image,
    priority: other["scaleSetPriority"] ?? "Regular",
    provisioningState: machine.state.kind === "creating" ? "Creating" : provisioningState,
  };
}
