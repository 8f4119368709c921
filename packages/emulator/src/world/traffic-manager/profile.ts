/** A profile as its owner described it, with the defaults filled in. */
export interface Profile {
  readonly profileStatus: "Enabled" | "Disabled";
  readonly trafficRoutingMethod: RoutingMethod;
  readonly relativeName: string;
  readonly ttlSeconds: number;
  readonly monitor: Monitor;
  readonly endpoints: readonly Endpoint[];
  readonly trafficViewEnrollmentStatus: string;
  readonly maxReturn: number | null;
  readonly tags: Readonly<Record<string, string>> | undefined;
}

export interface Monitor {
  readonly protocol: string;
  readonly port: number;
  readonly path: string | null;
  readonly intervalInSeconds: number;
  readonly timeoutInSeconds: number;
  readonly toleratedNumberOfFailures: number;
  /** `customHeaders` and `expectedStatusCodeRanges`, as sent. */
  readonly more: Readonly<Record<string, unknown>>;
}

export interface Endpoint {
  readonly kind: EndpointKind;
  readonly name: string;
  readonly target: string | null;
  readonly targetResourceId: string | undefined;
  readonly endpointStatus: "Enabled" | "Disabled";
  readonly weight: number;
  readonly priority: number;
  readonly alwaysServe: "Enabled" | "Disabled";
  /** What other routing methods than ours look at, as sent: `endpointLocation`, `geoMapping`, `subnets` … */
  readonly more: Readonly<Record<string, unknown>>;
}

export const routingMethods = ["Performance", "Priority", "Weighted", "Geographic", "MultiValue", "Subnet"] as const;
export type RoutingMethod = (typeof routingMethods)[number];

export const endpointKinds = ["azureEndpoints", "externalEndpoints", "nestedEndpoints"] as const;
export type EndpointKind = (typeof endpointKinds)[number];
