import type { ContainerApp } from "../controllers/container-app.ts";
import type { Revision } from "../controllers/container-app-revision.ts";
import type { ContainerApps } from "../controllers/container-apps.ts";
import { platformMs } from "../world/world.ts";
import type { Effect, EffectContext } from "./effect.ts";
import { FaultError } from "./parameters.ts";

export function startMaintenance(apps: ContainerApps, environment: string): Effect {
  return {
    begin() {
      apps.startMaintenance(environment);
      return "over";
    },
  };
}

/** Issue 1483 saw a restart every six minutes. */
const churnSeconds = 360;

export function churn(app: ContainerApp, { world }: EffectContext, periodSeconds = churnSeconds): Effect {
  return {
    begin: () =>
      every(world, periodSeconds, () => {
        for (const revision of app.revisions) if (revision.active) revision.restart();
        app.changed();
      }),
  };
}

/** How often a revision is marked as busy; shorter than any cooldown. */
const busySeconds = 5;

export function keepBusy(app: ContainerApp, { world }: EffectContext): Effect {
  return {
    begin: () =>
      every(world, busySeconds, () => {
        for (const revision of app.revisions) if (revision.active) revision.lastActiveAtMs = world.clock.now();
      }),
  };
}

/** Issue 1817 saw executions begin ten minutes after the messages. */
const lateSeconds = 600;

export function seeLate(
  apps: ContainerApps,
  { world }: EffectContext,
  { app, delaySeconds = lateSeconds }: { readonly app: string; readonly delaySeconds?: number },
): Effect {
  const found = [...apps.list(), ...apps.jobs.list()].find(
    ({ address }) => address.name.toLowerCase() === app.toLowerCase(),
  );
  if (!found) {
    const hint = "Create it first; GET /_emulator lists the apps that there are.";
    throw new FaultError("parameters.app", `There is no container app or job ${app}.`, hint);
  }
  return { begin: () => apps.metrics.delay(found.address.name, platformMs(world, delaySeconds)) };
}

export function loseRevision(app: ContainerApp, name: string): Effect {
  const revision = revisionOf(app, name);
  return {
    begin() {
      app.revisions = app.revisions.filter((other) => other !== revision);
      revision.close();
      app.changed();
      return "over";
    },
  };
}

export function staleTraffic(app: ContainerApp, name: string): Effect {
  const revision = revisionOf(app, name);
  return {
    begin() {
      app.deactivate(revision);
      return "over";
    },
  };
}

/** A write that changes nothing, by somebody else. */
export function beginDeployment(apps: ContainerApps, app: ContainerApp): Effect {
  if (app.operation) {
    throw new FaultError("parameters.app", `A write of ${app.address.name} is under way.`, "Wait until it has ended.");
  }
  return {
    begin() {
      apps.patch(app, {}, () => undefined);
      return "over";
    },
  };
}

function revisionOf(app: ContainerApp, name: string): Revision {
  const revision = app.revisions.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (revision) return revision;
  const names = app.revisions.map((one) => one.name).join(", ");
  throw new FaultError("parameters.revision", `There is no revision ${name}.`, `Revisions are ${names || "none"}.`);
}

function every(world: EffectContext["world"], seconds: number, act: () => void): () => void {
  const periodMs = platformMs(world, seconds);
  let timer = world.clock.after(0, run);
  function run(): void {
    act();
    timer = world.clock.after(periodMs, run);
  }
  return () => timer.cancel();
}
