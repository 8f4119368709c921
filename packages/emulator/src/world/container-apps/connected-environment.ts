import type { World } from "../world.ts";
import { drawStaticIp, environmentId, type ResourceAddress } from "./environment.ts";

/** What a connected environment has of its own; the same for the same one in every run of a seed. */
export interface ConnectedFacts {
  readonly defaultDomain: string;
  readonly staticIp: string;
  readonly verificationId: string;
}

/** There is no cluster behind it: the address is one of documentation's. */
export function connectedFacts(world: World, address: ResourceAddress, location: string): ConnectedFacts {
  const random = world.random.stream(`connected-environment/${environmentId({ address, kind: "connected" })}`);
  const suffix = random.text(7, "abcdefghijklmnopqrstuvwxyz0123456789");
  return {
    defaultDomain: `${address.name}-${suffix}.${location}.k4apps.io`,
    staticIp: drawStaticIp(random),
    verificationId: random.text(64, "0123456789ABCDEF"),
  };
}
