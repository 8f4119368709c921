import type { Random } from "@fairway/kernel";
import type { Cluster, NodeSpec, Resumed } from "../../world/cluster.ts";
import { durationMs } from "../../world/world.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createObject, deleteObject, getObject, nodes, updateObject, withNextGeneration } from "./kinds.ts";
import type { Kubelets } from "./kubelet.ts";
import type { Machine } from "./machines.ts";
import { newNode, nodeConditions, nodeStatus, notReadyTaint, unreachableTaint } from "./node-object.ts";
import type { KubeNode } from "./types.ts";

type NodeCommands = Pick<
  Cluster,
  "addNode" | "resumeNode" | "removeNode" | "loseNode" | "rebootNode" | "reimageNode" | "setUnschedulable" | "close"
>;

export interface NodesOptions {
  readonly plane: ControlPlane;
  readonly machines: Map<string, Machine>;
  readonly kubelets: Kubelets;
  readonly location: string;
}

/**
 * Machines come, go and fail at any time; what is to be written about it waits for the API server. Node objects that
 * somebody deleted by hand stay deleted until their machine is replaced.
 */
export function createNodeCommands(options: NodesOptions): NodeCommands {
  return new Nodes(options);
}

class Nodes implements NodeCommands {
  readonly #options: NodesOptions;
  readonly #plane: ControlPlane;
  readonly #random: Random;
  /** Writes that wait for the API server, in order. */
  #postponed: (() => void)[] = [];
  #machineCount = 0;

  constructor(options: NodesOptions) {
    this.#options = options;
    this.#plane = options.plane;
    this.#random = options.plane.world.random.stream(`${options.plane.clusterName}/nodes`);
    this.#plane.apiServer.onChange((available) => {
      if (available) for (const write of this.#postponed.splice(0)) write();
    });
  }

  addNode(spec: NodeSpec): void {
    const machine: Machine = {
      spec,
      index: this.#machineCount,
      podCount: 0,
      images: new Set(),
      running: new Set(),
      state: { kind: "joining", timer: undefined },
    };
    this.#machineCount += 1;
    this.#options.machines.set(spec.name, machine);
    this.#record("created", spec.name);
    if (spec.joins === false) return;
    this.#write(() => this.#register(machine));
    this.#joinLater(machine, durationMs(this.#plane.world, "nodes.join", this.#random), () => {});
  }

  resumeNode(spec: NodeSpec, { index, podCount, pods }: Resumed): void {
    const state = { kind: "joined", atMs: this.#plane.world.clock.now() } as const;
    const machine: Machine = { spec, index, podCount, images: new Set(), running: new Set(pods), state };
    this.#machineCount = Math.max(this.#machineCount, index + 1);
    this.#options.machines.set(spec.name, machine);
  }

  removeNode(name: string): void {
    const machine = this.#options.machines.get(name);
    if (machine?.state.kind === "joining") machine.state.timer?.cancel();
    this.#options.machines.delete(name);
    this.#options.kubelets.kill(name);
    this.#record("removed", name);
    this.#write(() => {
      const node = getObject(this.#plane.store, nodes, undefined, name);
      if (node && !this.#options.machines.has(name)) deleteObject(this.#plane.store, nodes, node);
    });
  }

  loseNode(name: string): void {
    const machine = this.#options.machines.get(name);
    if (!machine || machine.state.kind === "lost") return;
    if (machine.state.kind === "joining") machine.state.timer?.cancel();
    const lostAtMs = this.#plane.world.clock.now();
    const joinedAtMs = machine.state.kind === "joined" ? machine.state.atMs : lostAtMs;
    machine.state = { kind: "lost", joinedAtMs, lostAtMs };
    this.#options.kubelets.kill(name);
    this.#record("lost", name);
  }

  rebootNode(name: string): void {
    const machine = this.#options.machines.get(name);
    if (machine?.state.kind !== "joined") return;
    this.#leave(machine, "rebooted");
    this.#joinLater(machine, durationMs(this.#plane.world, "nodes.reboot", this.#random), () => {});
  }

  reimageNode(
    name: string,
    changes: { kubeletVersion: string; nodeImage: string; labels: Record<string, string>; joins?: boolean },
    joined: () => void,
  ): void {
    const machine = this.#options.machines.get(name);
    if (!machine) return;
    if (machine.state.kind === "joining") machine.state.timer?.cancel();
    const { labels, joins, ...versions } = changes;
    machine.spec = { ...machine.spec, ...versions, labels: { ...machine.spec.labels, ...labels } };
    machine.images.clear();
    this.#leave(machine, "reimaged");
    if (joins === false) return;
    const { world } = this.#plane;
    const delayMs = durationMs(world, "nodes.reimage", this.#random) + durationMs(world, "nodes.join", this.#random);
    this.#joinLater(machine, delayMs, joined);
  }

  setUnschedulable(name: string, unschedulable: boolean): void {
    this.#write(() =>
      this.#update(name, (node) => {
        if ((node.spec.unschedulable ?? false) === unschedulable) return node;
        const { unschedulable: _, ...spec } = node.spec;
        return withNextGeneration({ ...node, spec: unschedulable ? { ...spec, unschedulable } : spec });
      }),
    );
  }

  close(): void {
    for (const { spec, state } of this.#options.machines.values()) {
      if (state.kind === "joining") state.timer?.cancel();
      this.#options.kubelets.kill(spec.name);
    }
    this.#options.machines.clear();
  }

  #leave(machine: Machine, what: string): void {
    const { name } = machine.spec;
    machine.state = { kind: "joining", timer: undefined };
    this.#options.kubelets.kill(name);
    this.#record(what, name);
    this.#write(() => this.#markJoining(name));
  }

  #joinLater(machine: Machine, delayMs: number, joined: () => void): void {
    const timer = this.#plane.world.clock.after(delayMs, () =>
      this.#write(() => {
        // While nobody reached the API server it may have been reimaged once more: then that is what joins.
        if (machine.state === state) this.#join(machine, joined);
      }),
    );
    const state = { kind: "joining", timer } as const;
    machine.state = state;
  }

  #join(machine: Machine, joined: () => void): void {
    const { name } = machine.spec;
    if (this.#options.machines.get(name) !== machine || machine.state.kind !== "joining") return;
    machine.state = { kind: "joined", atMs: this.#plane.world.clock.now() };
    this.#register(machine);
    this.#update(name, (node) => this.#joinedNode(node, machine));
    this.#record("ready", name);
    this.#options.kubelets.wake(name);
    joined();
  }

  #register(machine: Machine): void {
    const { clusterName, store, world } = this.#plane;
    const place = { clusterName, location: this.#options.location, nowMs: world.clock.now() };
    createObject(store, nodes, newNode(machine, place));
  }

  #joinedNode(node: KubeNode, machine: Machine): KubeNode {
    const taints = (node.spec.taints ?? []).filter(({ key }) => key !== notReadyTaint && key !== unreachableTaint);
    const { taints: _, ...spec } = node.spec;
    const conditions = nodeConditions("joined", node.status?.conditions, this.#plane.world.clock.now());
    const labels = { ...node.metadata.labels, ...machine.spec.labels, ...imageLabel(machine) };
    return {
      ...node,
      metadata: { ...node.metadata, labels },
      spec: taints.length > 0 ? { ...spec, taints } : spec,
      status: { ...nodeStatus(machine), conditions },
    };
  }

  #markJoining(name: string): void {
    this.#update(name, (node) => {
      const taints = (node.spec.taints ?? []).filter(({ key }) => key !== notReadyTaint);
      const conditions = nodeConditions("joining", node.status?.conditions, this.#plane.world.clock.now());
      return {
        ...node,
        spec: { ...node.spec, taints: [...taints, { key: notReadyTaint, effect: "NoSchedule" }] },
        status: { ...node.status, conditions },
      };
    });
  }

  #update(name: string, change: (node: KubeNode) => KubeNode): void {
    const node = getObject(this.#plane.store, nodes, undefined, name);
    if (node) updateObject(this.#plane.store, nodes, node, change);
  }

  #write(write: () => void): void {
    if (this.#plane.apiServer.available && this.#postponed.length === 0) write();
    else this.#postponed.push(write);
  }

  #record(what: string, node: string): void {
    this.#plane.world.trace.add(`node.${what}`, { cluster: this.#plane.clusterName, node });
  }
}

function imageLabel(machine: Machine): Record<string, string> {
  return { "kubernetes.azure.com/node-image-version": machine.spec.nodeImage };
}
