import type { Switcher } from "@fairway/core";
import { unreachable } from "@fairway/model";
import type { ApiManagementAddress } from "./api-management.ts";
import type { FrontDoorAddress } from "./front-door.ts";
import type { SwitcherOptions } from "./options.ts";
import type { TrafficManagerAddress } from "./traffic-manager.ts";

/** What stands at an address, taken apart. */
export type SwitcherAddress = TrafficManagerAddress | FrontDoorAddress | ApiManagementAddress;

/** The switcher of that kind. Its client is loaded only now. Rejects with `target-not-found` and `target-invalid`. */
export async function openSwitcher(place: SwitcherAddress, options: SwitcherOptions): Promise<Switcher> {
  switch (place.scheme) {
    case "tm":
      return await (await import("./traffic-manager.ts")).createTrafficManager(place, options);
    case "afd":
      return await (await import("./front-door.ts")).createFrontDoor(place, options);
    case "apim":
      return await (await import("./api-management.ts")).createApiManagement(place, options);
    default:
      return unreachable(place);
  }
}
