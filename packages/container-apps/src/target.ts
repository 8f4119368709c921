import {
  type ApplyOptions,
  type AppStatus,
  type Capabilities,
  type CapabilityName,
  type DeploymentTarget,
  type LogLine,
  type LogOptions,
  type Operation,
  type OperationContext,
  type Plan,
  type Revision,
  type RevisionLabels,
  runOperation,
  type ScaleBounds,
} from "@fairway/core";
import { type App, FairwayError, NotSupportedError, type TrafficWeights } from "@fairway/model";
import { fromAzure } from "./azure-errors.ts";
import { defaultReadyTimeoutMs, deploy } from "./deploy.ts";
import type { Environment } from "./environment.ts";
import { removeLabel, setLabel } from "./labels.ts";
import { readLiveApp } from "./live-app.ts";
import { readLogs } from "./logs.ts";
import { createMaintenanceControl } from "./maintenance.ts";
import { planDeploy } from "./plan.ts";
import { createPreflight } from "./preflight.ts";
import { managedApps, removeApp } from "./remove.ts";
import { describeRevisions } from "./revision-state.ts";
import { scaleRevisions } from "./scale-bounds.ts";
import { shiftTraffic } from "./shift.ts";
import { appStatus } from "./status.ts";

/** A Container Apps environment as a `DeploymentTarget`. What each call does is in the file of its name. */
export class ContainerAppsTarget implements DeploymentTarget {
  readonly address: string;
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.address = environment.address;
    this.#environment = environment;
  }

  plan(app: App): Promise<Plan> {
    return converted(app.name, planDeploy(this.#environment, app));
  }

  apply(app: App, options: ApplyOptions = {}): Operation<Revision> {
    const record = [{ ...app, secrets: {} }, options];
    return this.#start("apply", app.name, record, (context) => deploy(this.#environment, context, app, options));
  }

  shift(app: string, weights: TrafficWeights): Operation<readonly Revision[]> {
    return this.#start("shift", app, [app, weights], (context) =>
      shiftTraffic(this.#environment, context, app, weights, defaultReadyTimeoutMs),
    );
  }

  /** Makes a copy of each revision that carries traffic: see `scaleRevisions`. */
  scale(app: string, bounds: ScaleBounds): Operation<readonly Revision[]> {
    return this.#start("scale", app, [app, bounds], (context) =>
      scaleRevisions(this.#environment, context, app, bounds, defaultReadyTimeoutMs),
    );
  }

  async revisions(app: string): Promise<readonly Revision[]> {
    const environment = this.#environment;
    return converted(
      app,
      readLiveApp(environment, app).then((live) => describeRevisions(environment, live)),
    );
  }

  status(app: string): Promise<AppStatus> {
    return converted(app, appStatus(this.#environment, app));
  }

  apps(): Promise<readonly string[]> {
    return managedApps(this.#environment);
  }

  async statuses(): Promise<readonly AppStatus[]> {
    const statuses = await Promise.all((await this.apps()).map((app) => this.status(app).catch(noneWhenGone)));
    return statuses.flat();
  }

  logs(app: string, options: LogOptions = {}): AsyncIterable<LogLine> {
    return readLogs(this.#environment, app, options);
  }

  remove(app: string): Operation<void> {
    return this.#start("remove", app, [app], (context) => removeApp(this.#environment, context, app));
  }

  capability<N extends CapabilityName>(name: N): Capabilities[N] {
    const found = this.#capabilities[name];
    if (!found) throw new NotSupportedError(name, this.address, alternatives[name]);
    return found;
  }

  supports(name: CapabilityName): boolean {
    return this.#capabilities[name] !== undefined;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get #capabilities(): Partial<Capabilities> {
    return {
      labels: this.#labels,
      preflight: createPreflight(this.#environment),
      maintenance: createMaintenanceControl(this.#environment),
    };
  }

  get #labels(): RevisionLabels {
    const environment = this.#environment;
    return {
      set: (app, label, revision) =>
        this.#start("labels.set", app, [app, label, revision], (context) =>
          setLabel(environment, context, app, label, revision),
        ),
      remove: (app, label) =>
        this.#start("labels.remove", app, [app, label], (context) => removeLabel(environment, context, app, label)),
    };
  }

  #start<T>(
    call: string,
    subject: string,
    record: readonly unknown[],
    work: (context: OperationContext) => Promise<T>,
  ): Operation<T> {
    const spec = { target: this.address, call, arguments: record, clock: this.#environment.clock };
    return runOperation(spec, (context) => converted(subject, work(context)));
  }
}

const alternatives: Readonly<Record<CapabilityName, string>> = {
  upgrades:
    "The platform upgrades itself: keep two replicas or more, and follow it with --strategy maintenance. A new revision goes out with --strategy revision.",
  clusters:
    "An environment is no cluster: Azure keeps it up to date. Make a second one with Bicep or az containerapp env create.",
  labels: "",
  preflight: "",
  maintenance: "",
};

/** It was removed in between. */
function noneWhenGone(error: unknown): [] {
  if (error instanceof FairwayError && error.code === "app-not-found") return [];
  throw error;
}

async function converted<T>(subject: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw fromAzure(error, subject);
  }
}
