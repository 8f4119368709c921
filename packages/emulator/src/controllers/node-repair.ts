import type { Random, Timer } from "@fairway/kernel";
import type { DurationName } from "../world/calibration.ts";
import type { ContainerService } from "../world/container-service/environment.ts";
import type { AgentPool, Machine, ManagedCluster, Task } from "../world/container-service/state.ts";
import { listAt, textAt } from "../world/kubernetes/json.ts";
import type { KubeObject } from "../world/objects.ts";
import type { StoreEvent } from "../world/store.ts";
import { durationMs } from "../world/world.ts";
import { type PoolScope, reimageMachine } from "./agent-pool-machine.ts";
import { isLeftToOthers, type RepairAction, type RepairReason, recordNodeEvent } from "./agent-pool-node.ts";
import { nodes } from "./kubernetes/kinds.ts";

/** Begins to look after a cluster's nodes, unless somebody does. Costs nothing while they are all Ready. */
export function watchNodes(service: ContainerService, cluster: ManagedCluster): void {
  cluster.nodeRepair ??= new NodeRepair(service, cluster);
}

/** One that was Ready and is not any more gets a repair; one that never was does not (AKS docs, node auto-repair). */
class NodeRepair implements Task {
  readonly #service: ContainerService;
  readonly #cluster: ManagedCluster;
  readonly #random: Random;
  readonly #repairs = new Map<string, Repair>();
  readonly #unsubscribe: () => void;

  constructor(service: ContainerService, cluster: ManagedCluster) {
    this.#service = service;
    this.#cluster = cluster;
    this.#random = service.world.random.stream(`${cluster.cluster.name}/node-repair`);
    const { store } = cluster.cluster;
    this.#unsubscribe = store.subscribe((event) => this.#follow(event), nodes.resource, "can-wait");
    for (const node of store.list(nodes.resource)) if (readyStatus(node) === "Unknown") this.#begin(node.metadata.name);
  }

  cancel(): void {
    this.#unsubscribe();
    for (const repair of this.#repairs.values()) repair.cancel();
    this.#repairs.clear();
  }

  #follow({ type, object, previous }: StoreEvent): void {
    const { name } = object.metadata;
    const status = readyStatus(object);
    const repair = this.#repairs.get(name);
    if (type === "DELETED" || status === "True") {
      if (type !== "DELETED") repair?.succeed();
      repair?.cancel();
      this.#repairs.delete(name);
    } else if (!repair && (status === "Unknown" || (previous && readyStatus(previous) === "True"))) this.#begin(name);
  }

  #begin(node: string): void {
    this.#repairs.set(node, new Repair({ service: this.#service, cluster: this.#cluster, random: this.#random, node }));
  }
}

function readyStatus(node: KubeObject): string | undefined {
  return textAt(
    listAt(node, "status", "conditions").find((one) => textAt(one, "type") === "Ready"),
    "status",
  );
}

interface Patient {
  readonly service: ContainerService;
  readonly cluster: ManagedCluster;
  readonly random: Random;
  readonly node: string;
}

const titles = { reboot: "Reboot", reimage: "Reimage", redeploy: "Redeploy" } as const;
const rounds = 3;

/** Reboot, reimage, redeploy, up to three times, until its node is Ready or gone; then it is left to people. */
class Repair implements Task {
  readonly #patient: Patient;
  #actionsBegun = 0;
  #underWay: RepairAction | undefined;
  #timer: Timer;

  constructor(patient: Patient) {
    this.#patient = patient;
    this.#timer = this.#after("nodes.repairPatience", () => this.#look());
  }

  /** The node is Ready again. */
  succeed(): void {
    this.#endAction();
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #look(): void {
    const found = machineOf(this.#patient);
    // Its pool has no such machine: it was removed, or somebody made the Node object by hand.
    if (!found) return;
    if (isToBeLeftAlone(this.#patient, found)) this.#lookLater();
    else this.#act(found);
  }

  #act({ pool, machine }: Found): void {
    const { service, cluster, node } = this.#patient;
    const sequence = actionsFor(pool);
    const action = sequence[this.#actionsBegun % sequence.length];
    const where = { cluster: cluster.name, pool: pool.name, node };
    if (!action || this.#actionsBegun >= rounds * sequence.length) {
      service.world.trace.add("node.repair-failed", where);
      return;
    }
    this.#actionsBegun += 1;
    this.#underWay = action;
    const why = "due to NotReady status persisting for more than 5 minutes.";
    this.#record(`Node${titles[action]}Start`, `Node auto-repair is initiating a ${action} action ${why}`);
    service.world.trace.add("node.repairing", { ...where, action });
    const refusal = action === "redeploy" ? service.disturbances.allocation(cluster.name, pool.name) : undefined;
    if (refusal) this.#failAction(action, refusal.code);
    else {
      if (action === "reboot") cluster.cluster.rebootNode(node);
      else reimage({ service, cluster, pool }, machine);
      this.#timer = this.#after(action === "reboot" ? "nodes.reboot" : "nodes.reimage", () => {
        this.#endAction();
        this.#lookLater();
      });
    }
  }

  /** Says nothing of whether the node is well. */
  #endAction(): void {
    const action = this.#underWay;
    this.#underWay = undefined;
    if (action)
      this.#record(`Node${titles[action]}End`, `${titles[action]} action from node auto-repair is completed.`);
  }

  #failAction(action: RepairAction, code: string): void {
    this.#underWay = undefined;
    const message = `Node auto-repair ${action} action failed due to an operation failure. See error details here: ${code}`;
    this.#record(`Node${titles[action]}Error`, message);
    this.#lookLater();
  }

  #lookLater(): void {
    this.#timer = this.#after("nodes.repairInterval", () => this.#look());
  }

  #after(name: DurationName, act: () => void): Timer {
    const { service, random } = this.#patient;
    return service.world.clock.after(durationMs(service.world, name, random), act);
  }

  #record(reason: RepairReason, message: string): void {
    const type = reason.endsWith("Error") ? "Warning" : "Normal";
    recordNodeEvent(this.#patient.cluster.cluster, this.#patient.node, { type, reason, message });
  }
}

/** Nobody waits for it: its node tells when it is back. */
function reimage(scope: PoolScope, machine: Machine): void {
  const { version, image } = machine;
  reimageMachine(scope, machine, { version, image }, () => {}).cancel();
}

interface Found {
  readonly pool: AgentPool;
  readonly machine: Machine;
}

function machineOf({ cluster, node }: Patient): Found | undefined {
  for (const pool of cluster.pools.values()) {
    const machine = pool.machines.find(({ name }) => name === node);
    if (machine) return { pool, machine };
  }
  return undefined;
}

/** While somebody else works there, or nobody can. */
function isToBeLeftAlone({ cluster, node }: Patient, { pool, machine }: Found): boolean {
  const isBusy = cluster.operation !== undefined || pool.operation !== undefined || machine.state.kind !== "running";
  const isOff = cluster.power.code === "Stopped" || pool.power === "Stopped" || !cluster.cluster.apiServer.available;
  return isBusy || isOff || isLeftToOthers(cluster.cluster, node);
}

/** Windows machines are not redeployed. */
function actionsFor(pool: AgentPool): readonly RepairAction[] {
  return pool.properties["osType"] === "Windows" ? ["reboot", "reimage"] : ["reboot", "reimage", "redeploy"];
}
