import type { AppStatus, Revision } from "@fairway/core";
import { type AppState, describedApp, readAppStates, readExistingApp } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { describeRevisions } from "./revisions.ts";

export async function statusOf(context: AksContext, app: string): Promise<AppStatus> {
  return describeApp(context, await readExistingApp(context.kubernetes, app));
}

export async function statusesOf(context: AksContext): Promise<readonly AppStatus[]> {
  const states = await readAppStates(context.kubernetes);
  return Promise.all(states.map((state) => describeApp(context, state)));
}

async function describeApp(context: AksContext, state: AppState): Promise<AppStatus> {
  const revisions = await describeRevisions(context, state);
  const url = urlOf(context, state);
  return {
    app: state.app,
    ...(url === undefined ? {} : { url }),
    revisions,
    health: healthOf(revisions),
    messages: messagesOf(revisions),
  };
}

/** The public host when there is one, else the name inside the cluster. */
function urlOf(context: AksContext, { app, route, revisions }: AppState): string | undefined {
  const host = route?.spec.hostnames?.[0];
  if (host !== undefined) return `http://${host}`;
  if (route) return `http://${app}.${context.kubernetes.namespace}.svc.cluster.local`;
  const newest = revisions[0] && describedApp(revisions[0]);
  return newest?.ingress.exposure === "internal"
    ? `http://${app}.${context.kubernetes.namespace}.svc.cluster.local`
    : undefined;
}

function healthOf(revisions: readonly Revision[]): AppStatus["health"] {
  const serving = revisions.filter(({ weight }) => weight > 0);
  const able = serving.filter(({ state }) => state.kind === "ready" || state.kind === "idle");
  if (serving.length === 0) return revisions.some(({ state }) => state.kind === "starting") ? "progressing" : "down";
  if (able.length === 0) return serving.some(({ state }) => state.kind === "starting") ? "progressing" : "down";
  const isWhole = serving.every(({ state, replicas }) => state.kind === "idle" || replicas.ready >= replicas.total);
  if (able.length < serving.length || !isWhole) return "degraded";
  const isMoving = revisions.some(({ state }) => state.kind === "starting");
  return revisions.some(({ state }) => state.kind === "failed") ? "degraded" : isMoving ? "progressing" : "healthy";
}

function messagesOf(revisions: readonly Revision[]): string[] {
  const messages = revisions.flatMap(({ name, weight, state, replicas }) => {
    if (state.kind === "failed") return [`Revision ${name} has failed: ${state.reason}.`];
    if (state.kind === "inactive" && weight > 0)
      return [`Revision ${name} has ${weight} % of the traffic and is out of service.`];
    if (state.kind === "ready" && replicas.ready < replicas.total) {
      return [`Revision ${name} has ${replicas.ready} of ${replicas.total} replicas ready.`];
    }
    return [];
  });
  return revisions.some(({ weight }) => weight > 0) ? messages : [...messages, "No revision gets traffic."];
}
