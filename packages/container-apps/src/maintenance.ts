import {
  type MaintenanceControl,
  type Operation,
  type OperationContext,
  type RunningReplica,
  runOperation,
  type WeeklyHours,
} from "@fairway/core";
import { fromAzure, isNotFound } from "./azure-errors.ts";
import type { Environment } from "./environment.ts";
import { abortable, readLiveApp } from "./live-app.ts";
import { managedApps } from "./remove.ts";
import { isReady, listReplicas } from "./revision-state.ts";

/** Platform maintenance of an environment (Container Apps docs, planned maintenance): one window, called `default`. */
export function createMaintenanceControl(environment: Environment): MaintenanceControl {
  const { address, clock } = environment;
  function operation(
    call: string,
    args: readonly unknown[],
    work: (running: OperationContext) => Promise<void>,
  ): Operation<void> {
    return runOperation({ target: address, call, arguments: args, clock }, (running) =>
      converted(environment, work(running)),
    );
  }
  return {
    hours: () => converted(environment, readHours(environment)),
    setHours: (hours) =>
      operation("maintenance.setHours", [hours], (running) => writeHours(environment, hours, running)),
    replicas: () => converted(environment, readReplicas(environment)),
    hold: () =>
      operation("maintenance.hold", [], (running) =>
        forEachApp(environment, running, "Holding", (id) => environment.holds.place(id)),
      ),
    release: () =>
      operation("maintenance.release", [], (running) =>
        forEachApp(environment, running, "Releasing", (id) => environment.holds.remove(id)),
      ),
  };
}

async function converted<T>({ address }: Environment, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw fromAzure(error, address);
  }
}

async function readHours({ client, resourceGroup, name }: Environment): Promise<WeeklyHours | undefined> {
  try {
    const { scheduledEntries } = await client.maintenanceConfigurations.get(resourceGroup, name, "default");
    const [entry] = scheduledEntries ?? [];
    return entry && { weekDay: entry.weekDay, startHour: entry.startHourUtc, durationHours: entry.durationHours };
  } catch (error) {
    if (isNotFound(error, "MaintenanceConfigurationNotFound")) return undefined;
    throw error;
  }
}

async function writeHours(
  { client, resourceGroup, name }: Environment,
  hours: WeeklyHours | undefined,
  { signal }: OperationContext,
): Promise<void> {
  if (!hours) {
    await client.maintenanceConfigurations.delete(resourceGroup, name, "default", abortable(signal));
    return;
  }
  const { weekDay, startHour, durationHours } = hours;
  const scheduledEntries = [{ weekDay, startHourUtc: startHour, durationHours }];
  await client.maintenanceConfigurations.createOrUpdate(
    resourceGroup,
    name,
    "default",
    { scheduledEntries },
    abortable(signal),
  );
}

async function readReplicas(environment: Environment): Promise<readonly RunningReplica[]> {
  const apps = await managedApps(environment);
  const all = await Promise.all(apps.map((app) => replicasOf(environment, app)));
  return all.flat();
}

async function replicasOf(environment: Environment, app: string): Promise<readonly RunningReplica[]> {
  const live = await readLiveApp(environment, app);
  const running = live.revisions.filter(({ active, replicas }) => active && replicas !== 0);
  const listed = await Promise.all(running.map((revision) => listReplicas(environment, live, revision)));
  return listed.flat().map((replica) => ({
    app,
    name: replica.name ?? "",
    startedAt: (replica.createdTime ?? new Date(0)).toISOString(),
    isReady: isReady(replica),
  }));
}

async function forEachApp(
  environment: Environment,
  { report }: OperationContext,
  verb: string,
  act: (resourceId: string) => Promise<void>,
): Promise<void> {
  const apps = await managedApps(environment);
  report(`${verb} ${apps.join(", ") || "nothing"}`);
  const group = environment.id.replace(/\/providers\/.*$/i, "");
  for (const app of apps) await act(`${group}/providers/Microsoft.App/containerApps/${app}`);
}
