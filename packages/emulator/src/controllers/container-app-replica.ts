import type { Random, Timer } from "@fairway/kernel";
import type { ContainerTemplate, EnvironmentVariable, Probe } from "../world/container-apps/template.ts";
import type { Address } from "../world/ports.ts";
import { type ProbeManifest, type ProbeSpec, probeFromManifest } from "../world/probes.ts";
import { createReplica } from "../world/replica.ts";
import type { Replica } from "../world/replica-types.ts";
import { durationMs, type World } from "../world/world.ts";

/** What a replica of a revision is made of. */
export interface AppReplicaSpec {
  /** `{revision}-{10 hex}-{5}`, unique in the world. */
  readonly name: string;
  readonly revision: string;
  readonly containers: readonly ContainerTemplate[];
  readonly initContainers: readonly ContainerTemplate[];
  /** Of the first container, when the app has ingress: default probes go there. */
  readonly targetPort: number | undefined;
  readonly graceMs: number;
  /** What the platform sets beside the template's own variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: ReadonlyMap<string, string>;
  /** Name of the environment: short host names are looked up there. */
  readonly scope: string;
  /** Which of the environment's nodes it runs on. */
  readonly node: number;
  /** A replica of a job: its containers are run once and not restarted. Default false. */
  readonly runsToCompletion?: boolean;
}

export interface AppContainer {
  readonly template: ContainerTemplate;
  /** Undefined until the replica has a place, and until the init containers are through. */
  readonly replica: Replica | undefined;
}

/** One replica of a revision: init containers one after another, then all containers at once. */
export class AppReplica {
  readonly spec: AppReplicaSpec;
  readonly createdAtMs: number;
  /** To be replaced: its successor comes first (`restart`), or it goes first (`maintenance`). */
  replacement: "none" | "restart" | "maintenance" = "none";
  readonly #world: World;
  readonly #onChange: () => void;
  readonly #running = new Map<string, Replica>();
  #initsDone = 0;
  #scheduling: Timer | undefined;
  #terminating = false;

  constructor(world: World, spec: AppReplicaSpec, random: Random, onChange: () => void) {
    this.spec = spec;
    this.createdAtMs = world.clock.now();
    this.#world = world;
    this.#onChange = onChange;
    this.#scheduling = world.clock.after(durationMs(world, "revisions.scheduleReplica", random), () => {
      this.#scheduling = undefined;
      this.#advance();
    });
  }

  get terminating(): boolean {
    return this.#terminating;
  }

  get ended(): boolean {
    return this.#terminating && [...this.#running.values()].every(({ state }) => state.kind === "terminated");
  }

  get ready(): boolean {
    const { containers } = this.spec;
    return !this.#terminating && containers.every(({ name }) => this.#running.get(name)?.ready === true);
  }

  /** Of a replica that runs to completion; `running` until all its containers have ended or one has failed. */
  get outcome(): "running" | "succeeded" | "failed" {
    const states = [...this.#running.values()].map(({ state }) => state);
    if (states.some((state) => state.kind === "terminated" && state.exitCode !== 0)) return "failed";
    const { containers } = this.spec;
    const isOver = containers.every(({ name }) => this.#running.get(name)?.state.kind === "terminated");
    return isOver ? "succeeded" : "running";
  }

  get restartCount(): number {
    return Math.max(0, ...[...this.#running.values()].map((replica) => replica.restartCount));
  }

  /** Name of a container that fails again and again, or whose image cannot be pulled, and why. */
  get failing(): { readonly container: string; readonly reason: string } | undefined {
    for (const [container, { state }] of this.#running) {
      if (state.kind === "waiting" && /BackOff$|^ErrImagePull$/.test(state.reason))
        return { container, reason: state.reason };
    }
    return undefined;
  }

  /** Of the first container: the one that ingress reaches. */
  address(): Address | undefined {
    return this.#running.get(this.spec.containers[0]?.name ?? "")?.address();
  }

  containers(kind: "containers" | "initContainers"): readonly AppContainer[] {
    return this.spec[kind].map((template) => ({ template, replica: this.#running.get(template.name) }));
  }

  /** SIGTERM to all, SIGKILL after the grace period. */
  terminate(): void {
    if (this.#terminating) return;
    this.#terminating = true;
    this.#scheduling?.cancel();
    for (const replica of this.#running.values()) replica.terminate(this.spec.graceMs);
    this.#world.clock.after(0, this.#onChange);
  }

  kill(): void {
    this.#terminating = true;
    this.#scheduling?.cancel();
    for (const replica of this.#running.values()) replica.kill();
  }

  #advance(): void {
    if (this.#terminating) return this.#onChange();
    const init = this.spec.initContainers[this.#initsDone];
    if (init) this.#startInit(init);
    else this.spec.containers.forEach((template, index) => this.#start(template, index === 0, () => this.#onChange()));
    this.#onChange();
  }

  #startInit(template: ContainerTemplate): void {
    this.#start(template, false, () => {
      const state = this.#running.get(template.name)?.state;
      const isCurrent = this.spec.initContainers[this.#initsDone] === template;
      if (!isCurrent || state?.kind !== "terminated" || state.exitCode !== 0) return this.#onChange();
      this.#initsDone += 1;
      this.#advance();
    });
  }

  #start(template: ContainerTemplate, isMain: boolean, onChange: () => void): void {
    const { spec } = this;
    const port = isMain ? spec.targetPort : undefined;
    const isInit = spec.initContainers.includes(template);
    const env = {
      ...spec.env,
      CONTAINER_APP_REPLICA_NAME: spec.name,
      ...resolveVariables(template.env ?? [], spec.secrets),
    };
    const replica = createReplica({
      world: this.#world,
      idPrefix: `${spec.name}/${template.name}`,
      name: template.name,
      owner: spec.name,
      spec: {
        image: template.image,
        ...(template.command ? { command: template.command } : {}),
        ...(template.args ? { args: template.args } : {}),
        ...(port === undefined ? {} : { port }),
        scope: spec.scope,
        ...(isInit || spec.runsToCompletion ? { runsToCompletion: true } : {}),
      },
      env: () => env,
      probes: isInit ? {} : probesOf(template.probes ?? [], port),
      restartPolicy: spec.runsToCompletion ? "Never" : isInit ? "OnFailure" : "Always",
      graceMs: spec.graceMs,
      onChange,
    });
    this.#running.set(template.name, replica);
  }
}

function resolveVariables(
  variables: readonly EnvironmentVariable[],
  secrets: ReadonlyMap<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    variables.map((variable) => [
      variable.name,
      "secretRef" in variable ? (secrets.get(variable.secretRef) ?? "") : variable.value,
    ]),
  );
}

/** What the platform probes when ingress is on and the template has no probe of the type. Source: Container Apps, health probes. */
const defaultProbes = {
  Startup: { initialDelaySeconds: 1, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 240 },
  Readiness: { initialDelaySeconds: 3, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 48 },
  Liveness: {},
} as const satisfies Record<Probe["type"], ProbeManifest>;

function probesOf(
  probes: readonly Probe[],
  port: number | undefined,
): { startup?: ProbeSpec; liveness?: ProbeSpec; readiness?: ProbeSpec } {
  const specOf = (type: Probe["type"]): ProbeSpec | undefined => {
    const given = probes.find((probe) => probe.type === type);
    const manifest = given ?? (port === undefined ? undefined : { ...defaultProbes[type], tcpSocket: { port } });
    return manifest && probeFromManifest(manifest, () => undefined);
  };
  const [startup, liveness, readiness] = [specOf("Startup"), specOf("Liveness"), specOf("Readiness")];
  return { ...(startup ? { startup } : {}), ...(liveness ? { liveness } : {}), ...(readiness ? { readiness } : {}) };
}
