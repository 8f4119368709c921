import type { Kept } from "../../../controllers/container-app-kept.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import { withoutNulls } from "./child-body.ts";
import { offsetTime } from "./shared-bodies.ts";

export function isCustomPool(properties: Json): boolean {
  return properties["containerType"] === "CustomContainer";
}

/** The properties of a pool, of containers of one's own or of those that run code that is given them. Source: recorded bodies. */
export function sessionPool({ address, location, state, content, modifiedAtMs }: Kept, properties: Json): Json {
  const isCustom = isCustomPool(properties);
  const { subscription, resourceGroup, names } = address;
  const name = names[0] ?? "";
  const { secrets, managedIdentitySettings: _settings, ...rest } = sentPool(properties, isCustom);
  const host = `${location}.dynamicsessions.io`;
  return {
    environmentId: null,
    managedIdentitySettings: isCustom || content["identity"] !== undefined ? identitySettings(properties) : null,
    ...(isCustom ? { mcpServerSettings: null } : {}),
    sessionNetworkConfiguration: { status: "EgressDisabled" },
    ...rest,
    ...(Array.isArray(secrets)
      ? { secrets: (secrets as readonly Json[]).map((secret) => ({ name: secret["name"] })) }
      : {}),
    poolManagementEndpoint: isCustom
      ? `https://${name}.${host.replace("dynamicsessions", "azurecontainerapps")}`
      : `https://${host}/subscriptions/${subscription}/resourceGroups/${resourceGroup}/sessionPools/${name}`,
    provisioningState: state,
    ...(isCustom && state === "Succeeded"
      ? { nodeCount: 1, templateUpdateStatus: updateStatus(rest, modifiedAtMs) }
      : {}),
  };
}

/** Unset members are left out, but for the credentials of a registry; how many sessions wait is shown of one's own only. */
function sentPool(properties: Json, isCustom: boolean): Json {
  const template = objectOf(properties, "customContainerTemplate");
  const dynamic = objectOf(properties, "dynamicPoolConfiguration");
  const scale = withoutNulls(objectOf(properties, "scaleConfiguration") ?? {});
  const { readySessionInstances: _ready, ...others } = scale;
  return {
    ...withoutNulls(properties),
    ...(properties["scaleConfiguration"] == null ? {} : { scaleConfiguration: isCustom ? scale : others }),
    ...(template ? { customContainerTemplate: shownTemplate(template) } : {}),
    ...(dynamic ? { dynamicPoolConfiguration: withSeconds(withoutNulls(dynamic)) } : {}),
  };
}

/** The identity that pulls images is one of the pool, too, though its code cannot use it. */
function identitySettings(properties: Json): readonly Json[] {
  const { managedIdentitySettings: sent } = properties;
  const settings = Array.isArray(sent) ? (sent as readonly Json[]) : [];
  const template = objectOf(properties, "customContainerTemplate") ?? {};
  const identity = objectOf(template, "registryCredentials")?.["identity"];
  if (!identity || settings.some((setting) => setting["identity"] === identity)) return settings;
  return [...settings, { identity, lifecycle: "None" }];
}

function shownTemplate(template: Json): Json {
  const credentials = objectOf(template, "registryCredentials");
  const unset = { identity: null, username: null, passwordSecretRef: null };
  return { ...withoutNulls(template), registryCredentials: credentials ? { ...unset, ...credentials } : null };
}

/** Seconds are numbers, also when they were sent as text. */
function withSeconds(value: Json): Json {
  const members = Object.entries(value).map(([name, member]) => {
    if (isJson(member)) return [name, withSeconds(member)];
    return [name, name.endsWith("InSeconds") && typeof member === "string" ? Number(member) : member];
  });
  return Object.fromEntries(members) as Json;
}

/** Nothing runs here: as many sessions are ready as are to be. */
function updateStatus(pool: Json, createdAtMs: number): Json {
  const template = objectOf(pool, "customContainerTemplate") ?? {};
  const ready = objectOf(pool, "scaleConfiguration")?.["readySessionInstances"] ?? 0;
  const containers = Array.isArray(template["containers"]) ? (template["containers"] as readonly Json[]) : [];
  const none = { pendingCount: 0, imagePullFailCount: 0, crashCount: 0, allocatedCount: 0 };
  return {
    activeTemplate: {
      details: "Running",
      createdTime: offsetTime(createdAtMs),
      status: { expectedCount: ready, readyCount: ready, ...none },
      containers: containers.map((container) => ({ env: [], probes: [], ...container })),
      ...(template["ingress"] == null ? {} : { ingress: template["ingress"] }),
    },
  };
}

function objectOf(value: Json, name: string): Json | undefined {
  const member = value[name];
  return isJson(member) ? member : undefined;
}
