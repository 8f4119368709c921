import { lognormal, ofPlatform } from "./entry.ts";

/** Microsoft.ApiManagement. */
export const apiManagementDurations = {
  "apiManagement.create": ofPlatform(
    lognormal(35 * 60, 45 * 60),
    "B",
    "API Management docs: a service of the classic tiers is there after 30 to 40 minutes or more",
  ),
  "apiManagement.propagation": ofPlatform(
    lognormal(5, 20),
    "D",
    "API Management docs name no figure: gateways of one region follow in seconds, assumed",
  ),
} as const;
