export { type Calibration, type Duration, type DurationName, defaultCalibration } from "./world/calibration.ts";
