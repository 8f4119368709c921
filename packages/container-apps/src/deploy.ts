import type { ContainerApp } from "@azure/arm-appcontainers";
import type { ApplyOptions, OperationContext, Revision } from "@fairway/core";
import type { App } from "@fairway/model";
import { type DesiredApp, desiredApp, newContainerApp } from "./desired/container-app.ts";
import type { Environment } from "./environment.ts";
import { abortable, findLiveApp, type LiveApp, liveApp, type NamedRevision } from "./live-app.ts";
import { waitUntilReady } from "./readiness.ts";
import { retireSuperseded } from "./retire.ts";
import { stateOf } from "./revision-state.ts";
import { trafficAfter, updatePatch } from "./update-patch.ts";
import { finish, whenFree } from "./write.ts";

export const defaultHistoryLimit = 10;
export const defaultReadyTimeoutMs = 10 * 60_000;

/**
 * Brings the app to what is described. Calls of the resource manager: the write and the wait for its end, the wait for
 * the revision, and at most two reads before. See `DeploymentTarget.apply` for what it does to traffic.
 */
export async function deploy(
  environment: Environment,
  context: OperationContext,
  app: App,
  options: ApplyOptions,
): Promise<Revision> {
  const desired = desiredApp(app, options.historyLimit ?? defaultHistoryLimit);
  context.report(`Comparing ${app.name} with what is there.`, 0);
  const written = await whenFree(environment, context, app.name, () => write(environment, context, app, desired));
  context.report(`Waiting until ${desired.revision} is ready.`, 0.5);
  const revision = await waitUntilReady(environment, context, written.live, desired.revision, {
    timeoutMs: options.readyTimeoutMs ?? defaultReadyTimeoutMs,
  });
  if (written.isNewRevision) await retireSuperseded(environment, context, written.live, desired.revision);
  context.report(`${desired.revision} is ready and has ${revision.weight} % of the traffic.`, 1);
  return revision;
}

interface Written {
  /** As it is after the write. */
  readonly live: LiveApp;
  readonly isNewRevision: boolean;
}

async function write(
  environment: Environment,
  context: OperationContext,
  app: App,
  desired: DesiredApp,
): Promise<Written> {
  const live = await findLiveApp(environment, app.name, context.signal);
  if (!live) return create(environment, context, app, desired);
  const existing = live.revisions.find(({ name }) => name === desired.revision);
  if (existing) await revive(environment, context, live, existing);
  const patch = updatePatch(live, desired, existing === undefined);
  const updated = patch ? await update(environment, context, app, desired, patch) : live.app;
  // What the write gave back may not show the new split yet, so the one that was sent counts.
  const after = { app: updated, revisions: live.revisions, traffic: trafficAfter(live, desired) };
  return { live: after, isNewRevision: existing === undefined };
}

async function create(
  environment: Environment,
  { signal, report }: OperationContext,
  app: App,
  desired: DesiredApp,
): Promise<Written> {
  report(`Creating ${app.name} with revision ${desired.revision}.`, 0.1);
  const { client, resourceGroup, wirePatch } = environment;
  const whole = newContainerApp(desired, environment);
  const poller = wirePatch.send(app, (requestOptions) =>
    client.containerApps.createOrUpdate(resourceGroup, app.name, whole, { ...abortable(signal), requestOptions }),
  );
  const created = await finish(poller, app.name, desired.revision);
  const live = liveApp(created, []);
  return { live: { ...live, traffic: { labels: {}, weights: { [desired.revision]: 100 } } }, isNewRevision: true };
}

async function update(
  environment: Environment,
  { signal, report }: OperationContext,
  app: App,
  desired: DesiredApp,
  patch: ContainerApp,
): Promise<ContainerApp> {
  report(patch.template ? `Creating revision ${desired.revision}.` : `Updating the configuration of ${app.name}.`, 0.1);
  const { client, resourceGroup, wirePatch } = environment;
  const poller = wirePatch.send(app, (requestOptions) =>
    client.containerApps.update(resourceGroup, app.name, patch, { ...abortable(signal), requestOptions }),
  );
  return finish(poller, app.name, patch.template ? desired.revision : undefined);
}

/** A revision that is there already but does not run: switched on again, or started anew when it had failed. */
async function revive(
  { client, resourceGroup }: Environment,
  { signal, report }: OperationContext,
  live: LiveApp,
  revision: NamedRevision,
): Promise<void> {
  const app = live.app.name ?? "";
  const state = stateOf(revision, []).kind;
  if (state === "inactive") {
    report(`Activating ${revision.name}, which is there already.`, 0.3);
    await client.containerAppsRevisions.activateRevision(resourceGroup, app, revision.name, abortable(signal));
  } else if (state === "failed") {
    report(`Restarting ${revision.name}, which had failed.`, 0.3);
    await client.containerAppsRevisions.restartRevision(resourceGroup, app, revision.name, abortable(signal));
  }
}
