import { below, type VersionTable } from "../arm/property-versions.ts";

const containerVersions: VersionTable = {
  imageType: ["", "2024-02-02"],
  "resources.gpu": ["", "2024-10-02"],
};

const templateVersions: VersionTable = {
  ...below("containers", containerVersions),
  ...below("initContainers", containerVersions),
  "scale.cooldownPeriod": ["2025-01-01", "2024-08-02"],
  "scale.pollingInterval": ["2025-01-01", "2024-08-02"],
  serviceBinds: ["2023-05-01", "2023-04-01"],
  terminationGracePeriodSeconds: ["2023-05-01", "2023-04-01"],
};

/**
 * What came to Microsoft.App since 2022, or stayed in its previews, by the types of the path in lower case. Sources: the
 * versions of the Container Apps REST API, and recordings, which show which of the undocumented stay in previews.
 */
export const propertyVersions: Readonly<Record<string, VersionTable>> = withDetectors({
  containerapps: below("properties", {
    "configuration.dapr.appHealth": ["2025-07-01", "2025-02-02"],
    "configuration.dapr.maxConcurrency": ["2025-07-01", "2025-02-02"],
    "configuration.identitySettings": ["2025-01-01", "2024-02-02"],
    "configuration.ingress.additionalPortMappings": ["2024-03-01", "2023-05-02"],
    "configuration.ingress.clientCertificateMode": ["2022-10-01", "2022-11-01"],
    "configuration.ingress.corsPolicy": ["2022-10-01", "2022-11-01"],
    "configuration.ingress.exposedPort": ["2022-10-01", "2022-06-01"],
    "configuration.ingress.ipSecurityRestrictions": ["2022-10-01", "2022-06-01"],
    "configuration.ingress.stickySessions": ["2023-05-01", "2022-11-01"],
    "configuration.ingress.targetPortHttpScheme": ["", "2023-11-02"],
    "configuration.maxInactiveRevisions": ["2022-10-01", "2022-06-01"],
    "configuration.revisionTransitionThreshold": ["", "2024-10-02"],
    "configuration.runtime": ["2025-01-01", "2024-02-02"],
    "configuration.runtime.dotnet": ["", "2024-02-02"],
    "configuration.runtime.java.javaAgent": ["", "2024-02-02"],
    "configuration.service": ["2023-05-01", "2023-04-01"],
    "configuration.targetLabel": ["", "2024-10-02"],
    environmentId: ["2022-10-01", "2022-06-01"],
    eventStreamEndpoint: ["2022-10-01", "2022-06-01"],
    latestReadyRevisionName: ["2022-10-01", "2022-11-01"],
    patchingConfiguration: ["", "2024-02-02"],
    patchingMode: ["", "2024-02-02"],
    runningStatus: ["2023-05-01", "2023-05-02"],
    workloadProfileName: ["2023-05-01", "2022-11-01"],
    ...below("template", templateVersions),
    "template.initContainers": ["2022-10-01", "2022-06-01"],
  }),
  "containerapps/revisions": below("properties", {
    labels: ["", "2024-10-02"],
    lastActiveTime: ["2022-10-01", "2022-06-01"],
    runningState: ["2023-05-01", "2023-04-01"],
    ...below("template", templateVersions),
  }),
  "containerapps/revisions/replicas": { "properties.containers.debugEndpoint": ["2026-01-01", "2024-08-02"] },
  jobs: below("properties", {
    "configuration.identitySettings": ["2025-01-01", "2024-02-02"],
    runningState: ["2026-07-01", "2024-08-02"],
    runningStatus: ["", "2024-08-02"],
    ...below("template.containers", containerVersions),
    ...below("template.initContainers", containerVersions),
  }),
  "jobs/executions": { "properties.detailedStatus": ["2026-01-01", "2024-08-02"] },
  managedenvironments: below("properties", {
    "appLogsConfiguration.logAnalyticsConfiguration.dynamicJsonColumns": ["", "2023-08-01"],
    availabilityZones: ["", "2024-10-02"],
    "customDomainConfiguration.certificateKeyVaultProperties": ["2025-01-01", "2023-11-02"],
    daprConfiguration: ["2023-05-01", "2022-11-01"],
    diskEncryptionConfiguration: ["", "2024-10-02"],
    eventStreamEndpoint: ["2022-10-01", "2022-06-01"],
    infrastructureResourceGroup: ["2023-05-01", "2022-11-01"],
    ingressConfiguration: ["2025-07-01", "2025-02-02"],
    kedaConfiguration: ["2023-05-01", "2022-11-01"],
    peerAuthentication: ["2023-05-01", "2023-04-01"],
    peerTrafficConfiguration: ["2024-03-01", "2024-02-02"],
    privateEndpointConnections: ["2025-07-01", "2024-02-02"],
    privateLinkDefaultDomain: ["", "2024-10-02"],
    publicNetworkAccess: ["2025-07-01", "2024-02-02"],
  }),
  "managedenvironments/certificates": below("properties", {
    certificateKeyVaultProperties: ["2025-01-01", "2023-11-02"],
    certificateType: ["", "2023-08-01"],
    deploymentErrors: ["2025-07-01", "2024-10-02"],
  }),
  "managedenvironments/storages": {
    "properties.azureFile.accountKeyVaultProperties": ["2025-07-01", "2025-02-02"],
  },
  "connectedenvironments/daprcomponents": { "properties.provisioningState": ["2025-07-01", "2024-10-02"] },
});

/** The same resources are shown to detectors. */
function withDetectors(tables: Readonly<Record<string, VersionTable>>): Readonly<Record<string, VersionTable>> {
  const pairs = Object.entries(tables).flatMap(([types, table]) => [
    [types, table],
    [types.replace(/^(\w+)/, "$1/detectorproperties"), table],
  ]);
  return Object.fromEntries(pairs) as Record<string, VersionTable>;
}
