import { lognormal, ofPlatform } from "./entry.ts";

/** Microsoft.Network/trafficManagerProfiles. */
export const trafficManagerDurations = {
  "trafficManager.propagation": ofPlatform(
    lognormal(20, 60),
    "B",
    "Traffic Manager docs: a change reaches the name servers within a minute; the median is assumed",
  ),
} as const;
