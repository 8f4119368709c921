import type { Finding } from "@fairway/model";

/** Findings whose commands name the cluster at an address, `aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE`, so that they can be pasted. */
export function placed<T extends Pick<Finding, "fix">>(findings: readonly T[], address: string): readonly T[] {
  const [group = "GROUP", cluster = "CLUSTER"] = address.split("/").slice(3, 5);
  return findings.map((finding) => ({
    ...finding,
    fix: finding.fix
      .replaceAll("--resource-group GROUP", `--resource-group ${group}`)
      .replaceAll(/(--cluster-name|--name) CLUSTER/g, `$1 ${cluster}`),
  }));
}
