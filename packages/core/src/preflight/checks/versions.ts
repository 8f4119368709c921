import type { Finding } from "@fairway/model";
import { byVersion, isAt, isVersion, minorsBetween } from "../../versions.ts";
import { type ClusterCheck, subjectOf } from "../check.ts";
import { removalOf } from "../removed-apis.ts";

/** FW001: AKS goes one minor version at a time and never back; a pool lags by three minors at most (AKS docs, supported versions). */
export const checkVersion: ClusterCheck = (facts, { version, pools }) => {
  const reachable = facts.reachable.some((one) => isAt(one, version)) || isAt(facts.version, version);
  const choice =
    facts.reachable.length > 0 ? `can go to ${facts.reachable.join(", ")}` : "has no newer version to go to";
  const wrong = reachable
    ? undefined
    : `the cluster is at ${facts.version} and ${choice}: ${whyNot(facts.version, version)}`;
  const findings: Finding[] =
    wrong === undefined ? [] : [required(`version ${version}`, wrong, "Choose a version of `fairway upgrade`.")];
  const left = facts.pools.filter(({ name }) => !pools.includes(name));
  for (const pool of left.filter((one) => minorsBetween(one.version, version) > maxSkewMinors)) {
    const evidence = `it stays at ${pool.version}, more than ${maxSkewMinors} minor versions behind ${version}`;
    findings.push(
      required(
        `node pool ${pool.name}`,
        evidence,
        `Upgrade it first: fairway upgrade run --to ${facts.version} --pool ${pool.name}`,
      ),
    );
  }
  return findings;
};

const maxSkewMinors = 3;

function whyNot(from: string, to: string): string {
  if (!isVersion(to)) return "that is no Kubernetes version";
  if (byVersion(to, from) < 0) return "never back";
  return minorsBetween(from, to) > 1 ? "no minor version is skipped" : "AKS has no such version";
}

function required(subject: string, evidence: string, fix: string): Finding {
  return { code: "FW001", severity: "required", subject, evidence, fix };
}

/** FW002: whoever wrote an object through an API that is no longer served cannot write it again. */
export const checkRemovedApis: ClusterCheck = ({ writes, version: current }, { version }) =>
  writes.flatMap((write): readonly Finding[] => {
    const removedIn = removalOf(write.apiVersion, write.kind);
    if (removedIn === undefined || minorsBetween(removedIn, version) < 0) return [];
    const isNew = minorsBetween(removedIn, current) < 0;
    return [
      {
        code: "FW002",
        severity: isNew ? "required" : "recommended",
        subject: write.namespace === "" ? `${write.kind} ${write.name}` : subjectOf(write),
        evidence: `${write.by} wrote it as ${write.apiVersion}, which ${removedIn} ${isNew ? "removes" : "has removed"}: its next deployment fails`,
        fix: `Change apiVersion in its manifest or chart: kubectl explain ${write.kind.toLowerCase()} shows the one that is served.`,
      },
    ];
  });

/** FW003: AKS refuses the upgrade when it was called in the last 12 hours (AKS docs, stop upgrades on breaking API changes). */
export const checkDeprecatedCalls: ClusterCheck = ({ deprecatedCalls = [], version: current }, { version }) =>
  deprecatedCalls
    .filter(({ removedIn }) => minorsBetween(removedIn, version) >= 0 && minorsBetween(removedIn, current) < 0)
    .map(({ apiVersion, resource, removedIn }) => ({
      code: "FW003",
      severity: "required",
      subject: `API ${resource} ${apiVersion}`,
      evidence: `somebody has called it since the API server started, and ${removedIn} removes it`,
      fix: "Find who calls it (the audit log has the user agents, and so has the error of AKS), give them a newer version, and wait 12 hours. Or ignore FW003 when nobody has for that long.",
    }));

/** FW033: deprecated in 1.35, removed in 1.36 (Kubernetes docs, virtual IPs and service proxies). */
export const checkKubeProxy: ClusterCheck = ({ settings }, { version }) => {
  if (settings.kubeProxyMode.toUpperCase() !== "IPVS" || minorsBetween("1.35", version) < 0) return [];
  const isRemoved = minorsBetween("1.36", version) >= 0;
  return [
    {
      code: "FW033",
      severity: isRemoved ? "required" : "recommended",
      subject: "kube-proxy",
      evidence: `mode IPVS is ${isRemoved ? "removed" : "deprecated"} in ${version}`,
      fix: "Set networkProfile.kubeProxyConfig.mode to IPTABLES or NFTABLES and watch the services before you upgrade.",
    },
  ];
};

/** FW031: images that a target version no longer has (AKS docs, node images and their retirement). */
export const checkOsImages: ClusterCheck = ({ pools }, upgrade) =>
  pools
    .filter(({ name }) => upgrade.pools.includes(name))
    .flatMap((pool): readonly Finding[] => {
      const retired = retirements.find(({ matches }) => matches.test(pool.osSku) || matches.test(pool.nodeImage));
      if (!retired || minorsBetween(retired.since, upgrade.version) < 0) return [];
      return [
        {
          code: "FW031",
          severity: "required",
          subject: `node pool ${pool.name}`,
          evidence: `it runs ${pool.osSku || pool.nodeImage}, which AKS does not offer for ${upgrade.version}`,
          fix: `Make a pool with ${retired.instead}, move the workloads, delete ${pool.name}.`,
        },
      ];
    });

const retirements = [
  { matches: /^Windows2019$/i, since: "1.33", instead: "--os-sku Windows2022" },
  { matches: /^AKSUbuntu-1804/i, since: "1.25", instead: "--os-sku Ubuntu" },
  { matches: /^(AzureLinux-V2|AKSAzureLinux-V2|CBLMariner|Mariner)/i, since: "1.32", instead: "--os-sku AzureLinux3" },
] as const;
