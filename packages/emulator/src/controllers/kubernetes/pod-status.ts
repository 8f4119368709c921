import { imageIdOf } from "../../world/image.ts";
import type { Replica, Termination } from "../../world/replica-types.ts";
import { timestamp } from "../../world/store.ts";
import { conditionOf } from "./conditions.ts";
import type { Condition } from "./meta-types.ts";
import { kubeletConditions } from "./pod-conditions.ts";
import type { ContainerManifest, ContainerStateStatus, ContainerStatus, Pod, PodStatus } from "./pod-types.ts";
import { isFinished } from "./pods.ts";

/** What the kubelet knows about one container of a pod. */
export type ContainerView =
  | {
      readonly manifest: ContainerManifest;
      readonly replica: Replica;
      /** The end of its log, which stands in for a missing termination message when the manifest asks for that. */
      readonly logTail?: string;
    }
  /** Nothing has been started. */
  | { readonly manifest: ContainerManifest; readonly waiting: { readonly reason: string; readonly message: string } };

export interface PodView {
  readonly containers: readonly ContainerView[];
  readonly initContainers: readonly ContainerView[];
  readonly podIp: string | undefined;
  readonly hostIp: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  /** It ran longer than `activeDeadlineSeconds`. */
  readonly deadlineExceeded: boolean;
}

export const deadlineMessage = "Pod was active on the node longer than the specified deadline";

/** The status that the kubelet reports. Source: kubernetes/kubernetes pkg/kubelet/kubelet_pods.go, status/generate.go. */
export function podStatus(pod: Pod, view: PodView): PodStatus {
  // Nobody comes back from the end, whoever has declared it.
  const ended = isFinished(pod) ? pod.status?.phase : undefined;
  const phase = ended ?? (view.deadlineExceeded ? "Failed" : phaseOf(view));
  return {
    ...pod.status,
    observedGeneration: pod.metadata.generation ?? 1,
    phase,
    ...(view.deadlineExceeded ? { reason: "DeadlineExceeded", message: deadlineMessage } : {}),
    conditions: kubeletConditions(pod, conditionsOf(pod, view, phase), view.nowMs),
    hostIP: view.hostIp,
    hostIPs: [{ ip: view.hostIp }],
    ...(view.podIp === undefined ? {} : { podIP: view.podIp, podIPs: [{ ip: view.podIp }] }),
    startTime: timestamp(view.startedAtMs),
    ...(view.initContainers.length > 0 ? { initContainerStatuses: view.initContainers.map(containerStatus) } : {}),
    containerStatuses: view.containers.map(containerStatus),
  };
}

function phaseOf({ containers, initContainers }: PodView): NonNullable<PodStatus["phase"]> {
  const ended = containers.map((view) => ("replica" in view ? endOf(view.replica) : undefined));
  const setup = initContainers.filter(({ manifest }) => manifest.restartPolicy !== "Always");
  if (setup.some((view) => "replica" in view && (endOf(view.replica)?.exitCode ?? 0) !== 0)) return "Failed";
  if (ended.every((termination) => termination !== undefined)) {
    // What a deletion ended shows as it was when the last container stopped.
    return ended.every(({ exitCode }) => exitCode === 0) ? "Succeeded" : "Failed";
  }
  const hasRun = containers.every((view) => "replica" in view && wasStarted(view.replica));
  return hasRun ? "Running" : "Pending";
}

function endOf({ state }: Replica): Termination | undefined {
  return state.kind === "terminated" ? state : undefined;
}

function wasStarted({ state, restartCount, lastTermination }: Replica): boolean {
  return state.kind !== "waiting" || restartCount > 0 || lastTermination !== undefined;
}

function conditionsOf(pod: Pod, view: PodView, phase: NonNullable<PodStatus["phase"]>): Condition[] {
  const sidecars = view.initContainers.filter(({ manifest }) => manifest.restartPolicy === "Always");
  const unready = [...sidecars, ...view.containers].filter((one) => !("replica" in one && one.replica.ready));
  const names = unready.map(({ manifest }) => manifest.name).join(" ");
  const containersReady = readiness("ContainersReady", phase, names);
  const gate = (pod.spec.readinessGates ?? []).find(
    ({ conditionType }) => conditionOf(pod.status?.conditions, conditionType)?.status !== "True",
  );
  const ready: Condition =
    containersReady.status === "True" && gate
      ? { type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message: gateMessage(gate.conditionType) }
      : { ...containersReady, type: "Ready" };
  const initialized = view.initContainers.every((one) => "replica" in one && isInitialized(one));
  return [
    { type: "PodReadyToStartContainers", status: view.podIp === undefined ? "False" : "True" },
    initialized || phase === "Succeeded" || phase === "Failed"
      ? { type: "Initialized", status: "True", ...(phase === "Succeeded" ? { reason: "PodCompleted" } : {}) }
      : notInitialized(view),
    ready,
    containersReady,
    { type: "PodScheduled", status: "True" },
  ];
}

function readiness(type: string, phase: NonNullable<PodStatus["phase"]>, unready: string): Condition {
  if (phase === "Succeeded") return { type, status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  if (unready === "") return { type, status: "True" };
  return {
    type,
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready}]`,
  };
}

function gateMessage(conditionType: string): string {
  return `corresponding condition of pod readiness gate "${conditionType}" does not exist or is not True.`;
}

/** An init container has done its work; one that restarts always (a sidecar) has once it is started. */
export function isInitialized({ manifest, replica }: { manifest: ContainerManifest; replica: Replica }): boolean {
  return manifest.restartPolicy === "Always" ? replica.started : endOf(replica)?.exitCode === 0;
}

function notInitialized({ initContainers }: PodView): Condition {
  const open = initContainers.filter((one) => !("replica" in one && isInitialized(one)));
  const names = open.map(({ manifest }) => manifest.name).join(" ");
  const message = `containers with incomplete status: [${names}]`;
  return { type: "Initialized", status: "False", reason: "ContainersNotInitialized", message };
}

function containerStatus(view: ContainerView): ContainerStatus {
  const { name, image = "" } = view.manifest;
  if (!("replica" in view)) {
    const state = { waiting: stateWaiting(view.waiting.reason, view.waiting.message) };
    return { name, image, imageID: "", ready: false, started: false, restartCount: 0, state, lastState: {} };
  }
  const { replica } = view;
  const last = replica.lastTermination;
  const id = wasStarted(replica) ? `containerd://${replica.containerId}` : undefined;
  return {
    name,
    image,
    imageID: id === undefined ? "" : imageIdOf(image),
    ...(id === undefined ? {} : { containerID: id }),
    ready: replica.ready,
    started: replica.started,
    restartCount: replica.restartCount,
    state: stateOf(replica, view.logTail),
    lastState: last ? { terminated: stateTerminated(last, `${containerdId(replica, -1)}`, view.logTail) } : {},
  };
}

/** Of the container that runs, or of one before it. */
function containerdId({ containerId, restartCount }: Replica, offset: number): string {
  const run = Math.max(0, restartCount + offset);
  return `containerd://${containerId.slice(0, containerId.lastIndexOf("/"))}/${run}`;
}

function stateOf(replica: Replica, logTail: string | undefined): ContainerStateStatus {
  const { state } = replica;
  switch (state.kind) {
    case "waiting":
      return { waiting: stateWaiting(state.reason, state.message) };
    case "running":
      return { running: { startedAt: timestamp(state.startedAtMs) } };
    case "terminated":
      return { terminated: stateTerminated(state, containerdId(replica, 0), logTail) };
  }
}

function stateWaiting(reason: string, message: string): { reason: string; message?: string } {
  return message === "" ? { reason } : { reason, message };
}

function stateTerminated(
  termination: Termination,
  containerID: string,
  logTail: string | undefined,
): NonNullable<ContainerStateStatus["terminated"]> {
  const { exitCode, reason, startedAtMs, finishedAtMs } = termination;
  const message = termination.message ?? (exitCode === 0 ? undefined : logTail);
  return {
    exitCode,
    reason,
    ...(message ? { message } : {}),
    startedAt: timestamp(startedAtMs),
    finishedAt: timestamp(finishedAtMs),
    containerID,
  };
}
