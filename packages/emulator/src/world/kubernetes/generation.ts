import type { KubeObject } from "../objects.ts";
import { sameJson } from "./json.ts";

/** `next` with `generation` one above `previous` when anything but metadata and status differs. */
export function bumpGeneration(previous: KubeObject, next: KubeObject): KubeObject {
  const before = previous.metadata.generation ?? 1;
  const generation = sameDesired(previous, next) ? before : before + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
}

/** Whether two states of an object differ in nothing but metadata and status. */
export function sameDesired(previous: KubeObject, next: KubeObject): boolean {
  return sameJson(desired(previous), desired(next));
}

function desired(object: KubeObject): unknown {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}
