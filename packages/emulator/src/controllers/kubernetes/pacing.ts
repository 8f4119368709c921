/** More pods than this under one object: its controller takes their changes together. */
const fewPods = 100;
/** kube-controller-manager writes at most 20 times a second by default (--kube-api-qps). */
const writePeriodMs = 50;
/** What a controller gets done with the pods of one object, each of which it looks at again. */
const podsPerMs = 20;
/** kube-controller-manager --max-endpoints-per-slice: each change of a service may cost so many writes. */
const endpointsPerSlice = 100;

/** How long a controller leaves an object alone between two writes that each of so many pods can cause. */
export function restMsFor(podCount: number): number {
  return podCount > fewPods ? Math.max(writePeriodMs, Math.ceil(podCount / podsPerMs)) : 0;
}

/** The same for the endpoints of a service. */
export function endpointsRestMsFor(endpointCount: number): number {
  return endpointCount > fewPods ? Math.ceil(endpointCount / endpointsPerSlice) * writePeriodMs : 0;
}
