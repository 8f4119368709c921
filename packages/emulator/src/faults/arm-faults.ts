import { ArmError, type ArmRequest } from "../world/arm/provider.ts";
import { retryAfter } from "../world/arm/retry-after.ts";
import { deprecatedUsage } from "../world/container-service/deprecated-usage.ts";
import type { World } from "../world/world.ts";
import { type Faults, isSame } from "./faults.ts";

/** Called with every call that is about to reach a resource provider. Throws `ArmError` when a fault refuses it. */
export type RefuseCall = (call: ArmCallInFault) => void;

export type ArmCallInFault = Pick<ArmRequest, "method" | "subscription" | "types" | "names" | "body" | "headers"> & {
  readonly namespace: string;
};

export function armFaults(
  faults: Faults,
  world: Pick<World, "clock" | "timeScale">,
  minorOf: (cluster: string) => string | undefined,
): RefuseCall {
  const timedOut = new Set<string>();

  function lock(call: ArmCallInFault): void {
    if (call.method === "GET" || call.method === "HEAD") return;
    const path = pathOf(call);
    const fault = faults
      .active("maintenance-lock")
      .find(({ parameters }) => path.includes(parameters.resource.toLowerCase()));
    if (!fault) return;
    if (!timedOut.has(fault.id)) {
      timedOut.add(fault.id);
      const text = "The gateway did not receive a response from 'Microsoft.App' within the specified time period.";
      throw new ArmError(504, "GatewayTimeout", text);
    }
    const text = `The scope '${path}' cannot perform ${call.method.toLowerCase()} operation because following scope(s) are locked: '${fault.parameters.resource}'. Please remove the lock and try again.`;
    throw new ArmError(409, "ScopeLocked", text);
  }

  function throttle(call: ArmCallInFault): void {
    const fault = faults
      .active("throttled")
      .find(({ parameters: { provider } }) => provider === undefined || isSame(provider, call.namespace));
    if (!fault) return;
    const { code = "SubscriptionRequestsThrottled", retryAfterSeconds = 30 } = fault.parameters;
    const wait = retryAfter(world, retryAfterSeconds, call.headers["user-agent"]);
    const text = `The request is being throttled as the limit has been reached for operation type - '${call.method}' of ${call.namespace}. For more information, see https://aka.ms/arm-throttling`;
    throw new ArmError(429, code, text, { headers: { "retry-after": wait } });
  }

  function cluster(call: ArmCallInFault): void {
    const [name] = call.names;
    if (call.types[0] !== "managedclusters" || call.method !== "PUT" || name === undefined) return;
    const subnet = faults.active("subnet-full").find(({ parameters }) => isSame(parameters.cluster, name));
    if (subnet) {
      const { code = "InsufficientSubnetSize" } = subnet.parameters;
      const text = `Pre-allocated IPs exceed IPs available in Subnet Cidr 10.224.0.0/16, Subnet Name aks-subnet. If Autoscaler is enabled, the max-count from each nodepool is counted towards this total (which means that pre-allocated IPs count represents a theoretical max value, not the actual number of IPs requested). http://aka.ms/aks/insufficientsubnetsize`;
      throw new ArmError(400, code, text);
    }
    const removed = faults.active("removed-api").find(({ parameters }) => isSame(parameters.cluster, name));
    const wanted = upgradeOf(call.body);
    if (removed && call.types.length === 1 && wanted && !wanted.startsWith(`${minorOf(name)}`)) {
      throw deprecatedUsage([{ api: removed.parameters.api, lastAtMs: world.clock.now() }]);
    }
  }

  return (call) => {
    throttle(call);
    lock(call);
    refuseSwitch(faults, call);
    cluster(call);
  };
}

/** The version that a PUT of a cluster asks for, unless it forces the upgrade. */
function upgradeOf(body: unknown): string | undefined {
  const { properties } = (body ?? {}) as { properties?: Record<string, unknown> };
  const { overrideSettings } = (properties?.["upgradeSettings"] ?? {}) as {
    overrideSettings?: Record<string, unknown>;
  };
  const version = properties?.["kubernetesVersion"];
  return overrideSettings?.["forceUpgrade"] === true || typeof version !== "string" ? undefined : version;
}

function pathOf({ types, names }: ArmCallInFault): string {
  return types
    .map((type, index) => (names[index] === undefined ? type : `${type}/${names[index]}`))
    .join("/")
    .toLowerCase();
}

/** Of Traffic Manager, Front Door and API Management. */
const switchTypes = ["trafficmanagerprofiles", "profiles", "service"];

/** Throws 500 while a fault keeps the profile as it is. */
function refuseSwitch(faults: Faults, { method, types, names }: ArmCallInFault): void {
  if (!switchTypes.includes(types[0] ?? "") || method === "GET" || method === "HEAD") return;
  const isMeant = faults.active("switch-refused").some(({ parameters }) => isSame(parameters.profile, names[0] ?? ""));
  if (isMeant) throw new ArmError(500, "InternalServerError", "An error occurred while processing the request.");
}

/** How much later than usual name servers and edges learn of a profile. */
export function switchLagSeconds(faults: Faults): (profile: string) => number {
  return (name) => {
    const lags = faults.active("switch-lag").filter(({ parameters }) => isSame(parameters.profile, name));
    return Math.max(0, ...lags.map(({ parameters }) => parameters.lagSeconds));
  };
}
