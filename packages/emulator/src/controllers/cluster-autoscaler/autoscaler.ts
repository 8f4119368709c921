import type { Timer } from "@fairway/kernel";
import type { ContainerService } from "../../world/container-service/environment.ts";
import type { ManagedCluster, Task } from "../../world/container-service/state.ts";
import { AutoscalerContext, isAutoscaled } from "./context.ts";
import { ScaleDown } from "./scale-down.ts";
import { ScaleUp } from "./scale-up.ts";

/** Begins to look after a cluster's autoscaled pools, unless somebody does; ends by itself when there are none. */
export function watchAutoscaling(service: ContainerService, cluster: ManagedCluster): void {
  if (cluster.autoscaler || !hasAutoscaledPools(cluster)) return;
  cluster.autoscaler = new ClusterAutoscaler(service, cluster);
}

function hasAutoscaledPools({ pools }: ManagedCluster): boolean {
  return [...pools.values()].some(isAutoscaled);
}

/** Looks every scan interval whether pods wait for nodes, or nodes for pods. */
class ClusterAutoscaler implements Task {
  readonly #context: AutoscalerContext;
  readonly #up: ScaleUp;
  readonly #down: ScaleDown;
  #timer: Timer;

  constructor(service: ContainerService, cluster: ManagedCluster) {
    this.#context = new AutoscalerContext(service, cluster);
    this.#up = new ScaleUp(this.#context);
    this.#down = new ScaleDown(this.#context);
    this.#timer = this.#scanLater();
  }

  cancel(): void {
    this.#timer.cancel();
    this.#down.cancel();
  }

  #scanLater(): Timer {
    const { service, settings } = this.#context;
    return service.world.clock.after(this.#context.ms(settings().scanIntervalSeconds), () => this.#scan());
  }

  #scan(): void {
    const { cluster } = this.#context;
    if (!hasAutoscaledPools(cluster)) {
      this.cancel();
      cluster.autoscaler = undefined;
      return;
    }
    const reachable = cluster.cluster.apiServer.available && cluster.power.code === "Running";
    if (reachable && !cluster.operation && !this.#up.orderNodes()) this.#down.removeNodes();
    this.#timer = this.#scanLater();
  }
}
