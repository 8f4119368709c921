import { type App, distribute, FairwayError, parseApp, type TrafficWeights } from "@fairway/model";
import type { V1Deployment } from "@kubernetes/client-node";
import type { Kubernetes } from "./kubernetes/kubernetes.ts";
import { type HttpRoute, routeShares } from "./manifests/route.ts";
import {
  appLabel,
  createdAnnotation,
  descriptionAnnotation,
  inactiveAnnotation,
  managedLabels,
  revisionLabel,
  routeLabel,
} from "./names.ts";

/** An app as the cluster has it. */
export interface AppState {
  readonly app: string;
  /** Newest first. */
  readonly revisions: readonly RevisionObject[];
  /** Absent for apps without ingress, and before the first revision was ready. */
  readonly route: HttpRoute | undefined;
  /** Percent by revision; only revisions that exist, without zeros. Empty when nobody gets traffic. */
  readonly weights: TrafficWeights;
  /** Revision by label. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface RevisionObject {
  readonly name: string;
  readonly deployment: V1Deployment;
  readonly isActive: boolean;
  readonly createdAt: string;
}

/** Two requests, whatever the number of revisions. */
export async function readAppState(kubernetes: Kubernetes, app: string): Promise<AppState> {
  const { deployments, routes } = await readObjects(kubernetes, { [appLabel]: app });
  return appState(app, deployments, routes);
}

/** Of every app that Fairway manages, by name: two requests, whatever their number. */
export async function readAppStates(kubernetes: Kubernetes): Promise<readonly AppState[]> {
  const { deployments, routes } = await readObjects(kubernetes, managedLabels);
  const routesByApp = Map.groupBy(routes, (route) => route.metadata.labels?.[appLabel]);
  const byApp = Map.groupBy(deployments, ({ metadata }) => metadata?.labels?.[appLabel]);
  return [...byApp]
    .flatMap(([app, own]) => (app === undefined ? [] : [appState(app, own, routesByApp.get(app) ?? [])]))
    .toSorted((a, b) => (a.app < b.app ? -1 : 1));
}

interface AppObjects {
  readonly deployments: readonly V1Deployment[];
  readonly routes: readonly HttpRoute[];
}

async function readObjects(kubernetes: Kubernetes, labels: Record<string, string>): Promise<AppObjects> {
  const [deployments, routes] = await Promise.all([
    kubernetes.list<V1Deployment>("apps/v1", "Deployment", { labels }),
    readRoutes(kubernetes, labels),
  ]);
  return { deployments, routes };
}

function appState(app: string, deployments: readonly V1Deployment[], routes: readonly HttpRoute[]): AppState {
  const revisions = deployments
    .map(revisionObject)
    .toSorted((a, b) =>
      a.createdAt === b.createdAt ? (a.name < b.name ? -1 : 1) : a.createdAt < b.createdAt ? 1 : -1,
    );
  const route = routes.find(({ metadata }) => metadata.name === app);
  return { app, revisions, route, weights: weightsOf(revisions, route), labels: labelsOf(routes) };
}

/** The same, or `app-not-found`. */
export async function readExistingApp(kubernetes: Kubernetes, app: string): Promise<AppState> {
  const state = await readAppState(kubernetes, app);
  if (state.revisions.length > 0) return state;
  throw new FairwayError("app-not-found", `There is no app ${app} in namespace ${kubernetes.namespace}.`, {
    hint: "Deploy it first, or check its name and the namespace of the target.",
  });
}

export function findRevision(state: AppState, revision: string): RevisionObject {
  const found = state.revisions.find(({ name }) => name === revision);
  if (found) return found;
  throw new FairwayError("revision-not-found", `App ${state.app} has no revision ${revision}.`, {
    hint: `Choose among ${state.revisions.map(({ name }) => name).join(", ")}.`,
    path: revision,
  });
}

/** Serves somebody: has a share of the traffic or an address of its own. */
export function isInUse(state: AppState, revision: string): boolean {
  return (state.weights[revision] ?? 0) > 0 || Object.values(state.labels).includes(revision);
}

/** The app that a revision was made from, with empty secrets. Undefined when Fairway did not write it, or long ago. */
export function describedApp(revision: RevisionObject): App | undefined {
  const text = revision.deployment.metadata?.annotations?.[descriptionAnnotation];
  if (text === undefined) return undefined;
  try {
    return parseApp(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A cluster without the Gateway API has no routes; apps without ingress do without it. */
async function readRoutes(kubernetes: Kubernetes, labels: Record<string, string>): Promise<readonly HttpRoute[]> {
  const groups = await kubernetes.groups();
  if (!groups.has("gateway.networking.k8s.io")) return [];
  return kubernetes.list<HttpRoute>("gateway.networking.k8s.io/v1", "HTTPRoute", { labels });
}

function revisionObject(deployment: V1Deployment): RevisionObject {
  const annotations = deployment.metadata?.annotations ?? {};
  return {
    name: deployment.metadata?.labels?.[revisionLabel] ?? deployment.metadata?.name ?? "",
    deployment,
    isActive: annotations[inactiveAnnotation] !== "true",
    createdAt: annotations[createdAnnotation] ?? deployment.metadata?.creationTimestamp?.toISOString() ?? "",
  };
}

/** Without a route there is nothing to divide: the newest revision in service does all the work. */
function weightsOf(revisions: readonly RevisionObject[], route: HttpRoute | undefined): TrafficWeights {
  if (!route) {
    const newest = revisions.find((revision) => revision.isActive && canServe(revision));
    return newest && describedApp(newest)?.ingress.exposure === "none" ? { [newest.name]: 100 } : {};
  }
  const existing = new Set(revisions.map(({ name }) => name));
  const shares = Object.entries(routeShares(route)).filter(([name, share]) => share > 0 && existing.has(name));
  const percent = distribute(100, Object.fromEntries(shares));
  return Object.fromEntries(Object.entries(percent).filter(([, weight]) => weight > 0));
}

/** With zero replicas it waits for work, which wakes it. */
export function canServe({ deployment }: RevisionObject): boolean {
  return (deployment.status?.availableReplicas ?? 0) > 0 || deployment.spec?.replicas === 0;
}

function labelsOf(routes: readonly HttpRoute[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const route of routes) {
    const label = route.metadata.labels?.[routeLabel];
    const [revision] = Object.keys(routeShares(route));
    if (label !== undefined && revision !== undefined) labels[label] = revision;
  }
  return labels;
}
