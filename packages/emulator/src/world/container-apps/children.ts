import { type Json, JsonReader } from "./json.ts";
import { invalidField, invalidSchema, Refusal } from "./refusal.ts";
import { readRouteRules } from "./route-rules.ts";

/** What a managed environment has below it, as in its path. */
export const childKinds = [
  "daprComponents",
  "daprComponents/resiliencyPolicies",
  "storages",
  "certificates",
  "httpRouteConfigs",
  "maintenanceConfigurations",
] as const;

export type ChildKind = (typeof childKinds)[number];

interface ChildRules {
  /** Throws `Refusal` for a body that the service does not take. */
  check(properties: JsonReader, name: string): void;
  notFound(name: string): Refusal;
}

/** Codes and texts of what is not there are as recorded, but for those of certificates and routes, which follow them. */
export const childRules: Readonly<Record<ChildKind, ChildRules>> = {
  daprComponents: {
    check: checkDaprComponent,
    notFound: (name) => missing("DaprComponentNotFound", `Dapr Component with name '${name}' was not found.`),
  },
  "daprComponents/resiliencyPolicies": {
    check: checkResiliency,
    notFound: (name) =>
      missing("DaprComponentResiliencyNotFound", `Dapr Component Resiliency with name '${name}' was not found.`),
  },
  storages: {
    check: checkStorage,
    notFound: (name) =>
      missing("ManagedEnvironmentStorageNotFound", `ManagedEnvironment Storage '${name}' was not found.`),
  },
  certificates: {
    check: checkCertificate,
    notFound: (name) => missing("CertificateNotFound", `Certificate '${name}' was not found.`),
  },
  httpRouteConfigs: {
    check: checkHttpRoute,
    notFound: (name) => missing("HttpRouteConfigNotFound", `HttpRouteConfig '${name}' was not found.`),
  },
  maintenanceConfigurations: {
    check: checkMaintenance,
    notFound: (name) =>
      missing("MaintenanceConfigurationNotFound", `Maintenance Configuration not found for environment ${name}`),
  },
};

function missing(code: string, text: string): Refusal {
  return new Refusal(404, code, text);
}

export function checkDaprComponent(properties: JsonReader, name: string): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/.test(name)) {
    throw invalidField("daprComponent.name", name, "must be lower case letters, digits or '-', up to 60");
  }
  for (const member of ["componentType", "version"]) {
    if (!properties.text(member)) throw invalidField(`daprComponent.${member}`, "", `${member} is required`);
  }
  properties.boolean("ignoreErrors");
  properties.texts("scopes");
  const secrets = (properties.objects("secrets") ?? []).map((secret) => requiredText(secret, "name"));
  for (const entry of properties.objects("metadata") ?? []) {
    const secretRef = entry.text("secretRef");
    requiredText(entry, "name");
    if (!secretRef || secrets.includes(secretRef) || properties.text("secretStoreComponent")) continue;
    const text = `SecretRef '${secretRef}' defined for Dapr component '${name}' not found.`;
    throw new Refusal(400, "DaprComponentSecretRefNotFound", text);
  }
}

function checkResiliency(properties: JsonReader): void {
  const policies = ["inboundPolicy", "outboundPolicy"].map((member) => properties.object(member));
  for (const policy of policies) {
    policy?.object("timeoutPolicy")?.integer("responseTimeoutInSeconds");
    policy?.object("httpRetryPolicy")?.integer("maxRetries");
    policy?.object("circuitBreakerPolicy")?.integer("consecutiveErrors");
  }
}

export function checkStorage(properties: JsonReader): void {
  const [file, nfs] = [properties.object("azureFile"), properties.object("nfsAzureFile")];
  const share = file ?? nfs;
  if (!share) throw invalidField("storage.azureFile", "", "one of azureFile and nfsAzureFile is required");
  requiredText(share, "shareName");
  share.oneOf("accessMode", ["ReadOnly", "ReadWrite"]);
}

export function checkCertificate(properties: JsonReader): void {
  const isGiven = properties.text("value") || properties.object("certificateKeyVaultProperties");
  if (isGiven) return;
  throw new Refusal(400, "CertificateInvalid", "One of value and certificateKeyVaultProperties must be provided.");
}

export function checkManagedCertificate(properties: JsonReader): void {
  requiredText(properties, "subjectName");
  properties.oneOf("domainControlValidation", ["CNAME", "HTTP", "TXT"]);
}

function checkHttpRoute(properties: JsonReader, name: string): void {
  if (!/^[a-z][a-z0-9]{2,62}$/.test(name)) {
    throw invalidField("httpRouteConfig.name", name, "must be 3 to 63 lower case letters and digits, a letter first");
  }
  readRouteRules(properties);
}

const weekDays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

/** One window for each environment, of 8 to 24 hours. Source: Container Apps, planned maintenance. */
function checkMaintenance(properties: JsonReader, name: string): void {
  if (name !== "default") throw invalidField("maintenanceConfiguration.name", name, "must be default");
  const entries = properties.objects("scheduledEntries") ?? [];
  const [entry] = entries;
  if (!entry || entries.length > 1) {
    throw invalidField("scheduledEntries", entries.length, "exactly one entry must be given");
  }
  if (!entry.oneOf("weekDay", weekDays)) throw invalidField("scheduledEntries.weekDay", "", "weekDay is required");
  checkBetween(entry.integer("startHourUtc"), 0, 23, "scheduledEntries.startHourUtc");
  checkBetween(entry.integer("durationHours"), 8, 24, "scheduledEntries.durationHours");
}

function checkBetween(value: number | undefined, lowest: number, highest: number, field: string): void {
  if (value !== undefined && value >= lowest && value <= highest) return;
  throw invalidField(field, value, `must be between ${lowest} and ${highest}`);
}

function requiredText(reader: JsonReader, member: string): string {
  const text = reader.text(member);
  if (text) return text;
  throw invalidSchema(`${reader.path}.${member}`);
}

/** The `properties` of a body, to check. */
export function childProperties(content: Json): JsonReader {
  return new JsonReader(content, "$").object("properties") ?? new JsonReader({}, "$.properties");
}
