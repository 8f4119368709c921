import type { Timer } from "@fairway/kernel";
import type { Address, Usage } from "../../world/ports.ts";
import { createReplica } from "../../world/replica.ts";
import type { Replica, ReplicaOptions } from "../../world/replica-types.ts";
import { hasTask, initRestartPolicy, portOf, preStopSeconds, probesOf } from "./container-manifest.ts";
import type { ControlPlane } from "./control-plane.ts";
import { expand, resolveEnvironment, type Variables } from "./environment.ts";
import { involved, pods } from "./kinds.ts";
import {
  type ContainerVoice,
  configFailure,
  type KubeletEvent,
  kubeletEvents,
  pullPolicyOf,
} from "./kubelet-events.ts";
import type { PodPorts } from "./pod-addresses.ts";
import { type ContainerView, deadlineMessage, isInitialized, type PodView } from "./pod-status.ts";
import type { ContainerManifest, Pod } from "./pod-types.ts";
import { graceSeconds } from "./pods.ts";
import { cpuMillicores } from "./quantities.ts";

export interface PodRunnerOptions {
  readonly plane: ControlPlane;
  readonly pod: Pod;
  readonly podIp: string;
  readonly hostIp: string;
  readonly kubeletVersion: string;
  /** Its containers run, as its status says. */
  readonly resumes: boolean;
  /** Images that are on the node. */
  readonly images: Set<string>;
  /** The view has changed. Called from the scheduler, or inside `terminate`. */
  onChange(): void;
}

/** What one kubelet does for one pod: its init containers one after the other, then its containers together. */
export interface PodRunner {
  readonly uid: string;
  view(): PodView;
  ports(): PodPorts;
  /** The containers that run, each with the moment of its start. */
  running(): readonly RunningContainer[];
  /** Nothing runs any more and nothing will. */
  readonly ended: boolean;
  /** Only the first call, or a shorter grace, does something. */
  terminate(seconds: number): void;
  /** The machine is gone: everything dies at once, and nobody is told. */
  abandon(): void;
}

export interface RunningContainer {
  readonly name: string;
  readonly startedAtMs: number;
  usage(fromMs: number, toMs: number): Usage | undefined;
}

/** The kubelet looks again at a pod that could not be started after this long (syncFrequency 1 min, back-off 10 s). */
const configRetryMs = 10_000;

/** Sizes of images: assumed, each has its own. */
const leastImageBytes = 20_000_000;
const imageBytesRange = 180_000_000;

type Slot = { readonly manifest: ContainerManifest; state: SlotState };
type SlotState =
  | { readonly kind: "waiting"; readonly reason: string; readonly message: string }
  | { readonly kind: "running"; readonly replica: Replica };

export function createPodRunner(options: PodRunnerOptions): PodRunner {
  const runner = new PodOnNode(options);
  runner.begin();
  return runner;
}

class PodOnNode implements PodRunner {
  readonly uid: string;
  readonly #options: PodRunnerOptions;
  readonly #initContainers: readonly Slot[];
  readonly #containers: readonly Slot[];
  readonly #startedAtMs: number;
  #addresses = new Map<string, Address>();
  #retry: Timer | undefined;
  #deadline: Timer | undefined;
  #deadlineExceeded = false;
  #terminating = false;
  #abandoned = false;
  #graceEndMs = Number.POSITIVE_INFINITY;

  constructor(options: PodRunnerOptions) {
    const { spec, metadata } = options.pod;
    this.#options = options;
    this.uid = metadata.uid ?? "";
    const nowMs = options.plane.world.clock.now();
    this.#startedAtMs = options.resumes ? Date.parse(options.pod.status?.startTime ?? "") : nowMs;
    const waitsFor = spec.initContainers?.length ? "PodInitializing" : "ContainerCreating";
    this.#initContainers = (spec.initContainers ?? []).map((manifest) => emptySlot(manifest, "PodInitializing"));
    this.#containers = spec.containers.map((manifest) => emptySlot(manifest, waitsFor));
  }

  get ended(): boolean {
    return this.#terminating && this.#replicas().every(({ state }) => state.kind === "terminated");
  }

  view(): PodView {
    const { podIp, hostIp, plane } = this.#options;
    return {
      containers: this.#containers.map((slot) => this.#viewOf(slot)),
      initContainers: this.#initContainers.map((slot) => this.#viewOf(slot)),
      podIp,
      hostIp,
      startedAtMs: this.#startedAtMs,
      nowMs: plane.world.clock.now(),
      deadlineExceeded: this.#deadlineExceeded,
    };
  }

  ports(): PodPorts {
    const { containers } = this.#options.pod.spec;
    const declared = containers.flatMap(({ name, ports = [] }) => {
      const address = this.#addresses.get(name);
      return address ? ports.map(({ containerPort }) => [containerPort, address] as const) : [];
    });
    const silent = containers.filter(({ ports = [] }) => ports.length === 0);
    const [only] = silent.length === 1 ? silent : [];
    return { declared: new Map(declared), any: only && this.#addresses.get(only.name) };
  }

  running(): readonly RunningContainer[] {
    return [...this.#initContainers, ...this.#containers].flatMap(({ manifest, state }) => {
      if (state.kind !== "running" || state.replica.state.kind !== "running") return [];
      const { replica } = state;
      const { startedAtMs } = state.replica.state;
      return [{ name: manifest.name, startedAtMs, usage: (fromMs, toMs) => replica.usage(fromMs, toMs) }];
    });
  }

  terminate(seconds: number): void {
    this.#terminating = true;
    this.#retry?.cancel();
    this.#deadline?.cancel();
    this.#graceEndMs = Math.min(this.#graceEndMs, this.#options.plane.world.clock.now() + seconds * 1_000);
    for (const slot of [...this.#containers, ...this.#setup()]) terminateSlot(slot, seconds * 1_000);
    this.#endSidecars();
  }

  abandon(): void {
    this.#abandoned = true;
    this.#retry?.cancel();
    this.#deadline?.cancel();
    for (const replica of this.#replicas()) replica.kill();
  }

  begin(): void {
    this.#watchDeadline();
    this.advance();
  }

  /** Starts what can be started now. */
  advance(): void {
    const blocked = this.#initContainers.find((slot) => !isDone(slot));
    if (blocked) return this.#start(blocked);
    for (const slot of this.#containers) this.#start(slot);
  }

  #start(slot: Slot): void {
    if (slot.state.kind === "running" || this.#terminating || this.#abandoned) return;
    const { plane, pod, podIp, hostIp } = this.#options;
    const environment = resolveEnvironment(plane.store, pod, slot.manifest, { podIp, hostIp });
    const probes = probesOf(slot.manifest);
    if (environment.kind === "incomplete") return this.#waitForConfig(slot, environment.message);
    if (typeof probes === "string") return this.#waitForConfig(slot, probes);
    const replica = createReplica(this.#replicaOptions(slot.manifest, environment.variables, probes));
    slot.state = { kind: "running", replica };
    this.#noteAddress(slot);
  }

  #waitForConfig(slot: Slot, message: string): void {
    slot.state = { kind: "waiting", reason: "CreateContainerConfigError", message };
    for (const event of configFailure(this.#voiceOf(slot.manifest), message)) this.#record(event, slot.manifest);
    this.#retry?.cancel();
    this.#retry = this.#options.plane.world.clock.after(configRetryMs, () => {
      this.advance();
      this.#options.onChange();
    });
  }

  #replicaOptions(manifest: ContainerManifest, variables: Variables, probes: ReplicaOptions["probes"]): ReplicaOptions {
    const { plane, pod } = this.#options;
    const { namespace, name } = pod.metadata;
    const port = portOf(manifest, probes, variables);
    const isInit =
      this.#initContainers.some((slot) => slot.manifest === manifest) && manifest.restartPolicy !== "Always";
    const before = pod.status?.containerStatuses?.find((status) => status.name === manifest.name);
    const runsSince = before?.state.running?.startedAt;
    return {
      world: plane.world,
      idPrefix: `${plane.clusterName}/${namespace}/${name}/${manifest.name}`,
      name: manifest.name,
      owner: this.#voiceOf(manifest).owner,
      spec: {
        image: manifest.image ?? "",
        // Hosts are kept in lower case; the names of clusters need not be.
        scope: `${namespace}.${plane.clusterName}`.toLowerCase(),
        ...(manifest.command ? { command: manifest.command.map((word) => expand(word, variables)) } : {}),
        ...(manifest.args ? { args: manifest.args.map((word) => expand(word, variables)) } : {}),
        ...(port === undefined ? {} : { port }),
        ...cpuLimitOf(manifest),
        ...(isInit || hasTask(pod, manifest) ? { runsToCompletion: true } : {}),
      },
      env: () => variables.all,
      probes,
      restartPolicy: isInit ? initRestartPolicy(pod) : (manifest.restartPolicy ?? pod.spec.restartPolicy ?? "Always"),
      graceMs: graceSeconds(pod) * 1_000,
      preStopMs: preStopSeconds(manifest) * 1_000,
      // A machine that was replaced under the pod starts it again.
      firstRun: before?.containerID === undefined ? 0 : before.restartCount + (this.#options.resumes ? 0 : 1),
      ...(this.#options.resumes && runsSince !== undefined ? { runningSinceMs: Date.parse(runsSince) } : {}),
      onChange: () => this.#onReplicaChange(),
      onEvent: (event) => {
        for (const told of kubeletEvents(this.#voiceOf(manifest), event)) this.#record(told, manifest);
      },
    };
  }

  #onReplicaChange(): void {
    if (this.#abandoned) return;
    this.#endSidecars();
    for (const slot of this.#containers) this.#noteAddress(slot);
    this.advance();
    this.#options.onChange();
  }

  #noteAddress({ manifest, state }: Slot): void {
    const address = state.kind === "running" ? state.replica.address() : undefined;
    if (address) this.#addresses.set(manifest.name, address);
  }

  #setup(): readonly Slot[] {
    return this.#initContainers.filter((slot) => !isSidecar(slot));
  }

  /** Sidecars outlive the containers that they serve, and then end one after the other, the last one first. */
  #endSidecars(): void {
    const over = this.#containers.every((slot) => isOver(slot, this.#terminating));
    if (!over || !this.#setup().every((slot) => isOver(slot, this.#terminating))) return;
    const last = this.#initContainers.findLast((slot) => isSidecar(slot) && !isOver(slot, true));
    const { clock } = this.#options.plane.world;
    const graceMs = Math.min(graceSeconds(this.#options.pod) * 1_000, this.#graceEndMs - clock.now());
    if (last) terminateSlot(last, Math.max(0, graceMs));
  }

  /** `activeDeadlineSeconds` counts from the moment when the kubelet takes the pod. */
  #watchDeadline(): void {
    const { plane, pod, onChange } = this.#options;
    const { activeDeadlineSeconds } = pod.spec;
    if (activeDeadlineSeconds === undefined) return;
    this.#deadline = plane.world.clock.after(activeDeadlineSeconds * 1_000, () => {
      this.#deadlineExceeded = true;
      this.#tell({ type: "Normal", reason: "DeadlineExceeded", message: deadlineMessage });
      this.terminate(graceSeconds(pod));
      onChange();
    });
  }

  #viewOf({ manifest, state }: Slot): ContainerView {
    if (state.kind !== "running") {
      return { manifest, waiting: { reason: state.reason, message: state.message } };
    }
    const { replica } = state;
    const wantsLog = manifest.terminationMessagePolicy === "FallbackToLogsOnError";
    return { manifest, replica, ...(wantsLog ? { logTail: this.#logTail(replica) } : {}) };
  }

  /** Of the run that ended last: at most 80 lines and 2048 bytes. */
  #logTail({ containerId, state, restartCount }: Replica): string {
    const run = state.kind === "terminated" ? restartCount : Math.max(0, restartCount - 1);
    const id = `${containerId.slice(0, containerId.lastIndexOf("/"))}/${run}`;
    const lines = this.#options.plane.world.logs.read(id).slice(-80);
    return lines
      .map(({ line }) => `${line}\n`)
      .join("")
      .slice(-2_048);
  }

  #replicas(): Replica[] {
    return [...this.#initContainers, ...this.#containers].flatMap(({ state }) =>
      state.kind === "running" ? [state.replica] : [],
    );
  }

  #voiceOf({ name, image = "", imagePullPolicy }: ContainerManifest): ContainerVoice {
    const { plane, pod, kubeletVersion, images } = this.#options;
    const { namespace, name: podName, uid } = pod.metadata;
    return {
      name,
      image,
      pullPolicy: pullPolicyOf(image, imagePullPolicy),
      owner: `${podName}_${namespace}(${uid})`,
      kubeletVersion,
      images,
      imageSize: leastImageBytes + plane.world.random.stream(`image/${image}`).below(imageBytesRange),
    };
  }

  #record(event: KubeletEvent, { name }: ContainerManifest): void {
    const list = this.#initContainers.some(({ manifest }) => manifest.name === name) ? "initContainers" : "containers";
    this.#tell(event, { fieldPath: `spec.${list}{${name}}` });
  }

  #tell(event: KubeletEvent, part: { fieldPath?: string } = {}): void {
    if (this.#abandoned) return;
    const { plane, pod } = this.#options;
    plane.recordEvent({ ...event, source: "kubelet", involved: { ...involved(pods, pod), ...part } });
  }
}

function cpuLimitOf({ resources }: ContainerManifest): { cpuLimitMillicores?: number } {
  const limit = resources?.limits?.cpu;
  return limit === undefined ? {} : { cpuLimitMillicores: cpuMillicores(limit) };
}

function emptySlot(manifest: ContainerManifest, reason: string): Slot {
  return { manifest, state: { kind: "waiting", reason, message: "" } };
}

function isSidecar({ manifest }: Slot): boolean {
  return manifest.restartPolicy === "Always";
}

/** It has ended for good, or, once the pod is told to stop, it never began. */
function isOver({ state }: Slot, stopping: boolean): boolean {
  return state.kind === "running" ? state.replica.state.kind === "terminated" : stopping;
}

function terminateSlot({ state }: Slot, graceMs: number): void {
  if (state.kind === "running") state.replica.terminate(graceMs);
}

function isDone({ manifest, state }: Slot): boolean {
  return state.kind === "running" && isInitialized({ manifest, replica: state.replica });
}
