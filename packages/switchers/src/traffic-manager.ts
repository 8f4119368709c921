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

const endpointKinds = ["AzureEndpoints", "ExternalEndpoints", "NestedEndpoints"] as const;

/** A change reaches all name servers of Traffic Manager within a minute (Traffic Manager docs, routing methods). */
const propagationMs = 60_000;

/**
 * Weights of the endpoints of a Traffic Manager profile with weighted routing. It decides per DNS answer: a caller stays
 * where it was sent until its resolver asks again. An endpoint at 0 % is disabled, since a weight is at least 1. Rejects
 * with `target-not-found`, and with `target-invalid` when the profile routes in another way.
 */
export async function createTrafficManager(options: TrafficManagerOptions): Promise<Switcher> {
  const profile = new WeightedProfile(options);
  const first = await profile.read();
  refuseOtherRouting(first, profile.subject);
  const { address, clock } = options;
  function operation<T>(call: string, args: readonly unknown[], work: (running: OperationContext) => Promise<T>) {
    return runOperation({ target: address, call, arguments: args, clock }, work);
  }
  return {
    address,
    traits: {
      decidesPer: "dns-answer",
      smallestStep: 1,
      convergenceMs: convergenceOf(first),
      affinity: "dns-cache",
    },
    weights: () => profile.weights(),
    switchTo: (weights) => operation("switchTo", [weights], (running) => profile.switchTo(weights, running)),
    addRoute: (cluster, host) => operation("addRoute", [cluster, host], () => profile.addRoute(cluster, host)),
    removeRoute: (cluster) => operation("removeRoute", [cluster], () => profile.removeRoute(cluster)),
  };
}

class WeightedProfile {
  readonly subject: string;
  readonly #options: TrafficManagerOptions;
  readonly #client: TrafficManagerManagementClient;

  constructor(options: TrafficManagerOptions) {
    const { profile, resourceGroup } = options;
    this.#options = options;
    this.#client = clientOf(options);
    this.subject = `Traffic Manager profile ${profile} in resource group ${resourceGroup}`;
  }

  read(): Promise<Profile> {
    const { profile, resourceGroup } = this.#options;
    return this.#request(() => this.#client.profiles.get(resourceGroup, profile));
  }

  /** Percent, from weights of 1 to 1000 each. */
  async weights(): Promise<TrafficWeights> {
    return this.#weightsOf(await this.#endpoints());
  }

  async switchTo(wanted: TrafficWeights, running: OperationContext): Promise<TrafficWeights> {
    const described = await this.read();
    const endpoints = described.endpoints ?? [];
    const split = checkSplit(
      wanted,
      endpoints.map((endpoint) => this.#routeOf(endpoint)),
    );
    this.#refuseDegraded(endpoints, split);
    if (!isSameSplit(this.#weightsOf(endpoints), split)) {
      running.report(`Writing the weights: ${splitText(split)}`);
      const { profile, resourceGroup } = this.#options;
      const desired = this.#withWeights(described, split);
      await this.#request(() => this.#client.profiles.createOrUpdate(resourceGroup, profile, desired));
    }
    const waitMs = convergenceOf(described);
    running.report(`Waiting ${waitMs / 1_000} s until name servers and resolvers follow`);
    await this.#options.clock.sleep(waitMs, running.signal);
    this.#refuseDegraded(await this.#endpoints(), split);
    return split;
  }

  async addRoute(cluster: string, host: string): Promise<void> {
    if ((await this.#endpoints()).some((endpoint) => this.#routeOf(endpoint) === cluster)) return;
    const { profile, resourceGroup, routes } = this.#options;
    const [named] = Object.entries(routes).find(([, target]) => target === cluster) ?? [];
    const name = named ?? cluster.split("/").at(-1) ?? "";
    const endpoint: Endpoint = { target: host, endpointStatus: "Disabled", weight: 1 };
    await this.#request(() =>
      this.#client.endpoints.createOrUpdate(resourceGroup, profile, "ExternalEndpoints", name, endpoint),
    );
  }

  async removeRoute(cluster: string): Promise<void> {
    const endpoint = (await this.#endpoints()).find((one) => this.#routeOf(one) === cluster);
    if (!endpoint) return;
    const { name = "", type = "", endpointStatus } = endpoint;
    if (endpointStatus !== "Disabled") {
      throw new FairwayError("conflict", `${this.subject}: the endpoint ${name} has traffic.`, {
        hint: "Move its traffic away first.",
      });
    }
    const { profile, resourceGroup } = this.#options;
    const kind = endpointKinds.find((one) => type.toLowerCase().endsWith(one.toLowerCase())) ?? "ExternalEndpoints";
    await this.#request(() => this.#client.endpoints.delete(resourceGroup, profile, kind, name));
  }

  async #endpoints(): Promise<readonly Endpoint[]> {
    return (await this.read()).endpoints ?? [];
  }

  async #request<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw fromAzure(error, this.subject);
    }
  }

  #routeOf({ name = "" }: Endpoint): string {
    return this.#options.routes[name] ?? name;
  }

  #weightsOf(endpoints: readonly Endpoint[]): TrafficWeights {
    const shares = endpoints.map((endpoint): [string, number] => [
      this.#routeOf(endpoint),
      endpoint.endpointStatus === "Disabled" ? 0 : (endpoint.weight ?? 1),
    ]);
    return distribute(100, Object.fromEntries(shares));
  }

  #withWeights(profile: Profile, split: TrafficWeights): Profile {
    const { monitorConfig: { profileMonitorStatus: _told, ...monitorConfig } = {}, ...rest } = profile;
    const endpoints = (profile.endpoints ?? []).map(({ endpointMonitorStatus: _seen, ...endpoint }) => {
      const weight = split[this.#routeOf(endpoint)] ?? 0;
      return weight === 0
        ? { ...endpoint, endpointStatus: "Disabled" }
        : { ...endpoint, endpointStatus: "Enabled", weight };
    });
    return { ...rest, monitorConfig, endpoints };
  }

  #refuseDegraded(endpoints: readonly Endpoint[], split: TrafficWeights): void {
    const ill = endpoints.find(
      (one) => (split[this.#routeOf(one)] ?? 0) > 0 && one.endpointMonitorStatus === "Degraded",
    );
    if (!ill) return;
    const text = `${this.subject}: the endpoint ${ill.name} is degraded, so nobody is sent there.`;
    throw new FairwayError("conflict", text, {
      hint: "Its probes fail. Look at the ingress of the cluster and at the probe's port and path, then repeat.",
    });
  }
}

function clientOf({ credential, subscriptionId, arm = {} }: TrafficManagerOptions): TrafficManagerManagementClient {
  const { endpoint, caCertificate, httpClient } = arm;
  return new TrafficManagerManagementClient(credential, subscriptionId, {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(caCertificate === undefined ? {} : { tlsOptions: { ca: caCertificate } }),
    ...(httpClient === undefined ? {} : { httpClient }),
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
