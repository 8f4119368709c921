import { lognormal, ofPlatform, recorded, uniform, withTail } from "./entry.ts";

/** Microsoft.Cdn, as far as it is Front Door. */
export const frontDoorDurations = {
  "frontDoor.createProfile": ofPlatform(uniform(31, 63), "B", recorded("afd profile create", 1, "polled every 31 s")),
  "frontDoor.write": ofPlatform(
    lognormal(10, 30),
    "C",
    "recordings of the Azure CLI's test suite: origins and endpoints are done at the second look, after 31 s; the rest is assumed",
  ),
  "frontDoor.propagation": ofPlatform(
    withTail(uniform(3 * 60, 8 * 60), uniform(8 * 60, 20 * 60), 1, 2),
    "B",
    "Front Door FAQ: a change takes up to 20 minutes, and the next one begins when it is everywhere; the median of 8 is assumed",
  ),
} as const;
