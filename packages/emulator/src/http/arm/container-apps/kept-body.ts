import type { Kept } from "../../../controllers/container-app-kept.ts";
import { locationDisplayName } from "../../../world/arm/locations.ts";
import { connectedFacts } from "../../../world/container-apps/connected-environment.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import type { World } from "../../../world/world.ts";
import { certificateProperties, daprProperties, hideKeys, withoutNulls } from "./child-body.ts";
import type { AppProviderOptions } from "./options.ts";
import { isCustomPool, sessionPool } from "./session-pool-body.ts";
import { identityBody, systemData } from "./shared-bodies.ts";

/** A kept resource as it is shown: what was sent, what the service adds, and no secrets. Source: recorded bodies. */
export function keptBody({ world, apps, tokens }: AppProviderOptions, resource: Kept): Json {
  const { kind, content, address } = resource;
  const id = keptId(resource);
  const identity = hasIdentity(resource) ? (objectOf(content, "identity") ?? {}) : undefined;
  const domain = () => apps.environments.get({ ...address, name: address.names[0] ?? "" })?.defaultDomain ?? "";
  return {
    id,
    name: address.names.at(-1),
    type: `Microsoft.App/${kind.type}`,
    ...located(resource),
    ...(isJson(content["extendedLocation"]) ? { extendedLocation: content["extendedLocation"] } : {}),
    ...(typeof content["kind"] === "string" ? { kind: content["kind"] } : {}),
    ...tagsOf(resource),
    ...(hasSystemData(kind.path) ? { systemData: systemData(resource.createdAtMs, resource.modifiedAtMs) } : {}),
    properties: propertiesOf(world, resource, domain),
    ...(identity ? { identity: identityBody(world, id, identity, tokens.tenantId) ?? { type: "None" } } : {}),
  };
}

/** A pool of containers of one's own shows that it has none. */
function hasIdentity({ kind, content }: Kept): boolean {
  switch (kind.path) {
    case "sessionPools":
      return content["identity"] != null || isCustomPool(objectOf(content, "properties") ?? {});
    case "builders":
      return content["identity"] != null;
    default:
      return false;
  }
}

export function keptId({ kind, address }: Kept): string {
  const { subscription, resourceGroup, names } = address;
  const parts = kind.path.split("/").map((part, index) => `${part}/${names[index] ?? ""}`);
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.App/${parts.join("/")}`;
}

/** Connected environments and what is below them show the short name, others that have a place the display name. */
function located({ kind, location }: Kept): Json {
  switch (kind.path) {
    case "connectedEnvironments":
    case "connectedEnvironments/certificates":
      return { location };
    case "managedEnvironments/managedCertificates":
    case "sessionPools":
    case "builders":
    case "builders/builds":
      return { location: locationDisplayName(location) };
    default:
      return {};
  }
}

function tagsOf({ kind, content }: Kept): Json {
  if (isJson(content["tags"])) return { tags: content["tags"] };
  return kind.path === "connectedEnvironments" ? { tags: {} } : {};
}

function hasSystemData(path: string): boolean {
  return !/storages$|sourcecontrols$|resiliencyPolicies$|daprSubscriptions$/.test(path);
}

function propertiesOf(world: World, resource: Kept, domain: () => string): Json {
  const sent = objectOf(resource.content, "properties") ?? {};
  const state = { provisioningState: resource.state };
  switch (resource.kind.path) {
    case "connectedEnvironments":
      return { ...state, ...connectedEnvironment(world, resource, sent) };
    case "connectedEnvironments/certificates":
      return { ...certificateProperties(world, certificateOf(resource), withoutNulls(sent)), ...state };
    case "connectedEnvironments/daprComponents":
      return { ...daprProperties(withoutNulls(sent)), ...state };
    case "connectedEnvironments/storages":
      return { ...hideKeys(withoutNulls(sent)), ...state };
    case "managedEnvironments/javaComponents":
      return {
        configurations: null,
        scale: { minReplicas: 1, maxReplicas: 1 },
        serviceBinds: null,
        ...sent,
        ...state,
        ...javaIngress(resource, sent, domain),
      };
    case "managedEnvironments/dotNetComponents":
      return { configurations: null, serviceBinds: null, ...sent, ...state };
    case "managedEnvironments/managedCertificates":
      return managedCertificate(world, resource, sent);
    case "managedEnvironments/privateEndpointConnections":
    case "containerApps/privateEndpointConnections":
      return { ...privateEndpoint(resource), ...sent, ...state };
    case "managedEnvironments/daprSubscriptions":
      return { ...sent, ...(isJson(sent["routes"]) ? { routes: { rules: [], ...sent["routes"] } } : {}) };
    case "containerApps/sourcecontrols":
      return sourceControl(resource, sent);
    case "containerApps/resiliencyPolicies":
      return { ...noPolicies, ...sent };
    case "sessionPools":
      return sessionPool(resource, sent);
    case "builders":
      return { environmentId: null, containerRegistries: null, ...sent, ...state };
    case "builders/builds":
      return build(resource, sent);
    default:
      return sent;
  }
}

const noPolicies = {
  timeoutPolicy: null,
  httpRetryPolicy: null,
  tcpRetryPolicy: null,
  circuitBreakerPolicy: null,
  httpConnectionPool: null,
  tcpConnectionPool: null,
};

/** Nothing is built: a build waits for the code to be uploaded. */
function build({ address, location, state }: Kept, sent: Json): Json {
  const { subscription, resourceGroup, names } = address;
  const [builder = "", name = ""] = names;
  const host = `https://${location}.azurecontainerapps.io`;
  const path = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/builders/${builder}/builds/${name}`;
  return {
    ...sent,
    configuration: withoutNulls(objectOf(sent, "configuration") ?? {}),
    provisioningState: state,
    buildStatus: "NotStarted",
    ...(state === "Succeeded" ? { destinationContainerRegistry: { server: "default" } } : {}),
    uploadEndpoint: `${host}${path}/upload`,
    logStreamEndpoint: `${host}${path}/logstream`,
    tokenEndpoint: `${host}${path}/token`,
  };
}

function connectedEnvironment(world: World, resource: Kept, sent: Json): Json {
  const { daprAIConnectionString: _hidden, customDomainConfiguration, ...rest } = sent;
  const { names, ...where } = resource.address;
  const { staticIp, ...facts } = connectedFacts(world, { ...where, name: names[0] ?? "" }, resource.location);
  return {
    staticIp,
    ...withoutNulls(rest),
    defaultDomain: facts.defaultDomain,
    customDomainConfiguration: {
      customDomainVerificationId: facts.verificationId,
      ...(isJson(customDomainConfiguration) ? domainOf(world, resource, customDomainConfiguration) : {}),
    },
  };
}

function domainOf(world: World, resource: Kept, sent: Json): Json {
  const { certificateValue, certificatePassword: _password, ...rest } = sent;
  if (typeof certificateValue !== "string") return rest;
  const { subjectName, expirationDate, thumbprint } = certificateProperties(
    world,
    { ...certificateOf(resource), name: String(sent["dnsSuffix"]) },
    { value: certificateValue },
  );
  return { ...rest, subjectName, expirationDate, thumbprint };
}

function certificateOf(resource: Kept): Parameters<typeof certificateProperties>[1] {
  return { id: keptId(resource), name: resource.address.names.at(-1) ?? "", createdAtMs: resource.createdAtMs };
}

/** The components that have a page of their own to look at. */
function javaIngress({ address }: Kept, sent: Json, domain: () => string): Json {
  const hasPage = ["SpringCloudEureka", "SpringBootAdmin", "SpringCloudGateway", "Nacos"].includes(
    String(sent["componentType"]),
  );
  return hasPage ? { ingress: { fqdn: `${address.names.at(-1) ?? ""}.${domain()}` } } : {};
}

/** The command line calls the method of validation otherwise than the API does; both are shown. */
function managedCertificate(world: World, resource: Kept, sent: Json): Json {
  const random = world.random.stream(`managed-certificate/${keptId(resource)}`);
  const method = sent["domainControlValidation"] ?? sent["validationMethod"] ?? "CNAME";
  return {
    ...sent,
    provisioningState: resource.state,
    domainControlValidation: method,
    validationMethod: method,
    ...(method === "TXT" && resource.state === "Pending"
      ? { validationToken: random.text(24, "0123456789abcdef") }
      : {}),
  };
}

/** Nothing is connected: the endpoint is the one that would have this name. */
function privateEndpoint({ address, kind }: Kept): Json {
  const { subscription, resourceGroup, names } = address;
  const id = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/privateEndpoints/${names.at(-1) ?? ""}`;
  return { privateEndpoint: { id }, groupIds: [kind.path.split("/", 1)[0]] };
}

/** Nothing that signs in anywhere is shown. */
function sourceControl(resource: Kept, sent: Json): Json {
  const { githubActionConfiguration: actions, ...rest } = sent;
  const shown = isJson(actions) ? { githubActionConfiguration: withoutSignIn(actions) } : {};
  return { operationState: resource.state, ...rest, ...shown };
}

function withoutSignIn(actions: Json): Json {
  const { registryInfo, azureCredentials: _azure, githubPersonalAccessToken: _token, ...rest } = actions;
  if (!isJson(registryInfo)) return rest;
  const { registryPassword: _password, ...registry } = registryInfo;
  return { ...rest, registryInfo: registry };
}

/** With their values, as `listSecrets` gives them. */
export function keptSecrets({ content }: Kept): readonly Json[] {
  const secrets = objectOf(content, "properties")?.["secrets"];
  if (!Array.isArray(secrets)) return [];
  return (secrets as readonly Json[]).map(({ name, value }) => ({ name, value: value ?? "" }));
}

function objectOf(value: Json, name: string): Json | undefined {
  const member = value[name];
  return isJson(member) ? member : undefined;
}
