import type { Duration } from "../calibration.ts";

/** Writes of what is kept and shown. Poll counts are those of recordings against Azure. */
export const keptDurations = {
  "connectedEnvironments.create": {
    medianSeconds: 69,
    p95Seconds: 114,
    source: "recorded polls every 3 s: median 23, most 38, n=7",
    confidence: "B",
    scaled: true,
  },
  "connectedEnvironments.delete": {
    medianSeconds: 30,
    p95Seconds: 36,
    source: "recorded polls every 6 s: median 5, n=3",
    confidence: "B",
    scaled: true,
  },
  "connectedEnvironments.child": {
    medianSeconds: 18,
    p95Seconds: 30,
    source: "recorded polls of certificates and storages, n=8",
    confidence: "B",
    scaled: true,
  },
  "managedEnvironments.component": {
    medianSeconds: 48,
    p95Seconds: 48,
    source: "recorded polls of Java components every 3 s: 16, n=3",
    confidence: "B",
    scaled: true,
  },
  "managedEnvironments.component.delete": {
    medianSeconds: 32,
    p95Seconds: 32,
    source: "recorded polls every 16 s: 2, n=5",
    confidence: "B",
    scaled: true,
  },
  "managedCertificates.create": {
    medianSeconds: 300,
    p95Seconds: 900,
    source: "documented as a few minutes, assumed",
    confidence: "D",
    scaled: true,
  },
  "privateEndpointConnections.write": {
    medianSeconds: 30,
    p95Seconds: 60,
    source: "never recorded, assumed",
    confidence: "D",
    scaled: true,
  },
  "sourceControls.write": {
    medianSeconds: 30,
    p95Seconds: 60,
    source: "never recorded, assumed",
    confidence: "D",
    scaled: true,
  },
  "sessionPools.create": {
    medianSeconds: 411,
    p95Seconds: 651,
    source: "recorded polls every 3 s: median 137, most 217, n=5",
    confidence: "B",
    scaled: true,
  },
  "sessionPools.update": {
    medianSeconds: 330,
    p95Seconds: 495,
    source: "recorded polls every 15 s: median 22, n=3",
    confidence: "B",
    scaled: true,
  },
  "sessionPools.delete": {
    medianSeconds: 300,
    p95Seconds: 360,
    source: "recorded polls every 15 s: median 20, n=4",
    confidence: "B",
    scaled: true,
  },
  "builders.create": {
    medianSeconds: 108,
    p95Seconds: 108,
    source: "recorded polls every 3 s: 36, n=1",
    confidence: "B",
    scaled: true,
  },
} as const satisfies Readonly<Record<string, Duration>>;
