import type { Incident } from "./incident.ts";
import {
  apiChange,
  badRelease,
  controlPlaneStuck,
  nodeWithoutIdentity,
  quotaExhausted,
  routeFails,
  slowConfiguration,
  switchFails,
} from "./incidents.ts";
import { type LibraryIncidentName, libraryIncidentNames, libraryIncidents } from "./library-incidents.ts";

/** What the company met, and nothing. */
export const storyIncidentNames = ["none", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"] as const;
export type IncidentName = (typeof storyIncidentNames)[number] | LibraryIncidentName;
export const incidentNames: readonly IncidentName[] = [...storyIncidentNames, ...libraryIncidentNames];

export const incidents: Readonly<Record<IncidentName, Incident>> = {
  none: { title: "nothing goes wrong", begin: () => {} },
  F1: slowConfiguration,
  F2: quotaExhausted,
  F3: nodeWithoutIdentity,
  F4: controlPlaneStuck,
  F5: apiChange,
  F6: switchFails,
  F7: routeFails,
  F8: badRelease,
  ...libraryIncidents,
};
