import { type Endpoint, type Profile, TrafficManagerManagementClient } from "@azure/arm-trafficmanager";
import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import { type Clock, isSameSplit, type OperationContext, runOperation, type Switcher, splitText } from "@fairway/core";
import { checkSplit, distribute, FairwayError, type TrafficWeights } from "@fairway/model";
import { fromAzure } from "./azure-errors.ts";

export interface TrafficManagerOptions {
  /** `tm://SUBSCRIPTION/GROUP/PROFILE`. */
  readonly address: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly profile: string;
  /** Address of the cluster behind an endpoint, by name of the endpoint. */
  readonly routes: Readonly<Record<string, string>>;
  readonly credential: TokenCredential;
  readonly clock: Clock;
  readonly arm?: {
    /** Default: the public cloud. */
    readonly endpoint?: string;
    /** PEM of the authority that signed the endpoint's certificate, when it is not a public one. */
    readonly caCertificate?: string;
    /** How requests travel. Default: over HTTPS. */
    readonly httpClient?: HttpClient;
  };
}

/** A change reaches all name servers of Traffic Manager within a minute (Traffic Manager docs, routing methods). */
const propagationMs = 60_000;

/**
 * Weights of the endpoints of a Traffic Manager profile with weighted routing. It decides per DNS answer: a caller stays
 * where it was sent until its resolver asks again. An endpoint at 0 % is disabled, since a weight is at least 1. Rejects
 * with `target-not-found`, and with `target-invalid` when the profile routes in another way.
 */
export async function createTrafficManager(options: TrafficManagerOptions): Promise<Switcher> {
  const { address, resourceGroup, profile: name, routes, clock } = options;
  const client = clientOf(options);
  const subject = `Traffic Manager profile ${name} in resource group ${resourceGroup}`;

  async function request<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw fromAzure(error, subject);
    }
  }
  const read = () => request(() => client.profiles.get(resourceGroup, name));
  const routeOf = ({ name: endpoint = "" }: Endpoint): string => routes[endpoint] ?? endpoint;

  async function switchTo(wanted: TrafficWeights, running: OperationContext): Promise<TrafficWeights> {
    const profile = await read();
    const endpoints = profile.endpoints ?? [];
    const split = checkSplit(wanted, endpoints.map(routeOf));
    refuseDegraded(endpoints, split);
    if (!isSameSplit(weightsOf(endpoints, routeOf), split)) {
      running.report(`Writing the weights: ${splitText(split)}`);
      await request(() => client.profiles.createOrUpdate(resourceGroup, name, withWeights(profile, split)));
    }
    const waitMs = convergenceOf(profile);
    running.report(`Waiting ${waitMs / 1_000} s until name servers and resolvers follow`);
    await clock.sleep(waitMs, running.signal);
    refuseDegraded((await read()).endpoints ?? [], split);
    return split;
  }

  function refuseDegraded(endpoints: readonly Endpoint[], split: TrafficWeights): void {
    const ill = endpoints.find((one) => (split[routeOf(one)] ?? 0) > 0 && one.endpointMonitorStatus === "Degraded");
    if (!ill) return;
    throw new FairwayError("conflict", `${subject}: the endpoint ${ill.name} is degraded, so nobody is sent there.`, {
      hint: "Its probes fail. Look at the ingress of the cluster and at the probe's port and path, then repeat.",
    });
  }

  function withWeights(profile: Profile, split: TrafficWeights): Profile {
    const { monitorConfig: { profileMonitorStatus: _told, ...monitorConfig } = {}, ...rest } = profile;
    const endpoints = (profile.endpoints ?? []).map(({ endpointMonitorStatus: _seen, ...endpoint }) => {
      const weight = split[routeOf(endpoint)] ?? 0;
      return weight === 0
        ? { ...endpoint, endpointStatus: "Disabled" }
        : { ...endpoint, endpointStatus: "Enabled", weight };
    });
    return { ...rest, monitorConfig, endpoints };
  }

  const first = await read();
  refuseOtherRouting(first, subject);
  return {
    address,
    traits: {
      decidesPer: "dns-answer",
      smallestStep: 1,
      convergenceMs: convergenceOf(first),
      affinity: "dns-cache",
    },
    weights: async () => weightsOf((await read()).endpoints ?? [], routeOf),
    switchTo: (weights) =>
      runOperation({ target: address, call: "switchTo", arguments: [weights], clock }, (running) =>
        switchTo(weights, running),
      ),
  };
}

function clientOf({ credential, subscriptionId, arm = {} }: TrafficManagerOptions): TrafficManagerManagementClient {
  const { endpoint, caCertificate, httpClient } = arm;
  return new TrafficManagerManagementClient(credential, subscriptionId, {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(caCertificate === undefined ? {} : { tlsOptions: { ca: caCertificate } }),
    ...(httpClient === undefined ? {} : { httpClient }),
  });
}

/** Percent, from weights of 1 to 1000 each. */
function weightsOf(endpoints: readonly Endpoint[], routeOf: (endpoint: Endpoint) => string): TrafficWeights {
  const shares = endpoints.map((endpoint): [string, number] => [
    routeOf(endpoint),
    endpoint.endpointStatus === "Disabled" ? 0 : (endpoint.weight ?? 1),
  ]);
  return distribute(100, Object.fromEntries(shares));
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
