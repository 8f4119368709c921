import type { KubeObject } from "../../objects.ts";
import { at, listAt, numberAt, textAt } from "../json.ts";
import type { Column } from "../resource-type.ts";
import { ageColumn, column, conditionStatus, humanDuration, orNone, wide } from "./cells.ts";

/** Columns of pods as kubectl shows them (kubernetes: pkg/printers/internalversion, printPod). */
export const podColumns: readonly Column[] = [
  column("Ready", readyText, "The aggregate readiness state of this pod for accepting traffic."),
  column("Status", podStatus, "The aggregate status of the containers in this pod."),
  column("Restarts", restartsText, "The number of times the containers in this pod have been restarted."),
  ageColumn,
  wide(column("IP", (pod) => orNone(textAt(pod, "status", "podIP")))),
  wide(column("Node", (pod) => orNone(textAt(pod, "spec", "nodeName")))),
  wide(column("Nominated Node", (pod) => orNone(textAt(pod, "status", "nominatedNodeName")))),
  wide(column("Readiness Gates", readinessGates)),
];

function readyText(pod: KubeObject): string {
  const counted = [...containerStatuses(pod), ...sidecarStatuses(pod)];
  const ready = counted.filter((status) => at(status, "ready") === true && isRunning(status));
  return `${ready.length}/${listAt(pod, "spec", "containers").length + sidecarNames(pod).length}`;
}

/** Init containers that go on running beside the containers. */
function sidecarNames(pod: KubeObject): readonly unknown[] {
  const sidecars = listAt(pod, "spec", "initContainers").filter((one) => textAt(one, "restartPolicy") === "Always");
  return sidecars.map((one) => textAt(one, "name"));
}

function sidecarStatuses(pod: KubeObject): readonly unknown[] {
  const names = sidecarNames(pod);
  return listAt(pod, "status", "initContainerStatuses").filter((status) => names.includes(textAt(status, "name")));
}

/** Running, CrashLoopBackOff, Terminating, ContainerCreating … */
export function podStatus(pod: KubeObject): string {
  const reason = textAt(pod, "status", "reason");
  if (pod.metadata.deletionTimestamp !== undefined) return reason === "NodeLost" ? "Unknown" : "Terminating";
  const phase = reason || textAt(pod, "status", "phase") || "Unknown";
  if (schedulingGated(pod)) return "SchedulingGated";
  return initStatus(pod) ?? containerStatus(pod, phase);
}

function schedulingGated(pod: KubeObject): boolean {
  return listAt(pod, "status", "conditions").some(
    (condition) => textAt(condition, "type") === "PodScheduled" && textAt(condition, "reason") === "SchedulingGated",
  );
}

/** Undefined once the init containers are done. */
function initStatus(pod: KubeObject): string | undefined {
  const statuses = listAt(pod, "status", "initContainerStatuses");
  const sidecars = sidecarNames(pod);
  const isDone = (status: unknown): boolean =>
    numberAt(status, "state", "terminated", "exitCode") === 0 ||
    (sidecars.includes(textAt(status, "name")) && at(status, "started") === true);
  const index = statuses.findIndex((status) => !isDone(status));
  const status = statuses[index];
  const over = ["Failed", "Succeeded"].includes(textAt(pod, "status", "phase") ?? "");
  if (status === undefined || (over && sidecars.includes(textAt(status, "name")))) return undefined;
  const terminated = at(status, "state", "terminated");
  if (terminated !== undefined) return `Init:${terminatedText(terminated)}`;
  const waiting = textAt(status, "state", "waiting", "reason");
  if (waiting && waiting !== "PodInitializing") return `Init:${waiting}`;
  return `Init:${index}/${listAt(pod, "spec", "initContainers").length}`;
}

function containerStatus(pod: KubeObject, phase: string): string {
  const statuses = containerStatuses(pod);
  const reasons = statuses.toReversed().flatMap((status) => {
    const waiting = textAt(status, "state", "waiting", "reason");
    if (waiting) return [waiting];
    const terminated = at(status, "state", "terminated");
    return terminated === undefined ? [] : [terminatedText(terminated)];
  });
  const shown = reasons.at(-1) ?? phase;
  const someRuns = statuses.some((status) => at(status, "ready") === true && isRunning(status));
  if (shown !== "Completed" || !someRuns) return shown;
  return conditionStatus(pod, "Ready") === "True" ? "Running" : "NotReady";
}

function terminatedText(terminated: unknown): string {
  const reason = textAt(terminated, "reason");
  if (reason) return reason;
  const signal = numberAt(terminated, "signal");
  return signal ? `Signal:${signal}` : `ExitCode:${numberAt(terminated, "exitCode") ?? 0}`;
}

/** `3 (12s ago)`. */
function restartsText(pod: KubeObject, nowMs: number): string {
  const statuses = [...containerStatuses(pod), ...sidecarStatuses(pod)];
  const restarts = statuses.reduce<number>((sum, status) => sum + (numberAt(status, "restartCount") ?? 0), 0);
  const ends = statuses
    .map((status) => Date.parse(textAt(status, "lastState", "terminated", "finishedAt") ?? ""))
    .filter((timeMs) => !Number.isNaN(timeMs));
  if (restarts === 0 || ends.length === 0) return String(restarts);
  return `${restarts} (${humanDuration(nowMs - Math.max(...ends))} ago)`;
}

function readinessGates(pod: KubeObject): string {
  const gates = listAt(pod, "spec", "readinessGates").map((gate) => textAt(gate, "conditionType") ?? "");
  if (gates.length === 0) return "<none>";
  return `${gates.filter((gate) => conditionStatus(pod, gate) === "True").length}/${gates.length}`;
}

function containerStatuses(pod: KubeObject): readonly unknown[] {
  return listAt(pod, "status", "containerStatuses");
}

function isRunning(status: unknown): boolean {
  return at(status, "state", "running") !== undefined;
}
