import type { Calibration, CalibrationChanges, DurationName } from "@fairway/emulator";
import { defaultDurations, type Estimate, oneAfterAnother, type UpgradeDurations } from "@fairway/sdk";

/** What the estimates of a plan are made of, with entries that differ from the defaults. */
export async function durationsWith(changes: CalibrationChanges): Promise<UpgradeDurations> {
  const { calibrationWith } = await import("@fairway/emulator");
  return await durationsOf(calibrationWith(changes));
}

export async function durationsOf(calibration: Calibration): Promise<UpgradeDurations> {
  const { quantileSeconds } = await import("@fairway/emulator");
  const one = (name: DurationName): Estimate => {
    const [p50Minutes = 0, p95Minutes = 0] = [0.5, 0.95].map(
      (share) => quantileSeconds(calibration[name].distribution, share) / 60,
    );
    return { p50Minutes, p95Minutes };
  };
  return {
    controlPlane: one("controlPlane.upgrade"),
    surgeNode: oneAfterAnother([one("nodes.provision"), one("nodes.join")]),
    // It is the apps', and no entry of a calibration.
    drain: defaultDurations.drain,
    reimage: oneAfterAnother([one("nodes.reimage"), one("nodes.join")]),
    deleteNode: one("nodes.delete"),
    createPool: one("agentPools.create"),
  };
}
