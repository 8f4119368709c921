import type { ContainerApp, ManagedEnvironment } from "@azure/arm-appcontainers";
import { type AppFacts, checkEnvironment, type EnvironmentFacts, type Preflight } from "@fairway/core";
import { fromAzure } from "./azure-errors.ts";
import type { Environment } from "./environment.ts";
import { listRevisions, liveApp } from "./live-app.ts";

/** The platform upgrades itself here: what is checked is whether the apps stand that, and their own revisions. */
export function createPreflight(environment: Environment): Preflight {
  return {
    async check() {
      try {
        return { target: environment.address, findings: checkEnvironment(await readFacts(environment)) };
      } catch (error) {
        throw fromAzure(error, environment.address);
      }
    },
  };
}

async function readFacts(environment: Environment): Promise<EnvironmentFacts> {
  const { client, resourceGroup, name, clock } = environment;
  const [described, windowHours, actorApps, apps] = await Promise.all([
    client.managedEnvironments.get(resourceGroup, name),
    readWindows(environment),
    readActorApps(environment),
    readApps(environment),
  ]);
  return {
    takenAt: new Date(clock.now()).toISOString(),
    isConsumptionOnly: isConsumptionOnly(described),
    windowHours,
    actorApps,
    apps,
  };
}

/** The service writes null for none. */
function isConsumptionOnly({ workloadProfiles }: ManagedEnvironment): boolean {
  return (workloadProfiles?.length ?? 0) === 0;
}

async function readWindows({ client, resourceGroup, name }: Environment): Promise<readonly number[]> {
  const hours: number[] = [];
  for await (const { scheduledEntries = [] } of client.maintenanceConfigurations.list(resourceGroup, name)) {
    hours.push(...scheduledEntries.map(({ durationHours }) => durationHours));
  }
  return hours;
}

/** Ids of the apps that may use actors: those in the scope of a state store that keeps them. */
async function readActorApps({ client, resourceGroup, name }: Environment): Promise<EnvironmentFacts["actorApps"]> {
  const ids: string[] = [];
  for await (const component of client.daprComponents.list(resourceGroup, name)) {
    const keepsActors = component.metadata?.some(
      ({ name: field, value }) => field === "actorStateStore" && value === "true",
    );
    if (keepsActors !== true) continue;
    if (component.scopes === undefined || component.scopes.length === 0) return "all";
    ids.push(...component.scopes);
  }
  return ids;
}

async function readApps(environment: Environment): Promise<readonly AppFacts[]> {
  const { client, resourceGroup, id } = environment;
  const facts: AppFacts[] = [];
  for await (const app of client.containerApps.listByResourceGroup(resourceGroup)) {
    const isHere = (app.environmentId ?? app.managedEnvironmentId)?.toLowerCase() === id.toLowerCase();
    if (isHere && app.name !== undefined) facts.push(await appFacts(environment, app, app.name));
  }
  return facts.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function appFacts(environment: Environment, app: ContainerApp, name: string): Promise<AppFacts> {
  const { configuration, template } = app;
  const { revisions, traffic } = liveApp(app, await listRevisions(environment, name));
  const entries = configuration?.ingress?.traffic ?? [];
  const dapr = configuration?.dapr;
  return {
    name,
    revisionMode: configuration?.activeRevisionsMode ?? "Single",
    hasIngress: Boolean(configuration?.ingress),
    minReplicas: template?.scale?.minReplicas ?? 0,
    rules: (template?.scale?.rules ?? []).map(ruleType),
    isSticky: configuration?.ingress?.stickySessions?.affinity === "sticky",
    hasRuntimeTraffic:
      entries.some(({ label }) => (label ?? "") !== "") || entries.filter(({ weight }) => (weight ?? 0) > 0).length > 1,
    ...(dapr?.enabled === true ? { dapr: { appId: dapr.appId ?? name } } : {}),
    graceSeconds: template?.terminationGracePeriodSeconds ?? defaultGraceSeconds,
    activeRevisions: revisions
      .filter(({ active }) => active === true)
      .map((revision) => ({ name: revision.name, weight: traffic.weights[revision.name] ?? 0 })),
  };
}

/** Container Apps docs, application lifecycle management. */
const defaultGraceSeconds = 30;

type Rule = NonNullable<NonNullable<NonNullable<ContainerApp["template"]>["scale"]>["rules"]>[number];

function ruleType({ http, tcp, azureQueue, custom }: Rule): string {
  if (http) return "http";
  if (tcp) return "tcp";
  return azureQueue ? "azure-queue" : (custom?.type ?? "custom");
}
