import { duration, integer, text } from "./fields.ts";
import type { FaultDefinition, FaultKind } from "./parameter-types.ts";

const profile = { profile: text("Name of the Traffic Manager profile.") };

/** Faults of what moves traffic between clusters and regions. */
export const switchFaults = {
  "switch-refused": {
    description: "Traffic Manager takes no change of the profile; what it answers stays as it was.",
    trigger: "a PUT, PATCH or DELETE of the profile or of its endpoints",
    visible: ["500 InternalServerError"],
    source: "incident notes: the switch itself fails",
    fields: { ...profile, ...duration },
  },
  "switch-lag": {
    description: "The name servers learn of changes late; the profile shows them at once.",
    trigger: "a change of the profile",
    visible: ["callers follow later than the TTL says"],
    source: "incident notes: the switch lags",
    fields: {
      ...profile,
      lagSeconds: integer("Beyond what it takes anyhow. Seconds of the platform.", 1, 86_400, true),
      ...duration,
    },
  },
  "endpoint-unreachable": {
    description: "The route to one endpoint is broken: callers that are sent there fail, and so do the probes.",
    trigger: "at once; name servers leave it out when the probes have failed once more than is tolerated",
    visible: ["endpointMonitorStatus Degraded", "profileMonitorStatus Degraded"],
    source: "incident notes: a region's route stopped working",
    fields: { ...profile, endpoint: text("Name of the endpoint."), ...duration },
  },
} as const satisfies Partial<Record<FaultKind, FaultDefinition>>;
