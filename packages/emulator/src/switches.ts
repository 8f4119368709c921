import { switchLagSeconds } from "./faults/arm-faults.ts";
import type { Faults } from "./faults/faults.ts";
import { createFrontDoorProvider } from "./http/arm/front-door/provider.ts";
import { createTrafficManagerProvider } from "./http/arm/traffic-manager/provider.ts";
import type { Operations } from "./world/arm/operations.ts";
import type { ArmProvider } from "./world/arm/provider.ts";
import { FrontDoor } from "./world/front-door/front-door.ts";
import { TrafficManager } from "./world/traffic-manager/profiles.ts";
import type { World } from "./world/world.ts";

/** What divides traffic among clusters and regions. */
export interface Switches {
  readonly trafficManager: TrafficManager;
  readonly frontDoor: FrontDoor;
}

export function createSwitches(world: World, faults: Faults): Switches {
  const lagSeconds = switchLagSeconds(faults);
  return { trafficManager: new TrafficManager(world, lagSeconds), frontDoor: new FrontDoor(world, lagSeconds) };
}

export function switchProviders(switches: Switches, world: World, operations: Operations): readonly ArmProvider[] {
  const { trafficManager, frontDoor } = switches;
  return [createTrafficManagerProvider(trafficManager), createFrontDoorProvider({ world, operations, frontDoor })];
}
