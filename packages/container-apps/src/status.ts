import type { AppStatus, Revision } from "@fairway/core";
import type { Environment } from "./environment.ts";
import { type LiveApp, readLiveApp } from "./live-app.ts";
import { describeRevisions } from "./revision-state.ts";

export async function appStatus(environment: Environment, app: string): Promise<AppStatus> {
  const live = await readLiveApp(environment, app);
  const revisions = await describeRevisions(environment, live);
  const fqdn = live.app.configuration?.ingress?.fqdn;
  return {
    app,
    ...(fqdn ? { url: `https://${fqdn}` } : {}),
    revisions,
    health: healthOf(live, revisions),
    messages: [...writeMessages(live), ...revisions.flatMap(messagesOf)],
  };
}

/** Callers are judged by the revisions that carry traffic; a failure beside them still shows as degraded. */
function healthOf({ app }: LiveApp, revisions: readonly Revision[]): AppStatus["health"] {
  const carrying = revisions.filter(({ weight }) => weight > 0);
  const serving = carrying.filter(({ state }) => state.kind === "ready" || state.kind === "idle");
  const isStarting = carrying.some(({ state }) => state.kind === "starting");
  if (serving.length === 0) return isStarting ? "progressing" : "down";
  if (isStarting || app.provisioningState === "InProgress") return "progressing";
  const hasFailure = app.provisioningState === "Failed" || revisions.some(({ state }) => state.kind === "failed");
  const lacksReplicas = serving.some(({ replicas }) => replicas.ready < replicas.total);
  return hasFailure || lacksReplicas || serving.length < carrying.length ? "degraded" : "healthy";
}

function writeMessages({ app }: LiveApp): string[] {
  if (app.provisioningState !== "Failed") return [];
  return ["The last change of the app failed; what ran before still runs."];
}

function messagesOf({ name, state, weight, replicas }: Revision): string[] {
  switch (state.kind) {
    case "failed":
      return [`Revision ${name} with ${weight} % of the traffic has failed: ${state.reason}`];
    case "starting":
      return [`Revision ${name} with ${weight} % of the traffic is starting.`];
    case "inactive":
      return weight > 0 ? [`Revision ${name} is inactive and still has ${weight} % of the traffic.`] : [];
    case "ready":
      if (replicas.ready === replicas.total) return [];
      return [`Revision ${name} has ${replicas.ready} of ${replicas.total} replicas ready.`];
    case "idle":
      return [];
  }
}
