import { invalidResourceType, methodNotAllowed } from "../../../world/arm/errors.ts";
import { locationDisplayName, locationName } from "../../../world/arm/locations.ts";
import { ArmError, type ArmRequest, type ArmResponse } from "../../../world/arm/provider.ts";
import { environmentLimit } from "../../../world/container-apps/environment.ts";
import { profileTypes } from "../../../world/container-apps/workload-profiles.ts";
import { usageList } from "./environment-body.ts";
import type { AppProviderOptions } from "./options.ts";

/** What a region offers, costs and has left. */
export function handleLocations(options: AppProviderOptions, request: ArmRequest): ArmResponse {
  const location = locationName(request.names[0] ?? "");
  if (!location) {
    const text = `The provided location '${(request.names[0] ?? "").slice(0, 60)}' is not available for resource type 'Microsoft.App/locations'.`;
    throw new ArmError(400, "LocationNotAvailableForResourceType", text);
  }
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const scope = `/subscriptions/${request.subscription}/providers/Microsoft.App`;
  switch (request.types[1] ?? "") {
    case "availablemanagedenvironmentsworkloadprofiletypes":
      return { status: 200, body: { value: profileTypes.map((profile) => profileBody(profile, scope, location)) } };
    case "availablemanagedenvironmentsmodes":
      return { status: 200, body: { value: environmentModes.map((mode) => modeBody(mode, scope, location)) } };
    case "billingmeters":
      return { status: 200, body: { value: billingMeters.map((meter) => meterBody(meter, scope, location)) } };
    case "usages":
      return { status: 200, body: usageList(locationUsages(options, location)) };
    default:
      throw invalidResourceType(request.types.join("/"), "Microsoft.App", request.apiVersion);
  }
}

function profileBody(profile: (typeof profileTypes)[number], scope: string, location: string): unknown {
  const { name, category, cores, memoryGiB, displayName } = profile;
  return {
    id: `${scope}/availableManagedEnvironmentsWorkloadProfileTypes/${name}`,
    name,
    type: "Microsoft.App/availableManagedEnvironmentsWorkloadProfileTypes",
    location,
    properties: { category, applicability: "LocationDefault", cores, memoryGiB, displayName },
  };
}

/** Source: Container Apps docs, environment types. */
const environmentModes = [
  { name: "WorkloadProfiles", displayName: "Workload profiles", description: "Consumption and dedicated profiles." },
  { name: "ConsumptionOnly", displayName: "Consumption only", description: "Without workload profiles." },
];

function modeBody(
  { name, ...properties }: (typeof environmentModes)[number],
  scope: string,
  location: string,
): unknown {
  const type = "Microsoft.App/locations/availableManagedEnvironmentsModes";
  const id = `${scope}/locations/${location}/availableManagedEnvironmentsModes/${name}`;
  return { id, name, type, location: locationDisplayName(location), properties };
}

/** Source: Microsoft.App REST API, BillingMeters. */
const billingMeters = [
  ["GeneralPurposeDseries", "General purpose D-series", "General Purpose"],
  ["MemoryOptimizedEseries", "Memory optimized E-series", "Memory Optimized"],
  ["ComputeOptimizedFseries", "Compute optimized F-series", "Compute Optimized"],
].flatMap(([prefix, category, title]) =>
  (["CPU", "Memory"] as const).map((meterType) => ({
    name: `${prefix}${meterType}`,
    category,
    meterType,
    displayName: meterType === "CPU" ? `${title} Cores per Second` : `${title} Memory GiB per Second`,
  })),
);

function meterBody(meter: (typeof billingMeters)[number], scope: string, location: string): unknown {
  const { name, ...properties } = meter;
  const id = `${scope}/billingMeters/${name}`;
  return { id, name, type: "Microsoft.App/billingMeters", location: locationDisplayName(location), properties };
}

function locationUsages({ apps }: AppProviderOptions, location: string): Parameters<typeof usageList>[0] {
  const used = apps.environments.list().filter((environment) => environment.location === location).length;
  return [{ name: "ManagedEnvironmentCount", text: "Managed Environment Count", used, limit: environmentLimit }];
}
