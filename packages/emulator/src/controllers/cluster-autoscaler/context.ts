import { type AutoscalerSettings, autoscalerSettings } from "../../world/container-service/autoscaler-profile.ts";
import type { ContainerService } from "../../world/container-service/environment.ts";
import type { AgentPool, Machine, ManagedCluster } from "../../world/container-service/state.ts";
import { platformMs } from "../../world/world.ts";
import type { PoolScope } from "../agent-pool-machine.ts";
import { listObjects, nodes } from "../kubernetes/kinds.ts";
import { type NodeLoad, nodeLoad } from "../kubernetes/node-load.ts";
import { podsOnNode } from "../kubernetes/pod-lookup.ts";
import { isFinished } from "../kubernetes/pods.ts";

export function isAutoscaled({ properties, power }: AgentPool): boolean {
  return properties["enableAutoScaling"] === true && power === "Running";
}

export function isRunning({ state }: Machine): boolean {
  return state.kind === "running";
}

/** What both directions work with. */
export class AutoscalerContext {
  readonly service: ContainerService;
  readonly cluster: ManagedCluster;
  #quietUntilMs = 0;

  constructor(service: ContainerService, cluster: ManagedCluster) {
    this.service = service;
    this.cluster = cluster;
  }

  /** As they are now: a PUT may change them at any time. */
  readonly settings = (): AutoscalerSettings => autoscalerSettings(this.cluster.properties);

  /** Pools that it may change now: no write is under way on them. */
  pools(): AgentPool[] {
    return [...this.cluster.pools.values()].filter((pool) => isAutoscaled(pool) && !pool.operation);
  }

  loads(): NodeLoad[] {
    const { store } = this.cluster.cluster;
    const residents = (node: string) => podsOnNode(store, node).filter((pod) => !isFinished(pod));
    return listObjects(store, nodes).map((node) => nodeLoad(node, residents(node.metadata.name)));
  }

  scope(pool: AgentPool): PoolScope {
    return { service: this.service, cluster: this.cluster, pool };
  }

  now(): number {
    return this.service.world.clock.now();
  }

  ms(seconds: number): number {
    return platformMs(this.service.world, seconds);
  }

  /** No node is taken away for so long. */
  quiet(seconds: number): void {
    this.#quietUntilMs = Math.max(this.#quietUntilMs, this.now() + this.ms(seconds));
  }

  isQuiet(): boolean {
    return this.now() < this.#quietUntilMs;
  }

  changeCount(pool: AgentPool, by: number): void {
    pool.properties = { ...pool.properties, count: pool.properties.count + by };
  }

  trace(kind: string, pool: AgentPool, data: Readonly<Record<string, unknown>>): void {
    this.service.world.trace.add(kind, { cluster: this.cluster.name, pool: pool.name, ...data });
  }
}
