import { type Endpoint, type Profile, TrafficManagerManagementClient } from "@azure/arm-trafficmanager";
import type { Switcher } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { clientOptions, type InGroup, type SwitcherOptions } from "./options.ts";
import { createSwitcher, type Divider, type Percent } from "./switcher.ts";

export interface TrafficManagerAddress extends InGroup {
  readonly scheme: "tm";
  readonly profile: string;
}

const endpointKinds = ["AzureEndpoints", "ExternalEndpoints", "NestedEndpoints"] as const;

/** A change reaches all name servers of Traffic Manager within a minute (Traffic Manager docs, routing methods). */
const propagationMs = 60_000;

/**
 * Weights of the endpoints of a Traffic Manager profile with weighted routing. It decides per DNS answer: a caller stays
 * where it was sent until its resolver asks again. An endpoint at 0 % is disabled, since a weight is at least 1. The
 * service has no ETags: of two writers at once the last one wins. Rejects with `target-not-found`, and with
 * `target-invalid` when the profile routes in another way.
 */
export function createTrafficManager(place: TrafficManagerAddress, options: SwitcherOptions): Promise<Switcher> {
  return createSwitcher(options, dividerOf(place, options));
}

function dividerOf(
  { subscriptionId, resourceGroup, profile }: TrafficManagerAddress,
  options: SwitcherOptions,
): Divider<Profile> {
  const client = new TrafficManagerManagementClient(options.credential, subscriptionId, clientOptions(options));
  const subject = `Traffic Manager profile ${profile} in resource group ${resourceGroup}`;
  return {
    subject,
    noun: "endpoint",
    async read() {
      const found = await client.profiles.get(resourceGroup, profile);
      refuseOtherRouting(found, subject);
      return found;
    },
    routes: ({ endpoints = [] }) =>
      endpoints.map(({ name = "", endpointStatus, weight = 1 }) => ({
        name,
        weight: endpointStatus === "Disabled" ? 0 : weight,
      })),
    traits: (found) => ({
      decidesPer: "dns-answer",
      smallestStep: 1,
      convergenceMs: convergenceOf(found),
      affinity: "dns-cache",
    }),
    check: (found, percent) => refuseDegraded(found, percent, subject),
    async write(found, percent) {
      await client.profiles.createOrUpdate(resourceGroup, profile, withWeights(found, percent));
      return convergenceOf(found);
    },
    async add(_, name, host) {
      const endpoint: Endpoint = { target: host, endpointStatus: "Disabled", weight: 1 };
      await client.endpoints.createOrUpdate(resourceGroup, profile, "ExternalEndpoints", name, endpoint);
    },
    async remove({ endpoints = [] }, name) {
      const { type = "" } = endpoints.find((one) => one.name === name) ?? {};
      const kind = endpointKinds.find((one) => type.toLowerCase().endsWith(one.toLowerCase())) ?? "ExternalEndpoints";
      await client.endpoints.delete(resourceGroup, profile, kind, name);
    },
  };
}

function withWeights(profile: Profile, percent: Percent): Profile {
  const { monitorConfig: { profileMonitorStatus: _told, ...monitorConfig } = {}, ...rest } = profile;
  const endpoints = (profile.endpoints ?? []).map(({ endpointMonitorStatus: _seen, ...endpoint }) => {
    const weight = percent[endpoint.name ?? ""] ?? 0;
    return weight === 0
      ? { ...endpoint, endpointStatus: "Disabled" }
      : { ...endpoint, endpointStatus: "Enabled", weight };
  });
  return { ...rest, monitorConfig, endpoints };
}

function refuseDegraded({ endpoints = [] }: Profile, percent: Percent, subject: string): void {
  const ill = endpoints.find((one) => (percent[one.name ?? ""] ?? 0) > 0 && one.endpointMonitorStatus === "Degraded");
  if (!ill) return;
  const text = `${subject}: the endpoint ${ill.name} is degraded, so nobody is sent there.`;
  throw new FairwayError("conflict", text, {
    hint: "Its probes fail. Look at the ingress of the cluster and at the probe's port and path, then repeat.",
  });
}

function convergenceOf({ dnsConfig }: Profile): number {
  return propagationMs + (dnsConfig?.ttl ?? 0) * 1_000;
}

function refuseOtherRouting({ trafficRoutingMethod, profileStatus }: Profile, subject: string): void {
  if (profileStatus === "Disabled") {
    throw new FairwayError("target-invalid", `${subject} is disabled: it sends nobody anywhere.`, {
      hint: "Enable it: az network traffic-manager profile update --status Enabled.",
    });
  }
  if (trafficRoutingMethod === "Weighted") return;
  throw new FairwayError("target-invalid", `${subject} routes by ${trafficRoutingMethod}, not by weights.`, {
    hint: "Set its routing method to Weighted, or name a profile that has it.",
  });
}
