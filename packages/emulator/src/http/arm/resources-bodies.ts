import { locations } from "../../world/arm/locations.ts";
import type { ArmProvider } from "../../world/arm/provider.ts";
import type { ResourceGroup } from "../../world/arm/resource-groups.ts";
import type { Listed } from "./list-query.ts";

export function groupBody(group: ResourceGroup): Listed & { readonly properties: unknown } {
  return {
    id: `/subscriptions/${group.subscription}/resourceGroups/${group.name}`,
    name: group.name,
    type: "Microsoft.Resources/resourceGroups",
    location: group.location,
    ...(group.tags ? { tags: group.tags } : {}),
    properties: { provisioningState: group.provisioningState },
  };
}

export function subscriptionBody(subscriptionId: string, tenantId: string): unknown {
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: "RoleBased",
    managedByTenants: [],
    subscriptionId,
    tenantId,
    displayName: "Fairway embedded Azure",
    state: "Enabled",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

export function tenantBody(tenantId: string): unknown {
  return {
    id: `/tenants/${tenantId}`,
    tenantId,
    countryCode: "DE",
    displayName: "Fairway",
    domains: [],
    tenantCategory: "Home",
  };
}

export function locationBody(subscriptionId: string, location: { name: string; displayName: string }): unknown {
  return {
    id: `/subscriptions/${subscriptionId}/locations/${location.name}`,
    name: location.name,
    type: "Region",
    displayName: location.displayName,
    regionalDisplayName: location.displayName,
    metadata: { regionType: "Physical", regionCategory: "Recommended" },
  };
}

/** What roles can be allowed to do: to read, write and delete each type. */
export function operationsOf({ namespace, resourceTypes }: ArmProvider): readonly unknown[] {
  return resourceTypes.flatMap((type) =>
    ["Read", "Write", "Delete"].map((verb) => ({
      name: `${namespace}/${type}/${verb.toLowerCase()}`,
      isDataAction: false,
      display: {
        provider: namespace,
        resource: type,
        operation: `${verb} ${type}`,
        description: `${verb} resources of the type ${namespace}/${type}`,
      },
      origin: "user,system",
    })),
  );
}

export function providerBody(subscriptionId: string, provider: ArmProvider): unknown {
  return {
    id: `/subscriptions/${subscriptionId}/providers/${provider.namespace}`,
    namespace: provider.namespace,
    registrationPolicy: "RegistrationRequired",
    registrationState: "Registered",
    resourceTypes: provider.resourceTypes.map((resourceType) => ({
      resourceType,
      locations: locations.map(({ displayName }) => displayName),
      apiVersions: provider.apiVersions,
      capabilities: "SupportsTags, SupportsLocation",
    })),
  };
}
