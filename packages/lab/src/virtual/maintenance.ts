import { makeMaintenancePlan, type WeeklyHours } from "@fairway/sdk";
import { environmentName } from "./places.ts";
import { drivePlan } from "./plan-drive.ts";
import type { Site } from "./site.ts";
import type { PreparedStrategy } from "./strategy.ts";

/** Hours of Container Apps are eight or more (Container Apps docs, planned maintenance). */
const durationHours = 8;
const hourMs = 3_600_000;
/** Replicas are replaced node by node within a few hours; assumed. */
const plannedMs = 2 * hourMs;
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** The maintenance of an environment: its hours begin with the next full hour, and Azure comes some time in their first one. */
export async function plannedMaintenance(site: Site): Promise<PreparedStrategy> {
  const target = await site.target(environmentName);
  const control = target.capability("maintenance");
  const beginMs = Math.ceil(site.startMs / hourMs) * hourMs;
  const begin = new Date(beginMs);
  const hours: WeeklyHours = {
    weekDay: days[begin.getUTCDay()] ?? "Monday",
    startHour: begin.getUTCHours(),
    durationHours,
  };
  const found = { address: target.address, hours: await control.hours(), replicas: await control.replicas() };
  const plan = makeMaintenancePlan({ hours }, found);
  return {
    version: plan.version,
    steps: plan.steps,
    plannedMs,
    async run(context) {
      site.world.kernel.clock.at(beginMs + site.stream("maintenance").below(hourMs), () => {
        site.world.azure.control("POST", "/_emulator/maintenance", { environment: environmentName });
      });
      return await drivePlan(context, plan, true);
    },
  };
}
