import type { Child } from "../../../controllers/container-app-children.ts";
import { httpRouteHost, missingTargets } from "../../../controllers/container-app-http-routes.ts";
import { readCertificate } from "../../../world/container-apps/certificate-facts.ts";
import type { ChildKind } from "../../../world/container-apps/children.ts";
import { environmentId } from "../../../world/container-apps/environment.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import type { World } from "../../../world/world.ts";
import type { AppProviderOptions } from "./options.ts";
import { systemData } from "./shared-bodies.ts";

const dayMs = 86_400_000;

/** With `systemData` and `location` where the service has them. Members that were sent as null are left out. */
export function childBody(options: AppProviderOptions, child: Child): Json {
  const { environment, kind, names, content } = child;
  const properties = withoutNulls(isJson(content["properties"]) ? content["properties"] : {});
  return {
    id: childId(child),
    name: names.at(-1),
    type: `Microsoft.App/${kind === "storages" || kind === "maintenanceConfigurations" ? "managedenvironments" : "managedEnvironments"}/${kind}`,
    ...(isCertificate(kind) ? { location: environment.location } : {}),
    ...(isJson(content["tags"]) ? { tags: content["tags"] } : {}),
    ...(kind === "daprComponents" || isCertificate(kind)
      ? { systemData: systemData(child.createdAtMs, child.modifiedAtMs) }
      : {}),
    properties: propertiesOf(options, child, properties),
  };
}

export function childId({ environment, kind, names }: Child): string {
  const parts = kind.split("/").map((part, index) => `${part}/${names[index] ?? ""}`);
  return `${environmentId(environment)}/${parts.join("/")}`;
}

function propertiesOf(options: AppProviderOptions, child: Child, properties: Json): Json {
  switch (child.kind) {
    case "daprComponents":
      return daprProperties(properties);
    case "storages":
      return hideKeys(properties);
    case "certificates":
      return {
        certificateKeyVaultProperties: null,
        ...certificateProperties(options.world, certificateOf(child), properties),
      };
    case "httpRouteConfigs":
      return httpRouteProperties(options, child, properties);
    case "daprComponents/resiliencyPolicies":
    case "maintenanceConfigurations":
      return properties;
  }
}

function isCertificate(kind: ChildKind): boolean {
  return kind === "certificates";
}

/** Secrets by name only. */
export function daprProperties(properties: Json): Json {
  const { secrets, ...rest } = properties;
  const names = Array.isArray(secrets) ? (secrets as readonly Json[]).map(({ name }) => ({ name })) : undefined;
  return { ignoreErrors: false, metadata: [], ...rest, ...(names ? { secrets: names } : {}) };
}

/** The account's key is never shown. */
export function hideKeys(properties: Json): Json {
  const shares = Object.entries(properties).map(([name, share]) => {
    if (!isJson(share)) return [name, share];
    const { accountKey: _key, ...rest } = share;
    return [name, rest];
  });
  return Object.fromEntries(shares) as Json;
}

interface CertificateOwner {
  /** Of the resource: what is drawn for it is the same in every run of a seed. */
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
}

function certificateOf({ environment, kind, names, createdAtMs }: Child): CertificateOwner {
  return { id: `${environment.address.name}/${kind}/${names.join("/")}`, name: names[0] ?? "", createdAtMs };
}

/** What the certificate says, when it can be read; else it is for its own name and valid for a year. */
export function certificateProperties(world: World, owner: CertificateOwner, properties: Json): Json {
  const { value, password: _password, ...rest } = properties;
  const random = world.random.stream(`certificate/${owner.id}`);
  const facts = readCertificate(value) ?? {
    subjectName: `CN=${owner.name}`,
    subjectAlternativeNames: [owner.name],
    issuer: `CN=${owner.name}`,
    issuedAtMs: owner.createdAtMs,
    expiresAtMs: owner.createdAtMs + 365 * dayMs,
    thumbprint: random.text(40, "0123456789ABCDEF"),
  };
  const { issuedAtMs, expiresAtMs, ...shown } = facts;
  return {
    ...rest,
    provisioningState: "Succeeded",
    ...shown,
    issueDate: time(issuedAtMs),
    expirationDate: time(expiresAtMs),
    valid: expiresAtMs > world.clock.now(),
    publicKeyHash: random.text(64, "0123456789ABCDEF"),
    certificateType: "ServerSSLCertificate",
  };
}

/** A target that is not there is told, and does not keep the rest from working. */
function httpRouteProperties({ apps }: AppProviderOptions, child: Child, properties: Json): Json {
  const missing = missingTargets(child, apps.appsOf(child.environment));
  return {
    provisioningState: missing.length > 0 ? "SucceededWithErrors" : "Succeeded",
    provisioningErrors: missing.map((name) => ({
      timestamp: time(child.modifiedAtMs),
      message: `Container App '${name}' was not found or has no ingress.`,
    })),
    fqdn: httpRouteHost(child),
    customDomains: properties["customDomains"] ?? [],
    rules: listOf(properties["rules"]).map((rule) => ({
      ...(rule["description"] === undefined ? {} : { description: rule["description"] }),
      routes: listOf(rule["routes"]).map(routeBody),
      targets: listOf(rule["targets"]).map(lowerFirst),
    })),
  };
}

function routeBody(route: Json): Json {
  const { match, action } = route;
  return {
    match: { caseSensitive: true, ...(isJson(match) ? match : {}) },
    ...(isJson(action) ? { action: lowerFirst(action) } : {}),
  };
}

/** The command line sends `ContainerApp` and `PrefixRewrite`. */
function lowerFirst(value: Json): Json {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.charAt(0).toLowerCase() + name.slice(1), member]),
  );
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function time(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

export function withoutNulls(value: Json): Json {
  const clean = (member: unknown): unknown => {
    if (Array.isArray(member)) return member.map(clean);
    return isJson(member) ? withoutNulls(member) : member;
  };
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, clean(member)]),
  );
}
