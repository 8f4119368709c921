import type { ContainerApp } from "../../../controllers/container-app.ts";
import { locationDisplayName } from "../../../world/arm/locations.ts";
import type { Configuration } from "../../../world/container-apps/configuration.ts";
import { type Environment, environmentId, type ResourceAddress } from "../../../world/container-apps/environment.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import type { Ingress, TrafficEntry } from "../../../world/container-apps/read-ingress.ts";
import { identityBody, systemData } from "./shared-bodies.ts";
import { templateBody } from "./template-body.ts";

/** How the service shows an app: `accepted` in the answer to a PUT, an echo of the request; `settled` whenever it is read. */
export type BodyStyle = "accepted" | "settled";

export interface BodyContext {
  /** `https://host:port` of this server: where event and log streams are. */
  readonly baseUrl: string;
  readonly tenantId: string;
}

/** The last part of the type is in lower case in ids and not in `type`. Unset fields are null. Source: wire facts. */
export function appId({ subscription, resourceGroup, name }: ResourceAddress): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.App/containerapps/${name}`;
}

export function appBody(app: ContainerApp, context: BodyContext, style: BodyStyle): Json {
  const { spec, environment } = app;
  const isManaged = environment.kind === "managed";
  return {
    id: appId(app.address),
    name: app.address.name,
    type: "Microsoft.App/containerApps",
    location: locationDisplayName(environment.location),
    ...carriedByApp(app.content),
    ...(spec.tags ? { tags: spec.tags } : {}),
    systemData: systemData(app.createdAtMs, app.modifiedAtMs),
    properties: {
      provisioningState: app.provisioningState,
      ...(style === "settled" ? settledState(app) : acceptedState),
      eventStreamEndpoint: eventStream(app, context),
      managedEnvironmentId: isManaged ? environmentId(environment) : null,
      environmentId: environmentId(environment),
      workloadProfileName: isManaged ? spec.workloadProfileName : null,
      patchingMode: "Automatic",
      outboundIpAddresses: isManaged ? outboundAddresses(environment) : null,
      customDomainVerificationId: environment.verificationId,
      configuration: configurationBody(app, style),
      template: templateBody(spec.template, style === "accepted" ? { sent: sentTemplate(app) } : { sent: undefined }),
      delegatedIdentities: [],
      ...(app.deploymentErrors && style === "settled" ? { deploymentErrors: app.deploymentErrors } : {}),
    },
    identity: identityBody(app.world, appId(app.address), spec.identity, context.tenantId) ?? { type: "None" },
  };
}

function outboundAddresses({ staticIp }: Environment): readonly string[] {
  return [1, 2, 3, 4].map((last) => staticIp.replace(/\d+$/, String(last)));
}

/** What stands beside the properties and means nothing here. */
function carriedByApp(content: Json): Json {
  const names = ["managedBy", "kind", "extendedLocation"].filter((name) => content[name] != null);
  return Object.fromEntries(names.map((name) => [name, content[name]]));
}

/** Not known before the revision is made: absent in most recordings of a PUT's answer, empty in the others. */
const acceptedState = {
  runningStatus: "Running",
  latestRevisionName: "",
  latestReadyRevisionName: "",
  latestRevisionFqdn: "",
};

function settledState(app: ContainerApp): Json {
  const latest = app.latestRevisionName ?? "";
  return {
    runningStatus: app.running ? "Running" : "Stopped",
    latestRevisionName: latest,
    latestReadyRevisionName: app.latestReadyRevisionName ?? "",
    latestRevisionFqdn: app.configuration.ingress && latest ? `${latest}.${app.domain}` : "",
  };
}

function eventStream({ address }: ContainerApp, { baseUrl }: BodyContext): string {
  const { subscription, resourceGroup, name } = address;
  return `${baseUrl}/subscriptions/${subscription}/resourceGroups/${resourceGroup}/containerApps/${name}/eventstream`;
}

function configurationBody(app: ContainerApp, style: BodyStyle): Json {
  const { configuration } = app;
  const sent = sentConfiguration(app);
  const isAccepted = style === "accepted";
  // What the service gives an add-on is not there yet.
  const isAddOnAccepted = isAccepted && configuration.service !== undefined && sent["ingress"] == null;
  return {
    secrets: isAddOnAccepted ? null : secretsBody(configuration, isAccepted && Array.isArray(sent["secrets"])),
    activeRevisionsMode: isAccepted && sent["activeRevisionsMode"] == null ? null : configuration.activeRevisionsMode,
    targetLabel: isAccepted ? (sent["targetLabel"] ?? null) : (configuration.targetLabel ?? ""),
    ingress: configuration.ingress && !isAddOnAccepted ? ingressBody(app, configuration.ingress, style) : null,
    registries: configuration.registries.length > 0 ? configuration.registries : null,
    identitySettings: configuration.identitySettings,
    dapr: configuration.dapr ? daprBody(app, configuration) : null,
    runtime: configuration.runtime ?? null,
    maxInactiveRevisions: configuration.maxInactiveRevisions,
    revisionTransitionThreshold: null,
    service: configuration.service ?? null,
  };
}

/** The answer to a PUT repeats an empty list, a GET does not. */
function secretsBody({ secrets }: Configuration, isListSent: boolean): readonly Json[] | null {
  return secrets.length > 0 || isListSent ? secrets.map(({ name }) => ({ name })) : null;
}

function ingressBody(app: ContainerApp, ingress: Ingress, style: BodyStyle): Json {
  const sentIngress = sentConfiguration(app)["ingress"];
  const sent = (name: string): boolean =>
    style === "settled" || (isJson(sentIngress) && sentIngress[name] !== undefined && sentIngress[name] !== null);
  return {
    fqdn:
      style === "settled"
        ? `${app.address.name}.${app.domain}`
        : isJson(sentIngress)
          ? (sentIngress["fqdn"] ?? null)
          : null,
    external: ingress.external,
    targetPort: ingress.targetPort ?? 0,
    exposedPort: sent("exposedPort") ? ingress.exposedPort : null,
    transport: sent("transport") ? ingress.transport : null,
    traffic: sent("traffic") ? app.trafficEntries().map(trafficBody) : null,
    allowInsecure: ingress.allowInsecure,
    stickySessions: ingress.sticky ? { affinity: "sticky" } : null,
    additionalPortMappings: null,
    clientCertificateMode: null,
    corsPolicy: null,
    customDomains: null,
    ipSecurityRestrictions: null,
    targetPortHttpScheme: null,
    ...ingress.carried,
  };
}

/** `latestRevision: false` is not shown. */
function trafficBody({ revisionName, latestRevision, weight, label }: TrafficEntry): Json {
  return {
    ...(revisionName === undefined ? {} : { revisionName }),
    weight,
    ...(latestRevision ? { latestRevision } : {}),
    ...(label === undefined ? {} : { label }),
  };
}

function daprBody(app: ContainerApp, { dapr }: Configuration): Json {
  return {
    enabled: false,
    appId: app.address.name,
    appProtocol: "http",
    appPort: null,
    httpReadBufferSize: null,
    httpMaxRequestSize: null,
    logLevel: null,
    enableApiLogging: false,
    appHealth: null,
    maxConcurrency: null,
    ...dapr,
  };
}

function sentConfiguration(app: ContainerApp): Json {
  return memberOf(memberOf(app.content, "properties"), "configuration");
}

function sentTemplate(app: ContainerApp): Json {
  return memberOf(memberOf(app.content, "properties"), "template");
}

function memberOf(value: Json, name: string): Json {
  const member = value[name];
  return isJson(member) ? member : {};
}
