import type { JsonRecord } from "./json.ts";

/** The answer of `/version`, for a control plane of `major.minor.patch`. */
export function versionInfo(kubernetesVersion: string): JsonRecord {
  const [major = "1", minor = "0"] = kubernetesVersion.split(".");
  return {
    major,
    minor,
    gitVersion: `v${kubernetesVersion}`,
    gitCommit: "0000000000000000000000000000000000000000",
    gitTreeState: "clean",
    buildDate: "2026-01-01T00:00:00Z",
    goVersion: "go1.25.0",
    compiler: "gc",
    platform: "linux/amd64",
  };
}
