import { parseQuantity } from "../../world/kubernetes/validation/quantities.ts";
import type { ContainerManifest, Pod } from "./pod-types.ts";

export interface Requested {
  readonly resource: string;
  /** Undefined: all of the pod. */
  readonly container: string | undefined;
  /** Requests of the pod as a whole count before those of its containers. */
  readonly podLevel: boolean;
}

/** Thousandths that a pod, or one of its containers, requests; a sentence when it requests none. */
export function requestOf(pod: Pod, { resource, container, podLevel }: Requested): number | string {
  const ofPod = podLevel && container === undefined ? pod.spec.resources?.requests?.[resource] : undefined;
  if (ofPod !== undefined) return thousandths(ofPod);
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const all = [...pod.spec.containers, ...sidecars];
  const counted = container === undefined ? all : all.filter(({ name }) => name === container);
  if (counted.length === 0) return `container ${container ?? ""} not found in Pod ${pod.metadata.name}`;
  let total = 0;
  for (const one of counted) {
    const request = requestOfContainer(one, resource);
    if (request === undefined) {
      return `missing request for ${resource} in container ${one.name} of Pod ${pod.metadata.name}`;
    }
    total += thousandths(request);
  }
  return total;
}

/** A limit without a request is one. */
function requestOfContainer({ resources }: ContainerManifest, resource: string): string | number | undefined {
  return resources?.requests?.[resource] ?? resources?.limits?.[resource];
}

function thousandths(quantity: string | number): number {
  return Math.ceil((parseQuantity(quantity) ?? 0) * 1_000 - 1e-6);
}
