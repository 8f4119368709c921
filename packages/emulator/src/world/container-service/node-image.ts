import { minorDistance } from "./versions.ts";

const weekMs = 7 * 24 * 3_600_000;
/** A Monday. AKS publishes node images weekly (azure-facts 1.6, NodeImage channel). */
const firstReleaseMs = Date.UTC(2024, 0, 1);

/** The newest image of the region at `nowMs`: `AKSUbuntu-2404gen2containerd-202611.23.0`. */
export function latestNodeImage(nowMs: number, kubernetesVersion: string, osSku: string): string {
  const releaseMs = firstReleaseMs + Math.floor((nowMs - firstReleaseMs) / weekMs) * weekMs;
  const [year = "", month, day] = new Date(releaseMs).toISOString().slice(0, 10).split("-");
  const windows = windowsBuilds[osSku];
  if (windows) return `AKSWindows-${osSku.replace("Windows", "")}-containerd-${windows}.${year.slice(2)}${month}${day}`;
  return `${imageFamily(kubernetesVersion, osSku)}-${year}${month}.${day}.0`;
}

/** Build of Windows Server by SKU, as image names have it; the part after it that counts updates is left out. */
const windowsBuilds: Readonly<Record<string, string>> = {
  Windows2019: "17763",
  Windows2022: "20348",
  Windows2025: "26100",
  WindowsAnnual: "25398",
};

/** Default Ubuntu: 24.04 from Kubernetes 1.35 on, 22.04 before. */
function imageFamily(kubernetesVersion: string, osSku: string): string {
  if (osSku.startsWith("AzureLinux")) return "AKSAzureLinux-V3gen2";
  const older = osSku === "Ubuntu2204" || (osSku !== "Ubuntu2404" && minorDistance(kubernetesVersion, "1.35.0") > 0);
  return older ? "AKSUbuntu-2204gen2containerd" : "AKSUbuntu-2404gen2containerd";
}
