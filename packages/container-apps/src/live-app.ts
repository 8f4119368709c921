import type { Revision as AzureRevision, ContainerApp } from "@azure/arm-appcontainers";
import { FairwayError } from "@fairway/model";
import { fromAzure, isNotFound } from "./azure-errors.ts";
import type { Environment } from "./environment.ts";
import { type ExplicitTraffic, explicitTraffic } from "./traffic.ts";

/** An app as Azure has it. */
export interface LiveApp {
  readonly app: ContainerApp;
  /** Newest first. */
  readonly revisions: readonly NamedRevision[];
  readonly traffic: ExplicitTraffic;
}

export type NamedRevision = AzureRevision & { readonly name: string };

/** Two calls. Rejects with `app-not-found`. */
export async function readLiveApp(environment: Environment, name: string, signal?: AbortSignal): Promise<LiveApp> {
  const [found, revisions] = await Promise.allSettled([
    findApp(environment, name, signal),
    listRevisions(environment, name, signal),
  ]);
  if (found.status === "rejected") throw found.reason;
  if (!found.value) throw appNotFound(environment, name);
  if (revisions.status === "rejected") throw revisions.reason;
  return liveApp(found.value, revisions.value);
}

/** One call when there is none, two when there is. */
export async function findLiveApp(
  environment: Environment,
  name: string,
  signal?: AbortSignal,
): Promise<LiveApp | undefined> {
  const app = await findApp(environment, name, signal);
  return app && liveApp(app, await listRevisions(environment, name, signal));
}

export function liveApp(app: ContainerApp, revisions: readonly NamedRevision[]): LiveApp {
  return { app, revisions, traffic: trafficOf(app, revisions) };
}

export async function listRevisions(
  { client, resourceGroup }: Environment,
  app: string,
  signal?: AbortSignal,
): Promise<readonly NamedRevision[]> {
  const revisions: NamedRevision[] = [];
  try {
    for await (const revision of client.containerAppsRevisions.listRevisions(resourceGroup, app, abortable(signal))) {
      if (isNamed(revision)) revisions.push(revision);
    }
  } catch (error) {
    throw fromAzure(error, `the revisions of ${app}`);
  }
  // Times have whole seconds; within one, the service lists the older first.
  return revisions.toReversed().toSorted((a, b) => createdMs(b) - createdMs(a));
}

/** For the options of any call of the Azure clients. */
export function abortable(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

function isNamed(revision: AzureRevision): revision is NamedRevision {
  return revision.name !== undefined;
}

async function findApp(
  { client, resourceGroup }: Environment,
  name: string,
  signal?: AbortSignal,
): Promise<ContainerApp | undefined> {
  try {
    return await client.containerApps.get(resourceGroup, name, abortable(signal));
  } catch (error) {
    if (isNotFound(error, "ResourceNotFound")) return undefined;
    throw fromAzure(error, name);
  }
}

/** Without ingress nothing splits traffic: the active revision does all the work. */
function trafficOf(
  { configuration, latestReadyRevisionName }: ContainerApp,
  revisions: readonly NamedRevision[],
): ExplicitTraffic {
  return explicitTraffic({
    entries: configuration?.ingress?.traffic ?? [],
    revisions: revisions.map(({ name, active }) => ({ name, active: active ?? false })),
    latestReady: latestReadyRevisionName || undefined,
  });
}

function createdMs({ createdTime }: AzureRevision): number {
  return createdTime?.getTime() ?? 0;
}

function appNotFound({ address }: Environment, name: string): FairwayError {
  return new FairwayError("app-not-found", `There is no app ${name} in ${address}.`, {
    hint: "Deploy it first, or list the apps that are there.",
  });
}
