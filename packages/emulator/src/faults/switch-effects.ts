import type { KnownProfile, TrafficManager } from "../world/traffic-manager/profiles.ts";
import type { Effect } from "./effect.ts";
import { FaultError } from "./parameters.ts";

export function disconnect(
  traffic: TrafficManager,
  { address, profile: described }: KnownProfile,
  name: string,
): Effect {
  const endpoint = described.endpoints.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (!endpoint) {
    const names = described.endpoints.map((one) => one.name).join(", ");
    throw new FaultError(
      "parameters.endpoint",
      `${address.name} has no endpoint ${name}.`,
      `It has ${names || "none"}.`,
    );
  }
  return {
    begin() {
      traffic.setReachable(address.name, endpoint.name, false);
      return () => traffic.setReachable(address.name, endpoint.name, true);
    },
  };
}
