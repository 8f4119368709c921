import { duration, integer, text } from "./fields.ts";
import type { FaultDefinition, FaultKind } from "./parameter-types.ts";

const profile = {
  profile: text("Name of the profile of Traffic Manager or Front Door, or of the API Management service."),
};

/** Faults of what moves traffic between clusters and regions. */
export const switchFaults = {
  "switch-refused": {
    description: "The profile takes no change; who is sent where stays as it was.",
    trigger: "a PUT, PATCH or DELETE of the profile or of what it is made of",
    visible: ["500 InternalServerError"],
    source: "incident notes: the switch itself fails",
    fields: { ...profile, ...duration },
  },
  "switch-lag": {
    description: "Name servers, edges and gateways learn of changes late; the profile shows them at once.",
    trigger: "a change of the profile",
    visible: ["callers follow later than they should"],
    source: "incident notes: the switch lags",
    fields: {
      ...profile,
      lagSeconds: integer("Beyond what it takes anyhow. Seconds of the platform.", 1, 86_400, true),
      ...duration,
    },
  },
  "endpoint-unreachable": {
    description: "The route to one endpoint is broken: callers that are sent there fail, and so do the probes.",
    trigger: "at once; it is left out when more probes have failed than are tolerated",
    visible: [
      "endpointMonitorStatus Degraded",
      "profileMonitorStatus Degraded",
      "of Front Door and API Management: nothing",
    ],
    source: "incident notes: a region's route stopped working",
    fields: { ...profile, endpoint: text("Name of the endpoint, the origin or the backend."), ...duration },
  },
} as const satisfies Partial<Record<FaultKind, FaultDefinition>>;
