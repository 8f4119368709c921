import { locationDisplayName } from "../../../world/arm/locations.ts";
import { addressKey, coreLimit, type Environment, environmentId } from "../../../world/container-apps/environment.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import { readWorkloadProfiles } from "../../../world/container-apps/workload-profiles.ts";
import type { World } from "../../../world/world.ts";
import type { BodyContext } from "./app-body.ts";
import { certificateProperties } from "./child-body.ts";
import { identityBody, systemData } from "./shared-bodies.ts";
import { appInsightsBody, telemetryBody } from "./telemetry-body.ts";

/** What Microsoft.App ran in August 2026. Source: azure-facts 4.11. */
const versions = { dapr: "1.16.4-msft.1", keda: "2.18.1" };

/** Unset fields are null. Source: wire facts, managedEnvironments. */
export function environmentBody(environment: Environment, world: World, context: BodyContext): Json {
  const { address, content } = environment;
  const id = environmentId(environment);
  const identity = identityBody(world, id, objectOf(content, "identity"), context.tenantId);
  return {
    id,
    name: address.name,
    type: "Microsoft.App/managedEnvironments",
    location: locationDisplayName(environment.location),
    tags: objectOf(content, "tags") ?? {},
    systemData: systemData(environment.createdAtMs, environment.modifiedAtMs),
    properties: {
      ...defaults(environment, context),
      ...sentProperties(environment, world),
      workloadProfiles: profilesBody(objectOf(content, "properties") ?? {}),
      provisioningState: environment.provisioningState,
    },
    ...(identity ? { identity } : {}),
  };
}

/** An environment that was made without profiles has none. */
function profilesBody(properties: Json): unknown {
  const { workloadProfiles: sent } = properties;
  return Array.isArray(sent) && sent.length > 0 ? readWorkloadProfiles(properties) : null;
}

/** Members that the service keeps to itself or writes itself, whatever was sent. */
const readOnly = [
  "provisioningState",
  "defaultDomain",
  "staticIp",
  "eventStreamEndpoint",
  "kedaConfiguration",
  "daprConfiguration",
  "daprAIInstrumentationKey",
  "daprAIConnectionString",
];

function sentProperties(environment: Environment, world: World): Json {
  const members = Object.entries(objectOf(environment.content, "properties") ?? {});
  const shown = members.filter(([name, value]) => value !== null && !readOnly.includes(name));
  return Object.fromEntries(shown.map(([name, value]) => [name, sentProperty(environment, world, name, value)]));
}

function sentProperty(environment: Environment, world: World, name: string, value: unknown): unknown {
  if (!isJson(value)) return value;
  switch (name) {
    case "appLogsConfiguration":
      return logs(value);
    case "customDomainConfiguration":
      return sentDomain(environment, world, value);
    case "openTelemetryConfiguration":
      return telemetryBody(value);
    case "appInsightsConfiguration":
      return appInsightsBody(value);
    case "ingressConfiguration":
      return { terminationGracePeriodSeconds: null, headerCountLimit: null, requestIdleTimeout: null, ...value };
    case "vnetConfiguration":
      return { ...network, ...value };
    default:
      return value;
  }
}

/** The certificate and its password are never shown; what the certificate says of itself is. */
function sentDomain(environment: Environment, world: World, sent: Json): Json {
  const { address, createdAtMs } = environment;
  const shown = { ...customDomain(environment), ...sent, certificateValue: null, certificatePassword: null };
  if (sent["certificateValue"] == null) return shown;
  const owner = { id: `${addressKey(address)}/suffix`, name: String(sent["dnsSuffix"]), createdAtMs };
  const facts = certificateProperties(world, owner, { value: sent["certificateValue"] });
  const { subjectName, expirationDate, thumbprint } = facts;
  return { ...shown, subjectName, expirationDate, thumbprint };
}

const network = {
  internal: false,
  infrastructureSubnetId: null,
  dockerBridgeCidr: null,
  platformReservedCidr: null,
  platformReservedDnsIP: null,
};

function customDomain({ verificationId }: Environment): Json {
  return {
    customDomainVerificationId: verificationId,
    dnsSuffix: null,
    certificateKeyVaultProperties: null,
    certificateValue: null,
    certificatePassword: null,
    thumbprint: null,
    subjectName: null,
    expirationDate: null,
  };
}

function defaults(environment: Environment, { baseUrl }: BodyContext): Json {
  const { subscription, resourceGroup, name } = environment.address;
  return {
    daprAIInstrumentationKey: null,
    daprAIConnectionString: null,
    vnetConfiguration: null,
    defaultDomain: environment.defaultDomain,
    staticIp: environment.staticIp,
    appLogsConfiguration: { destination: null, logAnalyticsConfiguration: null },
    openTelemetryConfiguration: null,
    zoneRedundant: false,
    availabilityZones: null,
    kedaConfiguration: { version: versions.keda },
    daprConfiguration: { version: versions.dapr },
    eventStreamEndpoint: `${baseUrl}/subscriptions/${subscription}/resourceGroups/${resourceGroup}/managedEnvironments/${name}/eventstream`,
    customDomainConfiguration: customDomain(environment),
    appInsightsConfiguration: null,
    infrastructureResourceGroup: infrastructureGroup(environment),
    peerAuthentication: { mtls: { enabled: false } },
    peerTrafficConfiguration: { encryption: { enabled: false } },
    publicNetworkAccess: isInternal(environment) ? "Disabled" : "Enabled",
    ingressConfiguration: null,
    diskEncryptionConfiguration: null,
  };
}

function isInternal({ content }: Environment): boolean {
  return objectOf(objectOf(content, "properties") ?? {}, "vnetConfiguration")?.["internal"] === true;
}

/** An environment in a network of one's own has a group for its load balancer. */
function infrastructureGroup({ address, location, content }: Environment): string | null {
  const isInNetwork = objectOf(objectOf(content, "properties") ?? {}, "vnetConfiguration") !== undefined;
  return isInNetwork ? `ME_${address.name}_${address.resourceGroup}_${location}` : null;
}

/** The key of the workspace is never shown. */
function logs(value: unknown): unknown {
  if (!isJson(value)) return value;
  const analytics = objectOf(value, "logAnalyticsConfiguration");
  return {
    destination: value["destination"] ?? null,
    logAnalyticsConfiguration: analytics
      ? {
          customerId: analytics["customerId"] ?? null,
          sharedKey: null,
          dynamicJsonColumns: analytics["dynamicJsonColumns"] ?? false,
        }
      : null,
  };
}

export function usagesBody(coresInUse: number): Json {
  return usageList([
    usage("GeneralPurpose", "General Purpose", 0, 500),
    usage("MemoryOptimized", "Memory Optimized", 0, 500),
    usage("ComputeOptimized", "Compute Optimized", 0, 50),
    usage("Consumption", "Consumption", coresInUse, coreLimit),
    usage("ConfidentialGeneralPurpose", "Confidential General Purpose", 0, 50),
    usage("ConfidentialMemoryOptimized", "Confidential Memory Optimized", 0, 50),
  ]);
}

interface Usage {
  readonly name: string;
  readonly text: string;
  readonly used: number;
  readonly limit: number;
}

function usage(name: string, text: string, used: number, limit: number): Usage {
  return { name: `ManagedEnvironment${name}Cores`, text: `Managed Environment ${text} Cores`, used, limit };
}

export function usageList(usages: readonly Usage[]): Json {
  return {
    value: usages.map(({ name, text, used, limit }) => ({
      name: { value: name, localizedValue: text },
      unit: "Count",
      currentValue: used,
      usage: used,
      limit,
    })),
  };
}

/** Nodes of a dedicated profile are at its minimum: nothing here is placed on them. */
export function workloadProfileStatesBody(environment: Environment): Json {
  const profiles = readWorkloadProfiles(objectOf(environment.content, "properties") ?? {});
  return {
    value: profiles.map(({ name, workloadProfileType, enableFips, minimumCount, maximumCount }) => ({
      id: `${environmentId(environment)}/workloadProfileStates/${name}`,
      name,
      type: workloadProfileType,
      properties: {
        name,
        workloadProfileType,
        enableFips,
        ...(minimumCount === undefined ? {} : { minimumCount, currentCount: minimumCount }),
        ...(maximumCount === undefined ? {} : { maximumCount }),
      },
    })),
  };
}

function objectOf(value: Json, name: string): Json | undefined {
  const member = value[name];
  return isJson(member) ? member : undefined;
}
