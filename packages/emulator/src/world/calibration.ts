import { apiManagementDurations } from "./calibration/api-management.ts";
import { containerAppDurations } from "./calibration/container-apps.ts";
import { keptDurations } from "./calibration/container-apps-kept.ts";
import { containerServiceChances, containerServiceDurations } from "./calibration/container-service.ts";
import type { Chance, Confidence, Duration } from "./calibration/entry.ts";
import { frontDoorDurations } from "./calibration/front-door.ts";
import { kubernetesDurations } from "./calibration/kubernetes.ts";
import { trafficManagerDurations } from "./calibration/traffic-manager.ts";

const defaultDurations = {
  ...containerServiceDurations,
  ...containerAppDurations,
  ...keptDurations,
  ...kubernetesDurations,
  ...frontDoorDurations,
  ...apiManagementDurations,
  ...trafficManagerDurations,
} as const;

/** Every duration and every chance of the embedded Azure. docs/calibration.md is made from it. */
export const defaultCalibration: Calibration = { ...defaultDurations, ...containerServiceChances };

export type DurationName = keyof typeof defaultDurations;
export type ChanceName = keyof typeof containerServiceChances;
export type Calibration = Readonly<Record<DurationName, Duration>> & Readonly<Record<ChanceName, Chance>>;

/** What a user puts in the place of an entry; `samples` tells how many measurements it stands on. */
export interface Change<Entry extends Duration | Chance> {
  readonly distribution: Entry["distribution"];
  readonly source: string;
  readonly confidence: Confidence;
  readonly samples?: number;
}

/** Entries by name. What is not named stays as it is. */
export type CalibrationChanges = {
  readonly [Name in keyof Calibration]?: Change<Calibration[Name]>;
};
