import { createVirtualKernel, type Kernel, type TraceRecord, type VirtualKernel } from "@fairway/kernel";
import { ContainerApps } from "../src/controllers/container-apps.ts";
import { appWriteFaults } from "../src/faults/app-write-faults.ts";
import { armFaults } from "../src/faults/arm-faults.ts";
import { disturbWorld } from "../src/faults/disturb-world.ts";
import { Faults, type FaultTargets } from "../src/faults/faults.ts";
import { createModelDataPlane, type ModelDataPlane } from "../src/gateway/model.ts";
import { createAppProvider } from "../src/http/arm/container-apps/provider.ts";
import { type ArmOptions, createArmHandler } from "../src/http/arm/handler.ts";
import { createTokenIssuer } from "../src/http/identity/tokens.ts";
import { createModelRuntime, type ModelRuntimeOptions } from "../src/runtime/model/runtime.ts";
import { Operations } from "../src/world/arm/operations.ts";
import { ResourceGroups } from "../src/world/arm/resource-groups.ts";
import { defaultCalibration } from "../src/world/calibration.ts";
import { ControlPlaneOutages } from "../src/world/container-service/outages.ts";
import { LogStore } from "../src/world/logs.ts";
import type { World } from "../src/world/world.ts";

export const subscription = "11111111-2222-4333-8444-555555555555";
export const groupPath = `/subscriptions/${subscription}/resourceGroups/shop`;
export const environmentPath = `${groupPath}/providers/Microsoft.App/managedEnvironments/main`;
export const appPath = `${groupPath}/providers/Microsoft.App/containerApps/web`;

/** JSON, read without ceremony in assertions: whatever it is, it can be asked for a member. */
export interface Json {
  readonly [field: string]: Json;
}

/** What is at a path of names and indexes, `properties.template.containers.0`; undefined at run time when nothing is. */
export function at(value: unknown, path: string): Json {
  return path.split(".").reduce<unknown>((inner, name) => (inner as Json | undefined)?.[name], value) as Json;
}

export function textOf(value: Json | undefined): string {
  if (typeof value !== "string") throw new Error(`no text: ${JSON.stringify(value)}`);
  return value;
}

export function listOf(value: Json | undefined): readonly Json[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`);
  return value as readonly Json[];
}

/** Of a list answer. */
export function itemsOf({ body }: Answer): readonly Json[] {
  return listOf(body["value"]);
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

export interface Parts {
  readonly world: World;
  readonly apps: ContainerApps;
  readonly faults: Faults;
  readonly dataPlane: ModelDataPlane;
  readonly arm: ArmOptions;
}

/** ARM and Microsoft.App over any kernel, with modelled replicas. */
export function compose(kernel: Kernel, timeScale: number, options: ModelRuntimeOptions = {}): Parts {
  const { clock } = kernel;
  const bare = { ...kernel, calibration: defaultCalibration, timeScale };
  const dataPlane = createModelDataPlane(clock);
  const model: World = { ...bare, runtime: createModelRuntime(bare, options), dataPlane, logs: new LogStore(clock) };
  const targets: FaultTargets = {
    outages: new ControlPlaneOutages(kernel),
    cluster: () => undefined,
    apps: () => apps,
  };
  const faults = new Faults(bare, targets);
  const world = disturbWorld(model, faults, targets);
  const operations = new Operations(world);
  const apps = new ContainerApps(world, operations, appWriteFaults(faults));
  const tokens = createTokenIssuer({ clock, random: kernel.random, tenantId: kernel.random.stream("tenant").uuid() });
  const providers = [createAppProvider({ world, apps, tokens })];
  const where = { subscriptionId: subscription, location: "westeurope" };
  const resourceGroups = new ResourceGroups();
  return {
    world,
    apps,
    faults,
    dataPlane,
    arm: {
      world,
      operations,
      resourceGroups,
      providers,
      tokens,
      refuse: armFaults(faults, world, () => undefined),
      ...where,
    },
  };
}

export interface TestWorld extends Parts {
  readonly kernel: VirtualKernel;
  call(method: string, path: string, body?: unknown): Answer;
  /** Moves time on until the operation behind the answer's header has ended; gives its status, or the result's answer. */
  settle(answer: Answer): Answer;
  trace(...kinds: string[]): TraceRecord[];
}

/** Microsoft.App in virtual time, unscaled unless told otherwise, with the group `shop` and the environment `main`. */
export function startWorld(
  options: ModelRuntimeOptions & {
    readonly seed?: number;
    readonly timeScale?: number;
    /** Of calls that name none. */
    readonly apiVersion?: string;
  } = {},
): TestWorld {
  const { apiVersion = "2026-07-01" } = options;
  const kernel = createVirtualKernel({ seed: options.seed ?? 1 });
  const parts = compose(kernel, options.timeScale ?? 1, options);
  const handler = createArmHandler(parts.arm);

  function call(method: string, path: string, body?: unknown): Answer {
    const { token } = parts.arm.tokens.issue({ audience: "https://management.azure.com/", clientId: "test" });
    const url = path.includes("?") ? path : `${path}?api-version=${apiVersion}`;
    const answer = handler({
      method,
      target: url.replace(/^https:\/\/[^/]+/, ""),
      headers: { authorization: `Bearer ${token}` },
      body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
      baseUrl: "https://arm.test",
    });
    return {
      status: answer.status,
      headers: answer.headers ?? {},
      body: JSON.parse(JSON.stringify(answer.body ?? null)) as Json,
    };
  }

  function settle(answer: Answer): Answer {
    const url = answer.headers["azure-asyncoperation"] ?? answer.headers["location"];
    if (!url) throw new Error(`no operation: ${answer.status} ${JSON.stringify(answer.body)}`);
    for (let seconds = 0; seconds < 7_200; seconds++) {
      const poll = call("GET", url);
      const isRunning = poll.status === 202 || isInProgress(poll.body);
      if (!isRunning) return poll;
      kernel.runFor(1_000);
    }
    throw new Error("the operation does not end");
  }

  const world: TestWorld = {
    ...parts,
    kernel,
    call,
    settle,
    trace: (...kinds) => kernel.trace.records().filter(({ kind }) => kinds.includes(kind)),
  };
  call("PUT", groupPath, { location: "westeurope" });
  settle(call("PUT", environmentPath, { location: "westeurope", properties: {} }));
  return world;
}

function isInProgress(body: unknown): boolean {
  return typeof body === "object" && body !== null && "status" in body && body.status === "InProgress";
}

export interface AppChanges {
  readonly template?: Record<string, unknown>;
  readonly container?: Record<string, unknown>;
  readonly scale?: Record<string, unknown>;
  readonly configuration?: Record<string, unknown>;
  readonly ingress?: Record<string, unknown> | null;
}

export function appBody(changes: AppChanges = {}) {
  return {
    location: "West Europe",
    properties: {
      environmentId: environmentPath,
      configuration: {
        activeRevisionsMode: "Multiple",
        ingress: changes.ingress === null ? null : { external: true, targetPort: 8080, ...changes.ingress },
        ...changes.configuration,
      },
      template: {
        containers: [
          {
            name: "web",
            image: "shop/web:1.0.0",
            resources: { cpu: 0.5, memory: "1Gi" },
            probes: [{ type: "Readiness", httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1 }],
            ...changes.container,
          },
        ],
        scale: { minReplicas: 2, maxReplicas: 10, ...changes.scale },
        ...changes.template,
      },
    },
  };
}

/** Creates or changes the app `web` and waits for the operation and for the revision to be ready. */
export function deploy(world: TestWorld, changes: AppChanges = {}): Json {
  const settled = world.settle(world.call("PUT", appPath, appBody(changes)));
  if (textOf(settled.body["status"]) !== "Succeeded") throw new Error(JSON.stringify(settled.body));
  world.kernel.runFor(120_000);
  return world.call("GET", appPath).body;
}

export function revisions(world: TestWorld): readonly Json[] {
  return itemsOf(world.call("GET", `${appPath}/revisions`));
}

/** Share of each revision at the app's own host, as the data plane has it. */
export function weightsAt(world: TestWorld, host: string): Record<string, number> {
  const backends = world.dataPlane.route(host)?.backends ?? [];
  return Object.fromEntries(backends.map(({ name, weight }) => [name, weight]));
}

/** Of the app's first revision: replicas that are ready, and all whose containers have not ended. */
export function replicaCounts(world: TestWorld): { readonly ready: number; readonly running: number } {
  const revision = world.apps.list()[0]?.revisions[0];
  if (!revision) throw new Error("no revision");
  return { ready: revision.readyReplicas, running: revision.replicas.filter(({ ended }) => !ended).length };
}
