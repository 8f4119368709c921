import type { KubeObject } from "../objects.ts";
import { sameJson } from "./json.ts";

/**
 * `next` with `generation` one above `previous` when anything but metadata and status differs; of a Deployment, also when
 * its annotations do.
 */
export function bumpGeneration(previous: KubeObject, next: KubeObject): KubeObject {
  const before = previous.metadata.generation;
  if (before === undefined) return next;
  const same = sameDesired(previous, next) && !(next.kind === "Deployment" && !sameAnnotations(previous, next));
  const generation = same ? before : before + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
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
