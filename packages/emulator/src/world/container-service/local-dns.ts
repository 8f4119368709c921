import { refusal } from "./errors.ts";
import { RequestBody } from "./request-body.ts";
import type { PoolProperties } from "./state.ts";

/**
 * `localDNSProfile` of a pool, filled in. Zones that are left out are as they were, or the usual ones if neither group of
 * them is given (AKS docs, LocalDNS; recorded). Throws `ArmError` on a bad one.
 */
export function localDnsProfile(
  body: RequestBody,
  existing: PoolProperties | undefined,
): { localDNSProfile?: Record<string, unknown> } {
  const sent = body.object("localDNSProfile");
  if (!sent) return {};
  const mode = modeOf(sent);
  const before = new RequestBody(existing?.["localDNSProfile"] ?? {});
  const [vnet, kube] = groups.map((name) => (sent.object(name) ?? before.object(name))?.sent());
  const state = mode === "Disabled" ? "Disabled" : "Enabled";
  if (!vnet && !kube)
    return { localDNSProfile: { mode, state, vnetDNSOverrides: usual, kubeDNSOverrides: usualOfPods } };
  checkZones("vnetDNSOverrides", vnet);
  checkZones("kubeDNSOverrides", kube);
  return { localDNSProfile: { mode, state, vnetDNSOverrides: vnet, kubeDNSOverrides: kube } };
}

const groups = ["vnetDNSOverrides", "kubeDNSOverrides"] as const;
const modes = ["Preferred", "Required", "Disabled"];

function modeOf(sent: RequestBody): string {
  const text = sent.text("mode");
  const mode = modes.find((known) => known.toLowerCase() === text?.toLowerCase());
  if (mode) return mode;
  const value = text === undefined ? "Unspecified" : "Invalid";
  throw invalid("mode", `value ${value} is not allowed. Only Preferred, Required and Disabled are allowed.`);
}

function checkZones(group: (typeof groups)[number], zones: Record<string, unknown> | undefined): void {
  const name = `${group.charAt(0).toUpperCase()}${group.slice(1)}`;
  if (!zones) throw invalid(group, `${name} must not be nil.`);
  for (const zone of [".", "cluster.local"]) {
    if (!(zone in zones)) throw invalid(group, `zone '"${zone}"' is required in ${name}.`);
  }
}

function invalid(field: string, why: string): Error {
  const target = `localDNSProfile.${field}`;
  return refusal(400, "InvalidParameter", `The value of parameter ${target} is invalid. Error details: ${why}`, {
    target,
  });
}

const zone = {
  queryLogging: "Error",
  protocol: "PreferUDP",
  forwardPolicy: "Sequential",
  maxConcurrent: 1_000,
  cacheDurationInSeconds: 3_600,
  serveStaleDurationInSeconds: 3_600,
  serveStale: "Immediate",
};
const clusterZone = { ...zone, protocol: "ForceTCP", forwardDestination: "ClusterCoreDNS" };
const usual = { ".": { ...zone, forwardDestination: "VnetDNS" }, "cluster.local": clusterZone };
const usualOfPods = { ".": { ...zone, forwardDestination: "ClusterCoreDNS" }, "cluster.local": clusterZone };
