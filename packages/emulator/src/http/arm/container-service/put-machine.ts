import { addMachine } from "../../../controllers/agent-pool-scale.ts";
import { takeTime } from "../../../controllers/managed-cluster.ts";
import { beginOperation } from "../../../controllers/managed-cluster-operation.ts";
import { methodNotAllowed } from "../../../world/arm/errors.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { ArmOperation } from "../../../world/arm/operations.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { refuseWhileBusy } from "../../../world/container-service/concurrency.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { checkPutPreconditions } from "../../../world/container-service/etags.ts";
import {
  invalidParameter,
  missingParameter,
  propertyChangeNotAllowed,
  RequestBody,
} from "../../../world/container-service/request-body.ts";
import type { AgentPool, Machine, ManagedCluster, OwnMachine } from "../../../world/container-service/state.ts";
import { vmSize } from "../../../world/container-service/vm-sizes.ts";
import { findMachine, machineView } from "./machine-view.ts";
import { refuseBeyondQuota } from "./preflight.ts";

interface Place {
  readonly service: ContainerService;
  readonly cluster: ManagedCluster;
  readonly pool: AgentPool;
}

/** `PUT …/agentPools/{name}/machines/{machine}`, of previews: a machine of its own, in a pool of mode Machines (AKS docs). */
export function putMachine(place: Place, name: string, request: ArmRequest): ArmResponse {
  const { service, cluster, pool } = place;
  if (!request.apiVersion.endsWith("-preview")) throw methodNotAllowed(request.method);
  const found = findMachine(pool, name);
  checkPutPreconditions(request.headers, found?.own?.eTag);
  if (pool.properties.mode !== "Machines") {
    const text = `Machines of their own are possible in agent pools of mode Machines only; '${pool.name}' is of mode ${pool.properties.mode}.`;
    throw refusal(400, "OperationNotAllowed", text);
  }
  refuseWhileBusy(cluster, pool, service.world.clock.now());
  const body = new RequestBody(request.body).object("properties") ?? new RequestBody({}, "properties");
  const operation = found?.own ? changeMachine(place, found.own, body) : makeMachine(place, name, body);
  const headers = operationHeaders(service.world, operation, request, { asyncOperation: true });
  return { status: found ? 200 : 201, headers, body: machineView(cluster, pool, machineOf(pool, name)) };
}

function makeMachine(place: Place, name: string, body: RequestBody): ArmOperation {
  const { service, cluster, pool } = place;
  if (!/^[a-z][a-z0-9]{0,11}$/.test(name)) {
    throw invalidParameter("machineName", "must have 1 to 12 lower-case letters and digits, and begin with a letter");
  }
  const text = body.object("hardware")?.filled("vmSize");
  if (text === undefined) throw missingParameter(body.pathOf("hardware.vmSize"));
  const size = vmSize(text);
  if (!size) throw invalidParameter(body.pathOf("hardware.vmSize"), `is no VM size that exists: '${text}'`);
  refuseBeyondQuota(service, cluster, size, 1);
  const own: OwnMachine = {
    name,
    size,
    createdMs: service.world.clock.now(),
    ...settingsOf(body),
    provisioningState: "Creating",
    eTag: pool.random.uuid(),
  };
  const spec = { title: "create machine", state: "Updating", succeeded: () => settled(pool, own) } as const;
  return beginOperation(service, cluster, pool, spec, addMachine(place, { own }));
}

function changeMachine({ service, cluster, pool }: Place, own: OwnMachine, body: RequestBody): ArmOperation {
  const size = body.object("hardware")?.filled("vmSize");
  if (size !== undefined && size.toLowerCase() !== own.size.name.toLowerCase()) {
    throw propertyChangeNotAllowed(body.pathOf("hardware.vmSize"));
  }
  Object.assign(own, settingsOf(body), { provisioningState: "Updating", eTag: pool.random.uuid() });
  const spec = { title: "update machine", state: "Updating", succeeded: () => settled(pool, own) } as const;
  return beginOperation(service, cluster, pool, spec, takeTime(service, "agentPools.update.settings", pool));
}

function settled(pool: AgentPool, own: OwnMachine): void {
  own.provisioningState = "Succeeded";
  own.eTag = pool.random.uuid();
}

function settingsOf(body: RequestBody): Pick<OwnMachine, "settings" | "nodeLabels" | "nodeTaints"> {
  const kubernetes = body.object("kubernetes");
  const nodeLabels = kubernetes?.textMap("nodeLabels") ?? {};
  return { settings: body.sent(), nodeLabels, nodeTaints: kubernetes?.texts("nodeTaints") ?? [] };
}

/** It is there as soon as it has been ordered. */
function machineOf(pool: AgentPool, name: string): Machine {
  const machine = findMachine(pool, name);
  if (!machine) throw new Error(`Machine ${name} was ordered and is not in ${pool.name}.`);
  return machine;
}
