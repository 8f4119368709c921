import { type Json, JsonReader } from "./json.ts";
import { invalidField, invalidSchema, Refusal } from "./refusal.ts";

/** `properties.configuration` of a container app, checked and without nulls. */
export interface Configuration {
  readonly activeRevisionsMode: "Single" | "Multiple";
  readonly maxInactiveRevisions: number;
  readonly ingress: Ingress | undefined;
  readonly secrets: readonly Secret[];
  readonly registries: readonly Registry[];
  readonly dapr: Json | undefined;
  readonly identitySettings: readonly Json[];
  readonly runtime: Json | undefined;
}

export interface Ingress {
  readonly external: boolean;
  readonly targetPort: number | undefined;
  readonly exposedPort: number;
  readonly transport: "Auto" | "Http" | "Http2" | "Tcp";
  readonly allowInsecure: boolean;
  readonly sticky: boolean;
  readonly traffic: readonly TrafficEntry[];
  /** CORS, custom domains, IP rules, client certificates, extra ports: shown again, not enforced. */
  readonly carried: Json;
}

/** One of the two names which revision it is for; both absent when only a label is given to nothing. */
export interface TrafficEntry {
  readonly revisionName: string | undefined;
  readonly latestRevision: boolean;
  readonly weight: number;
  readonly label: string | undefined;
}

export interface Secret {
  readonly name: string;
  readonly value: string | undefined;
  readonly keyVaultUrl: string | undefined;
  readonly identity: string | undefined;
}

export interface Registry {
  readonly server: string;
  readonly username: string;
  readonly passwordSecretRef: string;
  readonly identity: string;
}

export const defaultTraffic: readonly TrafficEntry[] = [
  { revisionName: undefined, latestRevision: true, weight: 100, label: undefined },
];

/** Reads `properties.configuration` and fills in the service's defaults. Throws `Refusal`. */
export function readConfiguration(value: unknown): Configuration {
  const reader = new JsonReader(value ?? {}, "$.properties.configuration");
  const ingress = reader.object("ingress");
  const secrets = (reader.objects("secrets") ?? []).map(readSecret);
  const registries = (reader.objects("registries") ?? []).map((registry) => readRegistry(registry, secrets));
  const kept = reader.integer("maxInactiveRevisions") ?? 100;
  if (kept < 0 || kept > 100)
    throw invalidField("configuration.maxInactiveRevisions", kept, "must be between 0 and 100");
  return {
    activeRevisionsMode: reader.oneOf("activeRevisionsMode", ["Single", "Multiple"]) ?? "Single",
    maxInactiveRevisions: kept,
    ingress: ingress && readIngress(ingress),
    secrets,
    registries,
    dapr: reader.object("dapr")?.raw,
    identitySettings: reader.objects("identitySettings")?.map(({ raw }) => raw) ?? [],
    runtime: reader.object("runtime")?.raw,
  };
}

const carriedByIngress = [
  "additionalPortMappings",
  "clientCertificateMode",
  "corsPolicy",
  "customDomains",
  "ipSecurityRestrictions",
  "targetPortHttpScheme",
];

function readIngress(reader: JsonReader): Ingress {
  const targetPort = reader.integer("targetPort") || undefined;
  if (targetPort !== undefined && (targetPort < 1 || targetPort > 65_535)) {
    throw invalidField("configuration.ingress.targetPort", targetPort, "must be between 1 and 65535");
  }
  const traffic = reader.objects("traffic")?.map(readTraffic);
  return {
    external: reader.boolean("external") ?? false,
    targetPort,
    exposedPort: reader.integer("exposedPort") ?? 0,
    transport: reader.oneOf("transport", ["Auto", "Http", "Http2", "Tcp"]) ?? "Auto",
    allowInsecure: reader.boolean("allowInsecure") ?? false,
    sticky: reader.object("stickySessions")?.oneOf("affinity", ["sticky", "none"]) === "sticky",
    traffic: traffic?.length ? traffic : defaultTraffic,
    carried: Object.fromEntries(
      carriedByIngress.flatMap((name) => (reader.raw[name] == null ? [] : [[name, reader.raw[name]]])),
    ),
  };
}

function readTraffic(reader: JsonReader): TrafficEntry {
  const revisionName = reader.text("revisionName") || undefined;
  const latestRevision = reader.boolean("latestRevision") ?? false;
  const weight = reader.integer("weight") ?? 0;
  const label = reader.text("label") || undefined;
  const field = "configuration.ingress.traffic";
  if (weight < 0 || weight > 100) throw invalidField(`${field}.weight`, weight, "must be between 0 and 100");
  if (revisionName && latestRevision) {
    throw invalidField(field, revisionName, "only one of revisionName and latestRevision can be set");
  }
  if (!revisionName && !latestRevision) {
    throw invalidField(field, weight, "one of revisionName and latestRevision must be set");
  }
  if (label !== undefined && !/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/.test(label)) {
    throw invalidField(`${field}.label`, label, "must be lower case letters, digits or '-', up to 64");
  }
  return { revisionName, latestRevision, weight, label };
}

function readSecret(reader: JsonReader): Secret {
  const name = reader.text("name");
  if (!name) throw invalidSchema(`${reader.path}.name`);
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) {
    const rule =
      "A value must consist of lower case alphanumeric characters, '-', and must start and end with an alphanumeric character. The length must not be more than 253 characters.";
    throw new Refusal(
      400,
      "ContainerAppInvalidSecretName",
      `Secret name has an invalid value '${name.slice(0, 260)}'. ${rule}`,
    );
  }
  const [value, keyVaultUrl, identity] = ["value", "keyVaultUrl", "identity"].map((member) => reader.text(member));
  if (value !== undefined || (keyVaultUrl && identity)) return { name, value, keyVaultUrl, identity };
  const text = `Invalid Request: Container app secret(s) with name(s) '${name}' are invalid: value or keyVaultUrl and identity should be provided.`;
  throw new Refusal(400, "ContainerAppSecretInvalid", text);
}

function readRegistry(reader: JsonReader, secrets: readonly Secret[]): Registry {
  const server = reader.text("server");
  if (!server) throw invalidSchema(`${reader.path}.server`);
  const passwordSecretRef = reader.text("passwordSecretRef") ?? "";
  if (passwordSecretRef && !secrets.some(({ name }) => name === passwordSecretRef)) {
    const text = `PasswordSecretRef '${passwordSecretRef}' defined for registry server '${server}' not found.`;
    throw new Refusal(400, "ContainerAppRegistriesPasswordSecretRefNotFound", text);
  }
  return {
    server,
    username: reader.text("username") ?? "",
    passwordSecretRef,
    identity: reader.text("identity") ?? "",
  };
}
