/**
 * Every duration that the embedded Azure takes, in one place: median and 95th percentile in seconds of real Azure,
 * where it comes from, and how far to trust it (A: documented or read in source, B: older or inferred, C: reported or
 * measured by others, D: assumed). `scaled` durations are those of the platform and are divided by the time scale;
 * the others belong to the running app (probes, grace, restart back-off) and never are.
 */
export interface Duration {
  readonly medianSeconds: number;
  /** Equal to the median: a constant. */
  readonly p95Seconds: number;
  readonly source: string;
  readonly confidence: "A" | "B" | "C" | "D";
  readonly scaled: boolean;
}

export const defaultCalibration = {
  // Microsoft.ContainerService
  "managedClusters.create": {
    medianSeconds: 310,
    p95Seconds: 531,
    source: "azure-durations: managedClusters.create, n=216",
    confidence: "A",
    scaled: true,
  },
  "managedClusters.update.settings": {
    medianSeconds: 112,
    p95Seconds: 193,
    source: "azure-durations: managedClusters.update.settings, n=96",
    confidence: "A",
    scaled: true,
  },
  "agentPools.create": {
    medianSeconds: 180,
    p95Seconds: 296,
    source: "azure-durations: agentPools.create.linux, n=34",
    confidence: "A",
    scaled: true,
  },
  // Microsoft.App
  "containerApps.create": {
    medianSeconds: 10.5,
    p95Seconds: 15.6,
    source: "azure-durations: containerApps.create, n=181",
    confidence: "A",
    scaled: true,
  },
} as const satisfies Record<string, Duration>;

export type DurationName = keyof typeof defaultCalibration;
export type Calibration = Readonly<Record<DurationName, Duration>>;
