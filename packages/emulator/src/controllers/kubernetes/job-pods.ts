import type { ControlPlane } from "./control-plane.ts";
import { createPod } from "./create-pod.ts";
import { indexAnnotation } from "./job-indexes.ts";
import { controllerReference, deleteObject, involved, jobs, pods, updateObject } from "./kinds.ts";
import type { ContainerManifest, Pod, PodTemplate } from "./pod-types.ts";
import { isFinished, isTerminating } from "./pods.ts";
import type { Job } from "./workload-types.ts";

/** A pod of a job that is still to be counted. */
const trackingFinalizer = "batch.kubernetes.io/job-tracking";

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

/** It has been counted. One that was only waiting for this goes at once. */
export function releasePod(plane: ControlPlane, pod: Pod): Pod | undefined {
  const released = updateObject(plane.store, pods, pod, (current) => {
    const { finalizers = [], ...metadata } = current.metadata;
    const left = finalizers.filter((one) => one !== trackingFinalizer);
    return { ...current, metadata: left.length > 0 ? { ...metadata, finalizers: left } : metadata };
  });
  if (!released || !isTerminating(released) || (released.metadata.finalizers ?? []).length > 0) return released;
  const nobodyEndsIt = released.spec.nodeName === undefined || isFinished(released);
  if (nobodyEndsIt) deleteObject(plane.store, pods, released);
  return released;
}

/** False when the API server refuses it. */
export function createJobPod(plane: ControlPlane, job: Job, index: number | undefined, failures: number): boolean {
  const { name, namespace } = job.metadata;
  const created = createPod(plane, {
    template: index === undefined ? job.spec.template : indexedTemplate(job, index, failures),
    namespace,
    name: { prefix: index === undefined ? `${name}-` : `${name}-${index}-` },
    owner: controllerReference(jobs, job),
    finalizers: [trackingFinalizer],
  });
  if (typeof created === "string") recordOnJob(plane, job, "Warning", "FailedCreate", `Error creating: ${created}`);
  else recordOnJob(plane, job, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
  return typeof created !== "string";
}

export function recordOnJob(
  plane: ControlPlane,
  job: Job,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  plane.recordEvent({ type, reason, message, source: "job-controller", involved: involved(jobs, job) });
}

/** The index as annotation, label, environment variable and host name. */
function indexedTemplate(job: Job, index: number, failures: number): PodTemplate {
  const { metadata, spec } = job.spec.template;
  const text = String(index);
  const counted =
    job.spec.backoffLimitPerIndex === undefined
      ? {}
      : { "batch.kubernetes.io/job-index-failure-count": String(failures) };
  return {
    metadata: {
      ...metadata,
      annotations: { ...metadata?.annotations, [indexAnnotation]: text, ...counted },
      labels: { ...metadata?.labels, [indexAnnotation]: text },
    },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${text}`,
      containers: spec.containers.map(withIndexVariable),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(withIndexVariable) } : {}),
    },
  };
}

function withIndexVariable(container: ContainerManifest): ContainerManifest {
  const name = "JOB_COMPLETION_INDEX";
  if (container.env?.some((variable) => variable.name === name)) return container;
  const fieldRef = { apiVersion: "v1", fieldPath: `metadata.labels['${indexAnnotation}']` };
  return { ...container, env: [...(container.env ?? []), { name, valueFrom: { fieldRef } }] };
}
