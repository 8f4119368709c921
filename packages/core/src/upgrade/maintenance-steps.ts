import { unreachable } from "@fairway/model";
import type { RunningReplica } from "../capabilities.ts";
import { openHours } from "./hours.ts";
import type { MaintenanceAction } from "./plan.ts";
import { defaultPollMs, type StepContext } from "./step-context.ts";

export async function takeMaintenanceStep(
  action: MaintenanceAction,
  context: StepContext,
): Promise<string | undefined> {
  const maintenance = context.target.capability("maintenance");
  switch (action.kind) {
    case "set-hours":
      await context.follow(() => maintenance.setHours(action.hours));
      return undefined;
    case "hold":
      await context.follow(() => maintenance.hold());
      return undefined;
    case "release-hold":
      await context.follow(() => maintenance.release());
      return undefined;
    case "follow-maintenance":
      return await followMaintenance(action, context);
    default:
      return unreachable(action);
  }
}

export async function undoMaintenanceStep(
  action: MaintenanceAction,
  { target, follow }: StepContext,
): Promise<string | undefined> {
  const maintenance = target.capability("maintenance");
  switch (action.kind) {
    case "set-hours":
      await follow(() => maintenance.setHours(action.from));
      return undefined;
    case "hold":
      await follow(() => maintenance.release());
      return undefined;
    case "release-hold":
    case "follow-maintenance":
      return undefined;
    default:
      return unreachable(action);
  }
}

/** Nobody tells that maintenance goes on: that replicas from before the hours are replaced does. */
async function followMaintenance(
  { hours }: Extract<MaintenanceAction, { readonly kind: "follow-maintenance" }>,
  { ports, target, signal, report }: StepContext,
): Promise<string> {
  const { clock, pollMs = defaultPollMs } = ports;
  const { startMs, endMs } = openHours(hours, clock.now());
  const seen = new Sightings(startMs);
  for (let said = ""; ; await clock.sleep(pollMs, signal)) {
    seen.add(await target.capability("maintenance").replicas());
    if (seen.outdated === 0 && seen.isWell) return seen.summary;
    if (clock.now() >= endMs) return `the hours are over: ${seen.summary}`;
    if (seen.summary !== said) report(seen.summary);
    said = seen.summary;
  }
}

interface AppSightings {
  ready: number;
  total: number;
  lowest: number;
}

class Sightings {
  readonly #startMs: number;
  readonly #apps = new Map<string, AppSightings>();
  #before = 0;
  outdated = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  add(replicas: readonly RunningReplica[]): void {
    this.outdated = replicas.filter(({ startedAt }) => Date.parse(startedAt) < this.#startMs).length;
    this.#before = Math.max(this.#before, this.outdated);
    const byApp = Map.groupBy(replicas, ({ app }) => app);
    for (const app of new Set([...byApp.keys(), ...this.#apps.keys()])) {
      const own = byApp.get(app) ?? [];
      const ready = own.filter(({ isReady }) => isReady).length;
      const known = this.#apps.get(app) ?? { ready, total: own.length, lowest: ready };
      const [total, lowest] = [Math.max(known.total, own.length), Math.min(known.lowest, ready)];
      this.#apps.set(app, { ready, total, lowest });
    }
  }

  get isWell(): boolean {
    return [...this.#apps.values()].every(({ ready, total }) => ready >= total);
  }

  /** `3 of 4 replicas replaced; lowest: web 1 of 2 ready`. */
  get summary(): string {
    const lowest = [...this.#apps].map(([app, { lowest: low, total }]) => `${app} ${low} of ${total}`);
    const replaced = `${this.#before - this.outdated} of ${this.#before} replicas replaced`;
    return lowest.length === 0 ? replaced : `${replaced}; lowest: ${lowest.join(", ")} ready`;
  }
}
