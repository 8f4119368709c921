import type { OperationContext, Revision } from "@fairway/core";
import { checkSplit, FairwayError, type TrafficSplit, type TrafficWeights } from "@fairway/model";
import type { Environment } from "./environment.ts";
import { abortable, type LiveApp, liveApp, readLiveApp } from "./live-app.ts";
import { revisionFailed, waitUntilReady } from "./readiness.ts";
import { describeRevisions, stateOf } from "./revision-state.ts";
import { type ExplicitTraffic, saysTheSame, trafficEntries } from "./traffic.ts";
import { finish, whenFree } from "./write.ts";

/** Everything is checked before anything is written; a revision that newly gets traffic must be ready for it first. */
export async function shiftTraffic(
  environment: Environment,
  context: OperationContext,
  app: string,
  weights: TrafficWeights,
  readyTimeoutMs: number,
): Promise<readonly Revision[]> {
  const split = checkSplit(weights);
  const live = await whenFree(environment, context, app, async () => {
    const found = await readLiveApp(environment, app, context.signal);
    checkSplit(
      weights,
      found.revisions.map(({ name }) => name),
    );
    if (!found.app.configuration?.ingress) return withoutIngress(found, split);
    const traffic = { ...found.traffic, weights: split };
    await prepare(environment, context, found, traffic, readyTimeoutMs);
    return writeTraffic(environment, context, found, traffic);
  });
  context.report(`Traffic of ${app}: ${textOf(split)}.`, 1);
  return describeRevisions(environment, live, context.signal);
}

/** Writes the split and the labels, and nothing else of the app. */
export async function writeTraffic(
  environment: Environment,
  { signal, report }: OperationContext,
  live: LiveApp,
  traffic: ExplicitTraffic,
): Promise<LiveApp> {
  const { app } = live;
  const name = app.name ?? "";
  if (saysTheSame(app.configuration?.ingress?.traffic ?? [], traffic)) return live;
  report(`Writing the traffic of ${name}.`, 0.5);
  const { client, resourceGroup } = environment;
  const patch = { location: app.location, configuration: { ingress: { traffic: trafficEntries(traffic) } } };
  const updated = await finish(client.containerApps.update(resourceGroup, name, patch, abortable(signal)), name);
  return { ...liveApp(updated, live.revisions), traffic };
}

/** Switches on and waits for what is to get traffic and has none yet. */
async function prepare(
  environment: Environment,
  context: OperationContext,
  live: LiveApp,
  { weights }: ExplicitTraffic,
  timeoutMs: number,
): Promise<void> {
  const { client, resourceGroup } = environment;
  const gaining = live.revisions.filter(({ name }) => weights[name] && !live.traffic.weights[name]);
  for (const revision of gaining) {
    const state = stateOf(revision, []);
    if (state.kind === "failed") throw revisionFailed(revision.name, state.reason);
    if (state.kind === "inactive") {
      context.report(`Activating ${revision.name}.`, 0.1);
      const app = live.app.name ?? "";
      await client.containerAppsRevisions.activateRevision(
        resourceGroup,
        app,
        revision.name,
        abortable(context.signal),
      );
    }
    if (state.kind !== "ready" && state.kind !== "idle") {
      await waitUntilReady(environment, context, live, revision.name, { timeoutMs });
    }
  }
}

/** The one revision that does the work has all the weight there is, so that asking for just this is no mistake. */
function withoutIngress(live: LiveApp, weights: TrafficSplit): LiveApp {
  const names = Object.keys(weights);
  if (names.length === 1 && names.every((name) => live.traffic.weights[name] === 100)) return live;
  throw new FairwayError("not-supported", `${live.app.name} has no ingress, so there is no traffic to shift.`, {
    hint: "Deploy the older description again to go back, or give the app an ingress.",
  });
}

function textOf(weights: TrafficWeights): string {
  return Object.entries(weights)
    .map(([revision, weight]) => `${revision} ${weight} %`)
    .join(", ");
}
