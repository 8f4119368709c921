import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { Clock } from "@fairway/core";

export interface SwitcherOptions {
  /** As a plan writes it down. */
  readonly address: string;
  /** Address of the cluster behind a route, by the switcher's own name of the route. */
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

/** What stands in a resource group. */
export interface InGroup {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** Of any client of Azure Resource Manager. */
export function clientOptions({ arm = {} }: Pick<SwitcherOptions, "arm">) {
  const { endpoint, caCertificate, httpClient } = arm;
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(caCertificate === undefined ? {} : { tlsOptions: { ca: caCertificate } }),
    ...(httpClient === undefined ? {} : { httpClient }),
  };
}
