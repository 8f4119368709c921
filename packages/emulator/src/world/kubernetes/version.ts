import type { JsonRecord } from "./json.ts";

/** The answer of `/version`, for a control plane of `major.minor.patch`. */
export function versionInfo(kubernetesVersion: string): JsonRecord {
  const [major = "1", minor = "0"] = kubernetesVersion.split(".");
  return {
    major,
    minor,
    // Since 1.34: what it could pretend to be, and can be taken back to.
    ...(isAtLeast(kubernetesVersion, "1.34")
      ? {
          emulationMajor: major,
          emulationMinor: minor,
          minCompatibilityMajor: major,
          minCompatibilityMinor: String(Number(minor) - 1),
        }
      : {}),
    gitVersion: `v${kubernetesVersion}`,
    gitCommit: "0000000000000000000000000000000000000000",
    gitTreeState: "clean",
    buildDate: "2026-01-01T00:00:00Z",
    goVersion: "go1.25.0",
    compiler: "gc",
    platform: "linux/amd64",
  };
}

/** Whether a version (`1.36.2`) is of this minor version (`1.35`) or a later one. */
export function isAtLeast(version: string, minor: string): boolean {
  return minorOf(version) >= minorOf(minor);
}

function minorOf(version: string): number {
  return Number(version.split(".")[1] ?? 0);
}
