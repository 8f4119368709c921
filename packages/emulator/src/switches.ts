import { switchLagSeconds } from "./faults/arm-faults.ts";
import type { Faults } from "./faults/faults.ts";
import { createApiManagementProvider } from "./http/arm/api-management/provider.ts";
import { createFrontDoorProvider } from "./http/arm/front-door/provider.ts";
import { createTrafficManagerProvider } from "./http/arm/traffic-manager/provider.ts";
import { ApiManagement } from "./world/api-management/api-management.ts";
import type { Operations } from "./world/arm/operations.ts";
import type { ArmProvider } from "./world/arm/provider.ts";
import { FrontDoor } from "./world/front-door/front-door.ts";
import { TrafficManager } from "./world/traffic-manager/profiles.ts";
import type { World } from "./world/world.ts";

/** What divides traffic among clusters and regions. */
export interface Switches {
  readonly trafficManager: TrafficManager;
  readonly frontDoor: FrontDoor;
  readonly apiManagement: ApiManagement;
}

export function createSwitches(world: World, faults: Faults): Switches {
  const lagSeconds = switchLagSeconds(faults);
  return {
    trafficManager: new TrafficManager(world, lagSeconds),
    frontDoor: new FrontDoor(world, lagSeconds),
    apiManagement: new ApiManagement(world, lagSeconds),
  };
}

export function switchProviders(switches: Switches, world: World, operations: Operations): readonly ArmProvider[] {
  const shared = { ...switches, world, operations };
  return [
    createTrafficManagerProvider(switches.trafficManager),
    createFrontDoorProvider(shared),
    createApiManagementProvider(shared),
  ];
}
