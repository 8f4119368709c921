import type { ContainerApp } from "../../../controllers/container-app.ts";
import type { AppReplica } from "../../../controllers/container-app-replica.ts";
import type { Revision } from "../../../controllers/container-app-revision.ts";
import type { ResourceAddress } from "../../../world/container-apps/environment.ts";
import type { Json } from "../../../world/container-apps/json.ts";
import type { BodyContext } from "./app-body.ts";
import { replicaProperties } from "./replica-body.ts";
import { offsetTime } from "./shared-bodies.ts";
import { revisionTemplateBody } from "./template-body.ts";

export function revisionBody(app: ContainerApp, revision: Revision): Json {
  const { ingress } = app.configuration;
  const details = revision.failure ?? "";
  return {
    id: revisionId(app.address, revision.name),
    name: revision.name,
    type: "Microsoft.App/containerapps/revisions",
    properties: {
      createdTime: offsetTime(revision.createdAtMs),
      lastActiveTime: offsetTime(revision.everReady ? revision.lastActiveAtMs : revision.createdAtMs),
      fqdn: ingress ? `${revision.name}.${app.domain}` : "",
      template: revisionTemplateBody(revision.template),
      active: revision.active,
      replicas: revision.living.length,
      trafficWeight: app.wantedTraffic().weights.get(revision.name) ?? 0,
      ...(revision.failure ? { provisioningError: revision.failure } : {}),
      healthState: healthState(revision),
      provisioningState: provisioningState(app, revision),
      runningState: runningState(app, revision),
      ...(details ? { runningStateDetails: details } : {}),
    },
  };
}

export function replicaBody(app: ContainerApp, replica: AppReplica, { baseUrl }: BodyContext): Json {
  const { subscription, resourceGroup, name } = app.address;
  const { revision, name: replicaName } = replica.spec;
  const path = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/containerApps/${name}/revisions/${revision}/replicas/${replicaName}`;
  return {
    id: `${revisionId(app.address, revision)}/replicas/${replicaName}`,
    name: replicaName,
    type: "Microsoft.App/containerapps/revisions/replicas",
    properties: replicaProperties(replica, baseUrl, ({ template }) => `${path}/containers/${template.name}`),
  };
}

function revisionId({ subscription, resourceGroup, name }: ResourceAddress, revision: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.App/containerApps/${name}/revisions/${revision}`;
}

/** Source: azure-facts 4.1 and 4.12, wire facts (provisioning-states). */
function provisioningState(app: ContainerApp, revision: Revision): string {
  if (!revision.active) return revision.replicas.length > 0 ? "Deprovisioning" : "Deprovisioned";
  if (revision.failure && !revision.everReady) return "Failed";
  const isBeingMade = app.operation !== undefined && app.latestRevisionName === revision.name && !revision.everReady;
  return isBeingMade ? "Provisioning" : "Provisioned";
}

function healthState(revision: Revision): string {
  if (revision.failure) return "Unhealthy";
  if (!revision.everReady || revision.wanted === 0) return "None";
  return revision.readyReplicas > 0 ? "Healthy" : "Unhealthy";
}

function runningState(app: ContainerApp, revision: Revision): string {
  const ready = revision.readyReplicas;
  if (!revision.active) return revision.replicas.length > 0 ? "Deprovisioning" : "Stopped";
  if (!app.running) return "Stopped";
  if (revision.failure) return ready > 0 ? "Degraded" : "Failed";
  if (revision.wanted === 0) return "ScaledToZero";
  if (ready >= revision.wanted) return "Running";
  return revision.everReady && !revision.coldStart ? "Degraded" : "Activating";
}
