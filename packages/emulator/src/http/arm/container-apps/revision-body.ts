import type { ContainerApp } from "../../../controllers/container-app.ts";
import type { AppContainer, AppReplica } from "../../../controllers/container-app-replica.ts";
import type { Revision } from "../../../controllers/container-app-revision.ts";
import type { ResourceAddress } from "../../../world/container-apps/environment.ts";
import type { Json } from "../../../world/container-apps/json.ts";
import type { BodyContext } from "./app-body.ts";
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
      ...(revision.everReady ? { lastActiveTime: offsetTime(revision.lastActiveAtMs) } : {}),
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

export function replicaBody(app: ContainerApp, replica: AppReplica, context: BodyContext): Json {
  return {
    id: `${revisionId(app.address, replica.spec.revision)}/replicas/${replica.spec.name}`,
    name: replica.spec.name,
    type: "Microsoft.App/containerapps/revisions/replicas",
    properties: {
      createdTime: `${new Date(replica.createdAtMs).toISOString().slice(0, 19)}Z`,
      runningState: isRunning(replica) ? "Running" : "NotRunning",
      runningStateDetails: "",
      containers: replica.containers("containers").map((container) => containerBody(app, replica, container, context)),
      initContainers: replica
        .containers("initContainers")
        .map((container) => containerBody(app, replica, container, context)),
    },
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

function isRunning(replica: AppReplica): boolean {
  return replica.containers("containers").every((container) => container.replica?.state.kind === "running");
}

function containerBody(
  app: ContainerApp,
  replica: AppReplica,
  container: AppContainer,
  { baseUrl }: BodyContext,
): Json {
  const { subscription, resourceGroup, name } = app.address;
  const running = container.replica;
  const path = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/containerApps/${name}/revisions/${replica.spec.revision}/replicas/${replica.spec.name}/containers/${container.template.name}`;
  return {
    name: container.template.name,
    ...(running ? { containerId: running.containerId } : {}),
    ready: running?.ready ?? false,
    started: running?.started ?? false,
    restartCount: running?.restartCount ?? 0,
    runningState: containerState(running?.state.kind),
    runningStateDetails: running?.state.kind === "waiting" ? running.state.reason : "",
    logStreamEndpoint: `${baseUrl}${path}/logstream`,
    execEndpoint: `${baseUrl.replace("https:", "wss:")}${path}/exec`,
    debugEndpoint: `${baseUrl.replace("https:", "wss:")}${path}/debug`,
  };
}

function containerState(kind: "waiting" | "running" | "terminated" | undefined): string {
  switch (kind) {
    case "running":
      return "Running";
    case "terminated":
      return "Terminated";
    case "waiting":
    case undefined:
      return "Waiting";
  }
}

function offsetTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}+00:00`;
}
