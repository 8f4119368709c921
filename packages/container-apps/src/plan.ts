import type { ContainerApp, Template } from "@azure/arm-appcontainers";
import { type Change, diff, type Plan } from "@fairway/core";
import type { App } from "@fairway/model";
import { configurationChanges, templateChanges } from "./comparison.ts";
import { defaultHistoryLimit } from "./deploy.ts";
import { type DesiredApp, desiredApp, newContainerApp } from "./desired/container-app.ts";
import { notEquivalent } from "./desired/not-equivalent.ts";
import { patched, patchOf } from "./desired/overrides.ts";
import type { Environment } from "./environment.ts";
import { findLiveApp, type LiveApp } from "./live-app.ts";
import { trafficAfter } from "./update-patch.ts";

export async function planDeploy(environment: Environment, app: App): Promise<Plan> {
  const desired = desiredApp(app, defaultHistoryLimit);
  const live = await findLiveApp(environment, app.name);
  const isNew = !live?.revisions.some(({ name }) => name === desired.revision);
  return {
    app: app.name,
    revision: { name: desired.revision, isNew },
    changes: live ? updates(app, live, desired, isNew) : creation(environment, app, desired),
    notEquivalent: notEquivalent(app),
    traffic: {
      before: live?.traffic.weights ?? {},
      after: live ? trafficAfter(live, desired).weights : { [desired.revision]: 100 },
    },
  };
}

function creation(environment: Environment, app: App, desired: DesiredApp): Change[] {
  const whole = patched(app, [], wireShape(newContainerApp(desired, environment)));
  return [
    { resource: `containerApp ${app.name}`, action: "create", properties: diff(undefined, whole, { isSecret }) },
    { resource: `revision ${desired.revision}`, action: "create", properties: [] },
  ];
}

function updates(app: App, live: LiveApp, desired: DesiredApp, isNew: boolean): Change[] {
  const properties = [
    ...configurationChanges(live.app, desired),
    ...diff(wireShape(live.app), patchOf(app) ?? {}, { missing: "kept", isSecret }),
  ];
  const template = isNew ? templateChanges(newestTemplate(live), desired) : [];
  return [
    { resource: `containerApp ${app.name}`, action: properties.length > 0 ? "update" : "keep", properties },
    { resource: `revision ${desired.revision}`, action: isNew ? "create" : "keep", properties: template },
  ];
}

/** Revisions do not tell how often their scale is looked at, nor for how long it then rests: the app does. */
function newestTemplate({ app, revisions: [newest] }: LiveApp): Template | undefined {
  const template = newest?.template ?? app.template;
  if (!template?.scale) return template;
  const { cooldownPeriod, pollingInterval } = app.template?.scale ?? {};
  const scale = {
    ...template.scale,
    ...(cooldownPeriod === undefined ? {} : { cooldownPeriod: template.scale.cooldownPeriod ?? cooldownPeriod }),
    ...(pollingInterval === undefined ? {} : { pollingInterval: template.scale.pollingInterval ?? pollingInterval }),
  };
  return { ...template, scale };
}

/** As ARM has it: what the client's type holds flat is under `properties` there. */
function wireShape({ tags, location, identity, ...properties }: ContainerApp): unknown {
  return { tags, location, identity, properties };
}

function isSecret(path: string): boolean {
  return /secrets\[[^\]]+\]\.value$/.test(path);
}
