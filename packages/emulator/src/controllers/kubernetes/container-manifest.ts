import { type ProbeManifest, type ProbeSpec, probeFromManifest } from "../../world/probes.ts";
import type { ReplicaOptions } from "../../world/replica-types.ts";
import type { Variables } from "./environment.ts";
import { controllerOf } from "./kinds.ts";
import type { ContainerManifest, Pod } from "./pod-types.ts";

/** What is not to run for ever: the containers of a job, and a command in a pod that does not always restart. */
export function hasTask(pod: Pod, { command, args, restartPolicy }: ContainerManifest): boolean {
  if (restartPolicy === "Always" || (pod.spec.restartPolicy ?? "Always") === "Always") return false;
  return controllerOf(pod)?.kind === "Job" || command !== undefined || args !== undefined;
}

/** Init containers of a pod that always restarts are tried until they succeed. */
export function initRestartPolicy(pod: Pod): "OnFailure" | "Never" {
  return pod.spec.restartPolicy === "Never" ? "Never" : "OnFailure";
}

/** A sentence instead, when a probe is of a kind that nothing here can run. */
export function probesOf(manifest: ContainerManifest): ReplicaOptions["probes"] | string {
  const { startupProbe, livenessProbe, readinessProbe } = manifest;
  const [startup, liveness, readiness] = [startupProbe, livenessProbe, readinessProbe].map((probe) =>
    probe ? probeOf(manifest, probe) : undefined,
  );
  const cannot = "exec and grpc probes cannot be run here: use httpGet or tcpSocket";
  if ((startupProbe && !startup) || (livenessProbe && !liveness) || (readinessProbe && !readiness)) return cannot;
  return { ...(startup ? { startup } : {}), ...(liveness ? { liveness } : {}), ...(readiness ? { readiness } : {}) };
}

function probeOf({ ports = [] }: ContainerManifest, probe: ProbeManifest): ProbeSpec | undefined {
  return probeFromManifest(probe, (name) => ports.find((port) => port.name === name)?.containerPort);
}

/** The port that the manifest names: declared, or probed, or given as PORT. */
export function portOf(
  { ports = [] }: ContainerManifest,
  { startup, readiness, liveness }: ReplicaOptions["probes"],
  variables: Variables,
): number | undefined {
  const probed = (startup ?? readiness ?? liveness)?.request.port;
  const told = Number(variables.value("PORT"));
  return ports[0]?.containerPort ?? probed ?? (Number.isInteger(told) && told > 0 ? told : undefined);
}

/** The `sleep` action, or a command that only sleeps; other hooks are not run. */
export function preStopSeconds({ lifecycle }: ContainerManifest): number {
  const { sleep, exec } = lifecycle?.preStop ?? {};
  const command = /(?:^| )sleep (\d+)$/.exec((exec?.command ?? []).join(" "));
  return sleep?.seconds ?? Number(command?.[1] ?? 0);
}
