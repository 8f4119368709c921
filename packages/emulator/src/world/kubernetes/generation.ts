import type { KubeObject } from "../objects.ts";
import { sameJson } from "./json.ts";

/**
 * `next` with `generation` one above `previous` when anything but metadata and status differs; of a Deployment, also when
 * its annotations do.
 */
export function bumpGeneration(previous: KubeObject, next: KubeObject): KubeObject {
  // A driver of volumes starts to count with its first change; a priority class never does.
  const before = previous.metadata.generation ?? (next.kind === "CSIDriver" ? 0 : undefined);
  if (before === undefined || next.kind === "PriorityClass") return next;
  const same = sameDesired(previous, next) && !(next.kind === "Deployment" && !sameAnnotations(previous, next));
  const generation = same ? before : before + 1;
  return generation === 0 ? next : { ...next, metadata: { ...next.metadata, generation } };
}

function sameAnnotations(previous: KubeObject, next: KubeObject): boolean {
  return sameJson(previous.metadata.annotations ?? {}, next.metadata.annotations ?? {});
}

/** Whether two states of an object differ in nothing but metadata and status. */
export function sameDesired(previous: KubeObject, next: KubeObject): boolean {
  return sameJson(desired(previous), desired(next));
}

function desired(object: KubeObject): unknown {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}
