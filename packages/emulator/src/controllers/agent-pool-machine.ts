import type { OperationError } from "../world/arm/operations.ts";
import type { NodeSpec } from "../world/cluster.ts";
import { noCapacity } from "../world/container-service/disturbances.ts";
import type { ContainerService } from "../world/container-service/environment.ts";
import type { AgentPool, Machine, ManagedCluster, Task } from "../world/container-service/state.ts";
import { parseTaint } from "../world/container-service/taints.ts";
import { durationMs, happens } from "../world/world.ts";
import { isReadyNode, whenReady } from "./agent-pool-node.ts";

/** The pool that a machine belongs to, and everything around it. */
export interface PoolScope {
  readonly service: ContainerService;
  readonly cluster: ManagedCluster;
  readonly pool: AgentPool;
}

export type JoinResult =
  | { readonly kind: "joined" }
  | { readonly kind: "timed-out" }
  /** There was no place for the machine. */
  | { readonly kind: "refused"; readonly error: OperationError };

/** Adds a VM to the scale set. `done` is called once its node is Ready, or has failed to become so in time. */
export function createMachine(
  scope: PoolScope,
  wanted: Pick<Machine, "role" | "version" | "image" | "own">,
  done: (result: JoinResult) => void,
): { readonly machine: Machine; readonly task: Task } {
  const { service, cluster, pool } = scope;
  const state = { kind: "creating", order: { cancel: () => {} } } as const;
  const machine: Machine = { ...wanted, ...nextNameAndZone(cluster, pool, wanted.own?.name), state };
  pool.machines.push(machine);
  const refusal = service.disturbances.allocation(cluster.name, pool.name) ?? refusalByChance(scope);
  if (refusal) return { machine, task: underWay(machine, refuseMachine(scope, machine, refusal, done)) };
  const joins = joinsThisTime(scope);
  const waiting = waitForNode(scope, machine, (result) => {
    if (result.kind === "joined") machine.state = { kind: "running" };
    done(result);
  });
  const provisioned = service.world.clock.after(durationMs(service.world, "nodes.provision", pool.random), () =>
    cluster.cluster.addNode(nodeSpec(scope, machine, joins)),
  );
  function cancel(): void {
    provisioned.cancel();
    waiting.cancel();
    // A VM whose node has come up stays in the pool; one that was only ordered does not.
    if (machine.state.kind === "creating") forgetMachine(scope, machine);
  }
  return { machine, task: underWay(machine, { cancel }) };
}

function underWay(machine: Machine, order: Task): Task {
  machine.state = { kind: "creating", order };
  return order;
}

function refuseMachine(
  scope: PoolScope,
  machine: Machine,
  error: OperationError,
  done: (result: JoinResult) => void,
): Task {
  const { service, pool } = scope;
  const answered = service.world.clock.after(durationMs(service.world, "nodes.provision", pool.random), () =>
    done({ kind: "refused", error }),
  );
  return {
    cancel() {
      answered.cancel();
      forgetMachine(scope, machine);
    },
  };
}

/** New operating system on the same VM: it leaves the cluster and joins again, with what it then is. */
export function reimageMachine(
  scope: PoolScope,
  machine: Machine,
  target: { readonly version: string; readonly image: string },
  done: (result: JoinResult) => void,
): Task {
  const { service, cluster, pool } = scope;
  let awaited = true;
  function end(result: JoinResult): void {
    if (awaited) done(result);
    awaited = false;
  }
  const timeout = service.world.clock.after(provisioningTimeoutMs(scope), () => end({ kind: "timed-out" }));
  const labels = { "kubernetes.azure.com/node-image-version": target.image };
  const joins = joinsThisTime(scope);
  const changes = { kubeletVersion: target.version, nodeImage: target.image, labels, ...(joins ? {} : { joins }) };
  service.world.trace.add("node.reimaging", { cluster: cluster.name, pool: pool.name, node: machine.name, ...target });
  cluster.cluster.reimageNode(machine.name, changes, () => {
    timeout.cancel();
    machine.version = target.version;
    machine.image = target.image;
    end({ kind: "joined" });
  });
  return {
    // The VM comes back by itself; nobody waits for it any more.
    cancel() {
      awaited = false;
      timeout.cancel();
    },
  };
}

/** The VM and its node go at once; one that has not come up yet does not come any more. */
export function deleteMachine(scope: PoolScope, machine: Machine): void {
  const { service, cluster, pool } = scope;
  if (machine.state.kind === "creating") machine.state.order.cancel();
  forgetMachine(scope, machine);
  service.world.trace.add("node.removed", { cluster: cluster.name, pool: pool.name, node: machine.name });
}

function forgetMachine({ cluster, pool }: PoolScope, machine: Machine): void {
  cluster.cluster.removeNode(machine.name);
  const index = pool.machines.indexOf(machine);
  if (index >= 0) pool.machines.splice(index, 1);
}

function waitForNode(scope: PoolScope, machine: Machine, done: (result: JoinResult) => void): Task {
  const { service, cluster } = scope;
  const ready = whenReady(cluster.cluster, machine.name, machine.version, () => end({ kind: "joined" }));
  const timeout = service.world.clock.after(provisioningTimeoutMs(scope), () =>
    end({ kind: isReadyNode(cluster.cluster, machine.name, machine.version) ? "joined" : "timed-out" }),
  );
  function cancel(): void {
    ready.cancel();
    timeout.cancel();
  }
  function end(result: JoinResult): void {
    cancel();
    done(result);
  }
  return { cancel };
}

function joinsThisTime({ service, cluster, pool }: PoolScope): boolean {
  return service.machineJoins(cluster.name, pool.name) && !happens(service.world, "nodes.joinFails", pool.random);
}

function refusalByChance({ service, pool }: PoolScope): OperationError | undefined {
  return happens(service.world, "nodes.allocationFails", pool.random) ? noCapacity("AllocationFailed") : undefined;
}

function provisioningTimeoutMs({ service, pool }: PoolScope): number {
  return durationMs(service.world, "nodes.provisioningTimeout", pool.random);
}

/** `aks-<pool>-<8 digits>-vmss<6 base36>` (azure-facts 1.9), in the zone that has the fewest machines. */
function nextNameAndZone(
  cluster: ManagedCluster,
  pool: AgentPool,
  own: string | undefined,
): Pick<Machine, "name" | "zone"> {
  if (own !== undefined) return { name: `aks-${pool.name}-${own}-${pool.scaleSet}-vm`, zone: "0" };
  const instance = pool.nextInstance.toString(36).padStart(6, "0");
  pool.nextInstance += 1;
  const zones = (pool.properties.availabilityZones ?? []).map((zone) => `${cluster.location}-${zone}`);
  const sizeOf = (zone: string) => pool.machines.filter((machine) => machine.zone === zone).length;
  const smallest = zones.toSorted((a, b) => sizeOf(a) - sizeOf(b))[0];
  const windows = pool.properties["osType"] === "Windows";
  const name = windows ? `aks${pool.name}${instance}` : `aks-${pool.name}-${pool.scaleSet}-vmss${instance}`;
  return { name, zone: smallest ?? "0" };
}

export function nodeSpec({ cluster, pool }: PoolScope, machine: Machine, joins: boolean): NodeSpec {
  const { properties } = pool;
  const { size = pool.size, nodeLabels: labels = properties.nodeLabels } = machine.own ?? {};
  const taints = machine.own?.nodeTaints ?? properties.nodeTaints ?? [];
  return {
    name: machine.name,
    pool: pool.name,
    mode: properties.mode === "System" || properties.mode === "ManagedSystem" ? "System" : "User",
    kubeletVersion: machine.version,
    nodeImage: machine.image,
    zone: machine.zone,
    vmSize: size.name,
    cpuMillicores: size.vcpus * 1_000,
    memoryMiB: size.memoryMiB,
    maxPods: properties.maxPods,
    labels: { ...nodeLabels(cluster, pool), ...labels },
    taints: taints.flatMap((taint) => parseTaint(taint) ?? []),
    joins,
  };
}

/** Those that say something of the cluster's place in Azure; the node sets the others itself. */
function nodeLabels(cluster: ManagedCluster, pool: AgentPool): Record<string, string> {
  return {
    "kubernetes.azure.com/cluster": String(cluster.properties["nodeResourceGroup"]),
    "kubernetes.azure.com/os-sku": pool.properties.osSKU,
  };
}
