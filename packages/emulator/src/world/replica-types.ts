import type { Address, ContainerSpec, Usage } from "./ports.ts";
import type { ProbeSpec } from "./probes.ts";
import type { World } from "./world.ts";

export interface ReplicaOptions {
  readonly world: World;
  /** Containers get the id `<idPrefix>/<restart count>`: the key of their logs. */
  readonly idPrefix: string;
  /** The container's name and what it belongs to (`web-1_default(uid)`), for messages. */
  readonly name: string;
  readonly owner: string;
  readonly spec: Omit<ContainerSpec, "id" | "env">;
  /** Asked only by a runtime that looks at the variables. */
  env(): ContainerSpec["env"];
  readonly probes: {
    readonly startup?: ProbeSpec;
    readonly liveness?: ProbeSpec;
    readonly readiness?: ProbeSpec;
  };
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  /** Between SIGTERM and SIGKILL, when a probe ends the container. */
  readonly graceMs: number;
  /** A preStop hook that only waits: delays each SIGTERM and counts against the grace. Default 0. */
  readonly preStopMs?: number;
  /** Number of the first container, when the replica had others before. Default 0. */
  readonly firstRun?: number;
  /** Its container has run since then, and is ready: it goes on, where the runtime can. */
  readonly runningSinceMs?: number;
  /** Something that can be read here changed. Called from the scheduler, or inside `terminate`. */
  onChange(): void;
  onEvent?(event: ReplicaEvent): void;
}

/** What happens to it, as the kubelet tells it of its pod. Durations are of the world's clock. */
export type ReplicaEvent =
  | { readonly kind: "ordered" }
  | { readonly kind: "started"; readonly tookMs: number }
  | { readonly kind: "notStarted"; readonly reason: string; readonly message: string; readonly tookMs: number }
  | { readonly kind: "pullBackOff" }
  | { readonly kind: "crashBackOff" }
  | { readonly kind: "unhealthy"; readonly probe: ProbeKind; readonly message: string }
  | { readonly kind: "restarting"; readonly probe: "startup" | "liveness" }
  | { readonly kind: "stopping" };

export type ProbeKind = "Startup" | "Liveness" | "Readiness";

/** `terminated` is final: between restarts a replica is `waiting`. */
export type ReplicaState =
  | { readonly kind: "waiting"; readonly reason: string; readonly message: string }
  | { readonly kind: "running"; readonly startedAtMs: number }
  | Termination;

export interface Termination {
  readonly kind: "terminated";
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError` … */
  readonly reason: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** What it wrote to its termination log. */
  readonly message?: string;
}

/** One container of a pod or of a revision's replica, through all its restarts. */
export interface Replica {
  readonly state: ReplicaState;
  /** Running, started, and the last word of the readiness probe is yes (or there is none). */
  readonly ready: boolean;
  /** Running, and the startup probe has succeeded (or there is none). */
  readonly started: boolean;
  /** SIGTERM (or its preStop wait) has begun, or the end has come. */
  readonly terminating: boolean;
  readonly restartCount: number;
  readonly lastTermination: Termination | undefined;
  /** Id of the container that runs, or ran last. */
  readonly containerId: string;
  /** Where it can be reached; undefined unless it runs. */
  address(): Address | undefined;
  /** See `Container.usage`; undefined unless it runs. */
  usage(fromMs: number, toMs: number): Usage | undefined;
  /** preStop wait, SIGTERM, SIGKILL after `graceMs`; no restart. A later, shorter grace shortens the wait. */
  terminate(graceMs: number): void;
  /** SIGKILL now; no restart. */
  kill(): void;
}
