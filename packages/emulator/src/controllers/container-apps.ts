import type { Random } from "@fairway/kernel";
import type { ArmOperation, Operations } from "../world/arm/operations.ts";
import type { DurationName } from "../world/calibration.ts";
import { withAddOn } from "../world/container-apps/add-ons.ts";
import { addressKey, type Environment, type ResourceAddress } from "../world/container-apps/environment.ts";
import { type Json, mergePatch } from "../world/container-apps/json.ts";
import { type AppSpec, checkAppName, readApp } from "../world/container-apps/read-app.ts";
import { invalidField, Refusal } from "../world/container-apps/refusal.ts";
import { checkTraffic } from "../world/container-apps/traffic.ts";
import type { WriteFaults } from "../world/container-apps/write-faults.ts";
import { durationMs, type World } from "../world/world.ts";
import { ConnectedEnvironments } from "./connected-environments.ts";
import { type AppHost, ContainerApp } from "./container-app.ts";
import { EnvironmentChildren } from "./container-app-children.ts";
import { fitted } from "./container-app-cores.ts";
import { type Accepted, Environments } from "./container-app-environments.ts";
import { httpRouteHost, httpRouteOf } from "./container-app-http-routes.ts";
import { Jobs } from "./container-app-jobs.ts";
import { KeptResources } from "./container-app-kept.ts";
import { EnvironmentMaintenance } from "./container-app-maintenance.ts";
import { ScalerMetrics } from "./container-app-metrics.ts";
import { placeReplica } from "./container-app-nodes.ts";
import { checkLocation, checkTarget, checkTcp, contentNow, planRevision } from "./container-app-plan.ts";
import type { AppProgress } from "./container-app-progress.ts";
import type { Revision } from "./container-app-revision.ts";
import { RoutePublisher } from "./container-app-routes.ts";

type Result = (app: ContainerApp) => unknown;

/** Container apps and their environments: every command of Microsoft.App. Commands throw `Refusal` and have then done nothing. */
export class ContainerApps implements AppHost {
  readonly world: World;
  readonly environments: Environments;
  readonly jobs: Jobs;
  /** What scale rules other than those of the ingress look at. */
  readonly metrics: ScalerMetrics;
  readonly children: EnvironmentChildren;
  /** What is kept and shown, and behind which nothing runs. */
  readonly kept: KeptResources;
  readonly #httpRoutes: RoutePublisher;
  readonly #operations: Operations;
  readonly #random: Random;
  readonly #writeFaults: WriteFaults;
  readonly #apps = new Map<string, ContainerApp>();
  readonly #maintenance = new Map<Environment, EnvironmentMaintenance>();
  readonly #stopListening: () => void;

  /** `writeFaults`: what faults make of writes of apps. */
  constructor(world: World, operations: Operations, writeFaults: WriteFaults = () => undefined) {
    this.world = world;
    this.metrics = new ScalerMetrics(world.clock);
    this.#writeFaults = writeFaults;
    this.kept = new KeptResources(world, operations);
    const connected = new ConnectedEnvironments(world, this.kept);
    this.environments = new Environments(world, operations, connected, (gone) => this.#forgetBelow(gone));
    this.jobs = new Jobs(world, operations, this.environments, this.metrics);
    this.children = new EnvironmentChildren(world, ({ kind }) => {
      if (kind === "httpRouteConfigs") this.#publishHttpRoutes();
    });
    this.#httpRoutes = new RoutePublisher(world.dataPlane);
    this.#operations = operations;
    this.#random = world.random.stream("container-apps");
    this.#stopListening = world.dataPlane.onHeld((host, revision) => {
      for (const app of this.#apps.values()) if (app.hosts.includes(host.toLowerCase())) app.wake(revision);
    });
  }

  get(address: ResourceAddress): ContainerApp | undefined {
    return this.#apps.get(addressKey(address));
  }

  /** In order of creation. */
  list(): readonly ContainerApp[] {
    return [...this.#apps.values()];
  }

  appsOf(environment: Environment): readonly ContainerApp[] {
    return this.list().filter((app) => app.environment === environment);
  }

  put(address: ResourceAddress, content: Json, result: Result): Accepted<ContainerApp> {
    const existing = this.get(address);
    if (existing) return this.#update(existing, content, "containerApps.update", result);
    checkAppName(address.name);
    const spec = this.#read(address, content);
    const environment = this.environments.forResource(spec.environmentId);
    checkLocation(spec, environment);
    checkTcp(spec, environment);
    const app = new ContainerApp(this, { address, environment, content, spec });
    try {
      return this.#write(app, { spec, content, duration: "containerApps.create" }, result);
    } catch (error) {
      app.close(false);
      throw error;
    }
  }

  /** An app of an earlier run. */
  resume(before: AppProgress): void {
    const spec = this.#read(before.address, before.content);
    const environment = this.environments.forResource(spec.environmentId);
    const app = new ContainerApp(this, { address: before.address, environment, content: before.content, spec });
    this.#apps.set(addressKey(app.address), app);
    app.resume(before);
  }

  patch(app: ContainerApp, patch: Json, result: Result): Accepted<ContainerApp> {
    const merged = mergePatch(contentNow(app), patch) as Json;
    const properties = patch["properties"];
    const hasTemplate = typeof properties === "object" && properties !== null && "template" in properties;
    const duration = hasTemplate ? "containerApps.patch.template" : "containerApps.patch.configuration";
    return this.#update(app, merged, duration, result);
  }

  delete(app: ContainerApp): ArmOperation {
    this.checkIdle(app);
    app.provisioningState = "Deleting";
    const operation = this.#start(app, () => undefined);
    app.close(true);
    this.world.clock.after(durationMs(this.world, "containerApps.delete", this.#random), () => {
      this.#apps.delete(addressKey(app.address));
      this.kept.forget("containerApps", { ...app.address, names: [app.address.name] });
      this.#publishHttpRoutes();
      this.#operations.succeed(operation);
    });
    return operation;
  }

  /** Stop takes all replicas away and keeps everything else; start brings them back. */
  setRunning(app: ContainerApp, running: boolean, result: Result): ArmOperation {
    this.checkIdle(app);
    const operation = this.#start(app, () => result(app));
    app.provisioningState = "InProgress";
    app.running = running;
    app.changed();
    this.#finishAfter(app, operation, durationMs(this.world, "containerApps.startOrStop", this.#random));
    return operation;
  }

  /** Of an app that exists; throws when it has no such revision. */
  revision(app: ContainerApp, name: string): Revision {
    const revision = app.revisions.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (revision) return revision;
    throw new Refusal(404, "RevisionNotFound", `Revision with name '${name}' was not found.`);
  }

  actOnRevision(app: ContainerApp, name: string, action: "activate" | "deactivate" | "restart"): void {
    const revision = this.revision(app, name);
    this.checkIdle(app);
    switch (action) {
      case "activate":
        return app.activate(revision);
      case "deactivate":
        return app.deactivate(revision);
      case "restart":
        revision.restart();
        return app.changed();
    }
  }

  /** The platform replaces every replica of the environment, node by node. False when there is no such environment. */
  startMaintenance(environment: string): boolean {
    const found = this.environments.find(environment);
    if (!found) return false;
    if (found.maintenance.kind === "running") return true;
    this.#maintenance.set(found, new EnvironmentMaintenance(this.world, found, () => this.appsOf(found)));
    return true;
  }

  place(app: ContainerApp, revision: string): number {
    const { environment } = app;
    const replicas = this.appsOf(environment).flatMap((other) => other.revisions.flatMap(({ living }) => living));
    return placeReplica(replicas, revision, this.#maintenance.get(environment)?.closedNode);
  }

  reconciled(app: ContainerApp): void {
    this.#maintenance.get(app.environment)?.check();
    this.#publishHttpRoutes();
  }

  checkIdle(app: ContainerApp): void {
    if (!app.operation) return;
    const text = `Cannot modify a container app '${app.address.name}' because there is an active provisioning operation in progress. OperationId: ${app.operation.id}`;
    throw new Refusal(409, "ContainerAppOperationInProgress", text);
  }

  /** Kills every replica. */
  close(): void {
    this.#stopListening();
    for (const maintenance of this.#maintenance.values()) maintenance.close();
    for (const app of this.#apps.values()) app.close(false);
    this.jobs.close();
  }

  #read(address: ResourceAddress, content: Json): AppSpec {
    const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    const secretOf = (name: string): string =>
      this.world.random.stream(`add-on/${addressKey(address)}/${name}`).text(32, letters);
    return readApp(withAddOn(content, address.name, secretOf));
  }

  #forgetBelow(environment: Environment): void {
    const { address } = environment;
    this.children.forget(environment);
    this.kept.forget("managedEnvironments", { ...address, names: [address.name] });
  }

  #publishHttpRoutes(): void {
    const configs = this.environments.list().flatMap((each) => this.children.list(each, "httpRouteConfigs"));
    if (configs.length === 0 && this.#httpRoutes.hosts.length === 0) return;
    const routes = configs.map(
      (config) => [httpRouteHost(config), httpRouteOf(config, this.appsOf(config.environment))] as const,
    );
    this.#httpRoutes.publish(new Map(routes));
  }

  #update(app: ContainerApp, content: Json, duration: DurationName, result: Result): Accepted<ContainerApp> {
    this.checkIdle(app);
    const spec = this.#read(app.address, content);
    if (this.environments.forResource(spec.environmentId) !== app.environment) {
      throw invalidField("environmentId", spec.environmentId, "the environment of a container app cannot be changed");
    }
    checkTcp(spec, app.environment);
    return this.#write(app, { spec, content, duration }, result);
  }

  #write(
    app: ContainerApp,
    write: { readonly spec: AppSpec; readonly content: Json; readonly duration: DurationName },
    result: Result,
  ): Accepted<ContainerApp> {
    const plan = fitted(
      planRevision(app, write.spec),
      write.spec.template,
      this.appsOf(app.environment).filter((other) => other !== app),
    );
    checkTraffic(write.spec.configuration, app.revisions, plan.kind === "create" ? plan.name : undefined);
    checkTarget(app, write.spec, plan);
    this.#apps.set(addressKey(app.address), app);
    app.spec = write.spec;
    app.content = write.content;
    app.moveLabels();
    app.provisioningState = "InProgress";
    app.deploymentErrors = undefined;
    app.modifiedAtMs = this.world.clock.now();
    const operation = this.#start(app, () => result(app));
    const totalMs = durationMs(this.world, write.duration, this.#random);
    this.#finishAfter(app, operation, totalMs, plan.kind === "fail" ? plan.details : undefined);
    if (plan.kind === "create") {
      const createMs = Math.min(totalMs, durationMs(this.world, "revisions.create", this.#random));
      this.world.clock.after(createMs, () => app.addRevision(plan.name, write.spec.template), -1);
    }
    app.changed();
    return { resource: app, operation };
  }

  #finishAfter(app: ContainerApp, operation: ArmOperation, delayMs: number, failure?: string): void {
    const fault = this.#writeFaults(app.address.name, app.environment.address.name);
    if (fault?.kind === "stuck") return fault.whenReleased(() => this.#finish(app, operation, delayMs, failure));
    if (fault) return this.#finish(app, operation, fault.afterMs, fault.details);
    this.#finish(app, operation, delayMs, failure);
  }

  #finish(app: ContainerApp, operation: ArmOperation, delayMs: number, failure?: string): void {
    this.world.clock.after(delayMs, () => {
      app.operation = undefined;
      app.deploymentErrors = failure;
      app.provisioningState = failure === undefined ? "Succeeded" : "Failed";
      if (failure === undefined) return this.#operations.succeed(operation);
      const message = `Failed to provision revision for container app '${app.address.name}'. Error details: ${failure}`;
      this.#operations.fail(operation, { code: "ContainerAppOperationError", message });
    });
  }

  #start(app: ContainerApp, result: () => unknown): ArmOperation {
    const { subscription } = app.address;
    const { location } = app.environment;
    const operation = this.#operations.start({
      provider: "Microsoft.App",
      location,
      kind: "containerapp",
      subscription,
      result,
    });
    app.operation = operation;
    return operation;
  }
}
