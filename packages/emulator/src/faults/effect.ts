import type { ContainerApps } from "../controllers/container-apps.ts";
import type { Cluster } from "../world/cluster.ts";
import type { ControlPlaneOutages } from "../world/container-service/outages.ts";
import type { TrafficSwitch } from "../world/traffic/switch.ts";
import type { World } from "../world/world.ts";

/** What faults act on. */
export interface FaultTargets {
  /** By name, compared without case. */
  cluster(name: string): Cluster | undefined;
  readonly outages: ControlPlaneOutages;
  apps?(): ContainerApps;
  switches?(): readonly TrafficSwitch[];
}

export interface EffectContext {
  readonly world: Pick<World, "clock" | "trace" | "timeScale" | "random">;
  readonly targets: FaultTargets;
  readonly id: string;
}

export interface Effect {
  /** Returns how to end it; `over`: it has happened; nothing: parts of the world ask for it. */
  begin(): (() => void) | "over" | undefined;
  readonly defaultSeconds?: number;
}
